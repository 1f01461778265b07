"""A secret that a task asks for: `@task(secret_requests=[Secret(group="db", key="password")])`."""

import enum
import re
from dataclasses import dataclass

from volant.sdk.checked import check, complain

_VARIABLE = re.compile(r"[A-Z_][A-Z0-9_]*")
_NAME = re.compile(r"[^/=\0\ud800-\udfff]+")


@dataclass(frozen=True)
class Secret:
    """Names a secret; the value stays where the engine finds it until the task starts.

    In the task: `current_context().secrets.get("db", "password")`.

    Attributes:
        group: Its group; on Kubernetes the name of the secret.
        key: Its name in the group.
        group_version: The group's version.
        mount_requirement: How it reaches the task: `Secret.MountType.ANY`, `ENV_VAR` or `FILE`.
        env_var: A further variable that holds the value, or with `FILE` the file's path.

    Raises:
        AuthoringError: A name is missing or cannot be one.

    Source: flytekit `Secret` (models/security.py).
    """

    class MountType(enum.Enum):
        """How a secret reaches the task. Source: flyteidl core/security.proto `Secret.MountType`."""

        ANY = 0
        """As the engine likes; here a variable of the environment."""
        ENV_VAR = 1
        """A variable of the environment."""
        FILE = 2
        """A file in memory, readable by this user alone, gone when the attempt is over."""

    group: str | None = None
    key: str | None = None
    group_version: str | None = None
    mount_requirement: MountType = MountType.ANY
    env_var: str | None = None

    def __post_init__(self) -> None:
        """Refuse what cannot be."""
        variable = self.env_var
        is_variable = variable is None or (isinstance(variable, str) and bool(_VARIABLE.fullmatch(variable)))
        check(
            self,
            (
                *((name, _is_name(getattr(self, name)), _SAY_NAME) for name in ("group", "key", "group_version")),
                ("mount_requirement", isinstance(self.mount_requirement, Secret.MountType), _SAY_MOUNT),
                ("env_var", is_variable, 'write a variable of A-Z, 0-9 and "_", e.g. "DB_PASSWORD"'),
            ),
        )
        if self.group is None:
            complain(self, "it has no group", 'write Secret(group="db", key="password")')


_SAY_NAME = 'write a name without "/" and "="'
_SAY_MOUNT = "write Secret.MountType.ANY, Secret.MountType.ENV_VAR or Secret.MountType.FILE"


def _is_name(value: object) -> bool:
    if value is None:
        return True
    return isinstance(value, str) and value not in (".", "..") and bool(_NAME.fullmatch(value))
