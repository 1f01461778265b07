"""A task's secrets on their way into its process: variables, and files in memory.

Values go from the source to the process and are written down nowhere else. Files lie on a disk in memory where
there is one, in a folder that this user alone can read; `SecretFolder.remove` takes them away.
Source of the names: engine spec 11.2.
"""

import contextlib
import hashlib
import os
import shutil
import stat
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from volant.base.errors import SystemFault, UserError
from volant.contracts.secrets import SecretSource
from volant.idl import pb
from volant.kit.secret_names import ENV_PREFIX, FOLDER_VARIABLE, PREFIX_VARIABLE, file_of, variable_of

_IN_MEMORY = Path("/dev/shm")
_PRIVATE = 0o700


class SecretError(UserError):
    """A secret that a task asks for is not there."""


class SecretFolder:
    """Where the files of one attempt's secrets are; found again by its key, and made with the first file."""

    def __init__(self, key: str) -> None:
        """Of the attempt `key`, unique on this machine."""
        base = _IN_MEMORY if os.access(_IN_MEMORY, os.W_OK) else Path(tempfile.gettempdir())
        self._parent = base / f"volant-secrets-{os.getuid()}"
        self.path = self._parent / hashlib.sha256(key.encode()).hexdigest()[:32]

    def write(self, name: str, value: str) -> Path:
        """Put a file there, whole or not at all, readable by this user alone; returns its path.

        Raises:
            SystemFault: The folder is somebody else's.
            OSError: It cannot be written.
        """
        _own_folder(self._parent)
        path = self.path / name
        path.parent.mkdir(mode=_PRIVATE, parents=True, exist_ok=True)
        unfinished = path.with_name(f".{path.name}")
        unfinished.unlink(missing_ok=True)
        unfinished.touch(mode=0o600, exist_ok=False)
        unfinished.write_text(value, encoding="utf-8")
        unfinished.replace(path)
        return path

    def remove(self) -> None:
        """Take all of it away, if there is any."""
        shutil.rmtree(self.path, ignore_errors=True)


def secret_environment(task: pb.TaskTemplate, source: SecretSource, folder: SecretFolder) -> dict[str, str]:
    """The variables by which a task's process finds its secrets; files are written to `folder`.

    A secret that may be a file or a variable is a variable. With a group version it is there under both names.

    Raises:
        SecretError: A secret is not there.
        SystemFault: The folder is somebody else's.
    """
    found: dict[str, str] = {}
    for each in task.security_context.secrets:
        value = source.find(each.group, each.key, each.group_version)
        if value is None:
            raise _absent(task, each)
        found |= _mounted(each, value, folder)
    return found


def _mounted(secret: Any, value: str, folder: SecretFolder) -> Mapping[str, str]:
    names = (secret.group, secret.key)
    if secret.mount_requirement == pb.Secret.MountType.FILE:
        paths = [folder.write(file_of(*names, version), value) for version in _versions(secret)]
        found, own = {FOLDER_VARIABLE: str(folder.path)}, str(paths[0])
    else:
        found, own = {variable_of(*names, version): value for version in _versions(secret)}, value
        found[PREFIX_VARIABLE] = ENV_PREFIX
    return {**found, **({secret.env_var: own} if secret.env_var else {})}


def _versions(secret: Any) -> Iterable[str]:
    return dict.fromkeys((secret.group_version, ""))


def _absent(task: Any, secret: Any) -> SecretError:
    names = (secret.group, secret.key, secret.group_version)
    of = f" (version {secret.group_version})" if secret.group_version else ""
    what = f"secret {secret.key!r}" if secret.key else "secret"
    return SecretError(
        f"task {task.id.name}: there is no {what} in group {secret.group!r}{of}",
        fix=f"set the variable {variable_of(*names)} where the engine runs",
    )


def _own_folder(path: Path) -> None:
    with contextlib.suppress(FileExistsError):
        path.mkdir(mode=_PRIVATE)
    found = path.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid():
        raise SystemFault(f"{path} is not a folder of this user's: secrets are not written there")
    if stat.S_IMODE(found.st_mode) != _PRIVATE:
        path.chmod(_PRIVATE)
