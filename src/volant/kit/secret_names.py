"""Under which names a secret reaches a task's process. Source: flytekit `SecretsManager` (core/context_manager.py)."""

from collections.abc import Mapping
from typing import Final

ENV_PREFIX: Final = "_FSEC_"
"""How the variable of a secret begins."""

PREFIX_VARIABLE: Final = "FLYTE_SECRETS_ENV_PREFIX"
"""Variable that says another beginning."""

FOLDER_VARIABLE: Final = "FLYTE_SECRETS_DEFAULT_DIR"
"""Variable that says where files of secrets are."""

FILE_PREFIX_VARIABLE: Final = "FLYTE_SECRETS_FILE_PREFIX"
"""Variable that says how their names begin."""

DEFAULT_FOLDER: Final = "/etc/secrets"
"""Where they are if no variable says it."""


def variable_of(group: str, key: str, version: str = "", prefix: str = ENV_PREFIX) -> str:
    """The variable that holds a secret, e.g. "_FSEC_DB_PASSWORD"."""
    return prefix + "_".join(_parts(group, key, version)).upper()


def withheld(environment: Mapping[str, str]) -> dict[str, str]:
    """An environment without the secrets in it: a process is given those that it asks for, and inherits none."""
    return {name: value for name, value in environment.items() if not name.startswith(ENV_PREFIX)}


def file_of(group: str, key: str, version: str = "", prefix: str = "") -> str:
    """The path of a secret's file below the folder of secrets, e.g. "db/password".

    Raises:
        ValueError: It would leave the folder.
    """
    parts = [part.lower() for part in _parts(group, key, version)]
    if any(part in (".", "..") or "/" in part for part in parts):
        raise ValueError(f"{'/'.join(parts)!r} cannot be the name of a file")
    return "/".join([*parts[:-1], prefix + parts[-1]])


def _parts(group: str, key: str, version: str) -> list[str]:
    return [part for part in (group, version, key) if part]
