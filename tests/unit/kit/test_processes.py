"""Which process is this, and what belongs to it."""

import os
import signal
import subprocess
import sys

from volant.kit import processes

PARENT = """
import subprocess, sys
child = subprocess.Popen(["sleep", "60"], start_new_session=True)
print(child.pid, flush=True)
child.wait()
"""


def test_a_process_is_known_by_pid_and_start(tmp_path: object) -> None:
    me = processes.identify(os.getpid())
    assert me is not None
    assert processes.is_alive(me)
    assert not processes.is_alive(me._replace(started=me.started - 1))


def test_a_zombie_does_not_live() -> None:
    with subprocess.Popen(["true"]) as child:
        os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
        assert processes.identify(child.pid) is None


def test_a_family_includes_children_in_sessions_of_their_own_and_is_killed_as_one() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", PARENT], stdout=subprocess.PIPE, text=True, start_new_session=True
    ) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        top = processes.identify(parent.pid)
        assert top is not None
        family = processes.family(top)
        assert {member.pid for member in family} == {parent.pid, child}
        assert processes.resident_bytes(parent.pid) > 1 << 20
        processes.kill(family)
    assert parent.returncode == -signal.SIGKILL
    # The runner's own time limit ends a wait that never does.
    while any(processes.is_alive(member) for member in family):
        pass


def test_a_signal_is_never_sent_to_a_pid_that_was_reused() -> None:
    with subprocess.Popen(["cat"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as child:
        found = processes.identify(child.pid)
        assert found is not None
        processes.kill([found._replace(started=found.started + 1)])
        assert child.communicate("alive")[0] == "alive"
