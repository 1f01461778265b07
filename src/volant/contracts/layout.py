"""Where an action's files are, derived and never stored. Source: Flyte's storage layout (engine spec 0.3).

`E` = `<root>/runs/<project>-<domain>-<run>`. A top level node's data lie in `E/<node>/data`, attempt k's in
`E/<node>/data/<k>`; a node C inside P's attempt g has them in `<P's attempt g>/C` and `.../C/<k>`.
"""

import hashlib
import os
import tempfile
from pathlib import Path

from volant.base.ids import ActionName, AttemptKey, RunId, generated_name, raw_shard


def run_prefix(root: str, run: RunId) -> str:
    """Folder URI of everything that belongs to a run."""
    return f"{root}/runs/{run.replace(':', '-')}"


def node_prefix(root: str, run: RunId, action: ActionName) -> str:
    """Folder URI of a node; its `inputs.pb` is readable there."""
    head, *rest = action.split("/")
    return "/".join([run_prefix(root, run), head, "data", *rest])


def attempt_prefix(root: str, key: AttemptKey) -> str:
    """Folder URI of an attempt; its `outputs.pb`, `error.pb` and `task.log` are readable there."""
    return f"{node_prefix(root, key.run, key.action)}/{key.number}"


def raw_prefix(base: str, key: AttemptKey) -> str:
    """Folder URI of an attempt's raw data, sharded as Flyte does."""
    name = generated_name(key)
    return f"{base}/{raw_shard(name)}/{name}"


def log_uri(root: str, key: AttemptKey) -> str:
    """URI of an attempt's log; the file appears with the first byte."""
    return f"{attempt_prefix(root, key)}/task.log"


DECK_FILE = "deck.html"
"""A task's report page, in its attempt's folder."""


def deck_uri(root: str, key: AttemptKey) -> str:
    """URI of an attempt's report page; it is there where the task makes one."""
    return f"{attempt_prefix(root, key)}/{DECK_FILE}"


def socket_dir(home: str) -> str:
    """Folder of the sockets of everything that works for the store at `home`, a path of this machine.

    Under /tmp where there is one, whatever TMPDIR says: socket paths are limited to about 100 bytes, and two
    engines of one store must find the same workers.
    """
    base = "/tmp" if Path("/tmp").is_dir() else tempfile.gettempdir()
    return f"{base}/volant-{os.getuid()}-{_short(str(Path(home).resolve()), 8)}"


def zygote_socket(home: str, code: str) -> str:
    """Where the zygote that holds a bundle listens; `code` "" for the one of the current folder."""
    return f"{socket_dir(home)}/z-{_short(code or str(Path.cwd()), 16)}.sock"


def worker_socket(home: str, run: RunId, name: str) -> str:
    """Where a run's worker listens; `name` tells it from the run's others. "*" matches all of them."""
    return f"{socket_dir(home)}/w-{_short(run, 12)}-{name}.sock"


def stage_log(home: str, socket: str) -> str:
    """Where the worker that listens on `socket` keeps output that is not yet in a job's log."""
    return f"{home}/workers/{Path(socket).stem}.log"


def job_folder(home: str, run: RunId) -> str:
    """Where the subprocess launcher keeps what a later engine needs to find a run's processes."""
    return f"{home}/jobs/{_short(run, 12)}"


def zygote_log(home: str) -> str:
    """What users' files print while they are imported, and what zygotes say when they fail."""
    return f"{home}/log/zygote.log"


def _short(text: str, length: int) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:length]
