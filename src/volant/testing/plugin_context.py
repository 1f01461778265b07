"""One attempt and its host, in memory: what a plugin meets in the engine, made by hand for tests."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from volant.base.errors import UnsupportedError
from volant.base.ids import ActionName, AttemptKey, RunId, generated_name
from volant.base.log import BoundLog, get_log
from volant.contracts import layout
from volant.contracts.plugin import Http, TaskPlugin
from volant.contracts.quotas import Quotas
from volant.contracts.secrets import SecretSource
from volant.idl import pb
from volant.idl.literals import wire
from volant.kit.local_uri import local_path

RUN = RunId("tests:development:run")
_CHECKPOINTS = "_flytecheckpoints"


class NoSecrets:
    """A secret source that has none."""

    def find(self, group: str, key: str, version: str = "") -> str | None:
        """Nothing."""
        return None


def make_task(
    task_type: str,
    *,
    custom: pb.Struct | None = None,
    command: tuple[str, ...] = (),
    config: Mapping[str, str] | None = None,
) -> pb.TaskTemplate:
    """A task's template, with a container if a command is given."""
    task = pb.TaskTemplate(type=task_type, custom=custom, config=config)
    task.id.name = f"tests.{task_type}"
    if command:
        task.container.args.extend(command)
    return task


class FakeAttempt:
    """One attempt whose state lives in memory, as JSON. Implements `contracts.plugin.TaskContext`.

    Args:
        plugin: Who runs it.
        task: Its template.
        inputs: Its inputs by name.
        root: Folder under which its files would be.
        number: 0 for the first try.
    """

    def __init__(
        self,
        plugin: TaskPlugin[Any],
        task: pb.TaskTemplate,
        inputs: Mapping[str, pb.Literal] | None = None,
        *,
        root: Path,
        number: int = 0,
    ) -> None:
        self.key = AttemptKey(RUN, ActionName("n0"), number)
        self.generated_name = generated_name(self.key, plugin.properties.generated_name_max_length)
        self.saved = b""
        self.wakes = 0
        self.code = ""
        self.interruptible = False
        self.max_attempts = 1
        self._state_type = plugin.state_type
        self._task = task
        self._inputs = pb.LiteralMap(literals=inputs)
        self._root = root.absolute().as_uri()

    @property
    def state(self) -> Any:
        """The custom state last saved, read from its JSON; None before the first."""
        return read_state(self._state_type, self.saved) if self.saved else None

    @property
    def input_uri(self) -> str:
        """Where `inputs.pb` would be."""
        return f"{layout.node_prefix(self._root, RUN, self.key.action)}/inputs.pb"

    @property
    def output_prefix(self) -> str:
        """Folder URI of this attempt."""
        return layout.attempt_prefix(self._root, self.key)

    @property
    def raw_output_prefix(self) -> str:
        """Folder URI for raw data."""
        return self._raw(self.key)

    @property
    def checkpoint_uri(self) -> str:
        """Where this attempt may leave a checkpoint."""
        return f"{self.raw_output_prefix}/{_CHECKPOINTS}"

    @property
    def previous_checkpoint_uri(self) -> str:
        """Where the attempt before left one; "" for the first."""
        before = self.key._replace(number=self.key.number - 1)
        return f"{self._raw(before)}/{_CHECKPOINTS}" if self.key.number else ""

    @property
    def environment(self) -> Mapping[str, str]:
        """The template's."""
        return {pair.key: pair.value for pair in self._task.container.env}

    @property
    def labels(self) -> Mapping[str, str]:
        """None."""
        return {}

    @property
    def resources(self) -> pb.Resources:
        """The template's."""
        return self._task.container.resources

    @property
    def secrets(self) -> SecretSource:
        """None."""
        return NoSecrets()

    @property
    def quotas(self) -> Quotas:
        """Nothing yet.

        Raises:
            UnsupportedError: Always.
        """
        raise UnsupportedError("this attempt has no quotas")

    @property
    def http(self) -> Http:
        """Nothing yet.

        Raises:
            UnsupportedError: Always.
        """
        raise UnsupportedError("this attempt has no outside services")

    @property
    def log(self) -> BoundLog:
        """Bound to the attempt."""
        return get_log("testing", attempt=self.generated_name)

    def template(self) -> pb.TaskTemplate:
        """The task's template."""
        return self._task

    def inputs(self) -> pb.LiteralMap:
        """The node's inputs."""
        return self._inputs

    def inputs_wire(self) -> bytes:
        """The same, serialized."""
        return wire(self._inputs)

    def left(self, name: str) -> bytes | None:
        """A file this attempt left under `output_prefix`."""
        path = Path(local_path(self.output_prefix), name)
        return path.read_bytes() if path.is_file() else None

    def wake(self) -> None:
        """Count it."""
        self.wakes += 1

    def _raw(self, key: AttemptKey) -> str:
        return layout.raw_prefix(f"{layout.run_prefix(self._root, key.run)}/raw", key)


def write_state(state: Any) -> bytes:
    """A custom state as JSON: dataclass, msgspec Struct or pydantic model."""
    if hasattr(state, "model_dump_json"):
        return str(state.model_dump_json()).encode()
    return msgspec.json.encode(state)


def read_state(state_type: type[Any], data: bytes) -> Any:
    """A custom state from its JSON."""
    if hasattr(state_type, "model_validate_json"):
        return state_type.model_validate_json(data)
    return msgspec.json.decode(data, type=state_type)
