"""How a running task reads its secrets: `current_context().secrets`."""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Literal, overload

from volant.base.errors import UserError
from volant.kit import secret_names
from volant.sdk.secret import Secret


class SecretNotFoundError(UserError, ValueError):
    """A task reads a secret that did not reach its process. Trying again cannot help."""


class Secrets:
    """The secrets of the process. Values are read when they are asked for.

    First the variable `_FSEC_<GROUP>_<VERSION>_<KEY>`; outside a run the same without `_FSEC_` too; then the
    file `<group>/<version>/<key>` in the folder FLYTE_SECRETS_DEFAULT_DIR names.

    Source: flytekit `SecretsManager` (core/context_manager.py).
    """

    def __init__(self, *, in_run: bool = False) -> None:
        """Of a process that runs a task for an engine, or of any."""
        self._prefixes = [os.environ.get(secret_names.PREFIX_VARIABLE, secret_names.ENV_PREFIX)]
        self._prefixes += [] if in_run else [""]
        self._handed_out: set[str] = set()

    @overload
    def get(
        self, group: str, key: str | None = None, group_version: str | None = None, encode_mode: Literal["r"] = "r"
    ) -> str: ...
    @overload
    def get(
        self, group: str, key: str | None = None, group_version: str | None = None, *, encode_mode: Literal["rb"]
    ) -> bytes: ...
    def get(
        self, group: str, key: str | None = None, group_version: str | None = None, encode_mode: str = "r"
    ) -> str | bytes:
        """A secret's value, without blanks around it.

        Args:
            group: Its group.
            key: Its name in the group.
            group_version: The group's version.
            encode_mode: "rb" gives bytes: those of the file as they are.

        Raises:
            SecretNotFoundError: It is not there.
        """
        names = (group, key or "", group_version or "")
        found = self._find(*names)
        if found is None:
            raise _absent(*names, self._file(*names))
        text = self._noted(found.decode(errors="replace" if encode_mode == "rb" else "strict"))
        return found if encode_mode == "rb" else text

    def expect(self, requests: Iterable[Secret]) -> None:
        """Hide what these name from now on, read or not."""
        for each in requests:
            found = self._find(each.group or "", each.key or "", each.group_version or "")
            self._noted(found.decode(errors="replace") if found else "")

    def _find(self, group: str, key: str, version: str) -> bytes | None:
        for prefix in self._prefixes:
            found = os.environ.get(secret_names.variable_of(group, key, version, prefix))
            if found is not None:
                return os.fsencode(found.strip())
        path = self._file(group, key, version)
        return path.read_bytes().strip() if path.is_file() else None

    def hidden(self, text: str) -> str:
        """A text in which the values that were read are not to be seen, in whichever form they are in it."""
        forms = {form for value in self._handed_out for form in _forms(value)}
        for form in sorted(forms, key=len, reverse=True):
            text = text.replace(form, "[secret]")
        return text

    def __getattr__(self, group: str) -> "_Group":
        """A group, whose secrets are attributes: `secrets.db.password`."""
        if group.startswith("__"):
            raise AttributeError(group)
        return _Group(self, group)

    def _noted(self, value: str) -> str:
        if len(value) >= _TELLING:
            self._handed_out.add(value)
        return value

    @staticmethod
    def _file(group: str, key: str, version: str) -> Path:
        folder = os.environ.get(secret_names.FOLDER_VARIABLE, secret_names.DEFAULT_FOLDER)
        prefix = os.environ.get(secret_names.FILE_PREFIX_VARIABLE, "")
        return Path(folder, secret_names.file_of(group, key, version, prefix))


_TELLING = 4
"""Characters from which on a value is hidden in messages; shorter ones would hide half of every text."""


def _forms(value: str) -> tuple[str, ...]:
    """A value as it is, and as it looks within another one that is shown: by Python, in JSON, in HTML."""
    import html
    import json

    shown = (repr(value)[1:-1], repr(os.fsencode(value))[2:-1], json.dumps(value)[1:-1], html.escape(value))
    return value, *shown


class _Group:
    """The secrets of one group, as attributes."""

    def __init__(self, secrets: Secrets, group: str) -> None:
        self._secrets = secrets
        self._group = group

    def __getattr__(self, key: str) -> str:
        if key.startswith("__"):
            raise AttributeError(key)
        return self._secrets.get(self._group, key)


def _absent(group: str, key: str, version: str, path: Path) -> SecretNotFoundError:
    of = f" (version {version})" if version else ""
    what = f"secret {key!r}" if key else "secret"
    variable = secret_names.variable_of(group, key, version)
    written = ", ".join(
        f'{name}="{value}"' for name, value in (("group", group), ("key", key), ("group_version", version)) if value
    )
    return SecretNotFoundError(
        f"there is no {what} in group {group!r}{of}: neither the variable {variable} nor the file {path}",
        fix=f"write secret_requests=[Secret({written})] in @task, or set {variable}",
    )
