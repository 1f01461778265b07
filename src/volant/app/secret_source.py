"""Secrets from the environment, or from files of a folder."""

import os
from collections.abc import Mapping
from pathlib import Path

from volant.kit.secret_names import file_of, variable_of

FOLDER = Path("/etc/flyte/secrets")


class LocalSecrets:
    """Implements `contracts.secrets.SecretSource`: `_FSEC_<GROUP>_<KEY>`, then `<folder>/<group>/<key>`.

    Names are in capitals in the environment and in small letters in the folder. A version adds a part of its own.

    Source: flytekit core/context_manager.py `SecretsManager`.
    """

    def __init__(self, environ: Mapping[str, str] = os.environ, folder: Path = FOLDER) -> None:
        self._environ = environ
        self._folder = folder

    def find(self, group: str, key: str, version: str = "") -> str | None:
        """The value, or None where there is none."""
        name = variable_of(group, key, version)
        if name in self._environ:
            return self._environ[name]
        try:
            path = self._folder / file_of(group, key, version)
        except ValueError:  # a name that would lead out of the folder is nobody's
            return None
        return path.read_text(encoding="utf-8").strip() if path.is_file() else None
