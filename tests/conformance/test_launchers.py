"""The launchers of this repository, before the court of `volant.testing.launcher_suite`."""

import sys
from pathlib import Path
from typing import Any

import pytest

from volant.contracts.code_bundle import Manifest, write_bundle
from volant.contracts.launcher import Job, Launcher
from volant.idl import pb
from volant.launchers.pool import PoolLauncher
from volant.launchers.resources import Machine
from volant.launchers.subprocess_launcher import SubprocessLauncher
from volant.testing.launcher_suite import GATE_CLIENT, LauncherSuite, key_of

BEHAVIOURS = {
    "succeed": "pass",
    "exit 3": "os._exit(3)",
    "wait": "reach(gate)",
    "ignore SIGTERM": "signal.signal(signal.SIGTERM, signal.SIG_IGN); reach(gate)",
    "family": "child(gate); reach(gate)",
    "leave a child": "child(gate)",
    "print": "[print('line', n) for n in range(100_000)]",
    "eat": "food = bytearray(400 << 20); reach(gate)",
}
SOURCE = f"""
import os, signal, subprocess, sys
{GATE_CLIENT}
def child(gate):
    program = open(__file__).read() + "\\nprint('up', flush=True); reach(sys.argv[1])"
    ready, up = os.pipe()
    subprocess.Popen([sys.executable, "-c", program, gate], stdout=up, start_new_session=True)
    os.read(ready, 2)

def behave(how, gate):
    exec({BEHAVIOURS!r}[how], {{**globals(), "gate": gate}})
"""
