"""What a plugin sees of one attempt. Built once an attempt, cheap, everything else on demand."""

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any, NamedTuple

import msgspec

from volant.base.errors import NotFoundError, UnsupportedError
from volant.base.ids import AttemptKey
from volant.base.log import BoundLog
from volant.contracts import layout
from volant.contracts.blob import BlobStore
from volant.contracts.http import Http
from volant.contracts.quotas import Quotas
from volant.contracts.rows import AttemptRow, RunRow, ValueRef
from volant.contracts.secrets import SecretSource
from volant.engine.plugin_table import Entry
from volant.engine.resources import effective_resources
from volant.engine.values import Values
from volant.idl import pb
from volant.kit.json_form import from_json
from volant.kit.pod_target import process_container


class Facts(NamedTuple):
    """What all contexts of an engine share."""

    blobs: BlobStore
    values: Values
    secrets: SecretSource
    http: Http
    wake: Callable[[AttemptKey], None]
    log: BoundLog


class Context:
    """One attempt, as its plugin sees it. Implements `contracts.plugin.TaskContext`.

    Attributes:
        row: The attempt's row; the host sets the newest before each call.
        key: (run, action, number).
    """

    def __init__(
        self,
        facts: Facts,
        run: RunRow,
        row: AttemptRow,
        entry: Entry,
        template: pb.TaskTemplate,
        inputs: ValueRef,
        overrides: pb.Resources | None,
        max_attempts: int,
        quotas: Quotas | None = None,
    ) -> None:
        self.row = row
        self.key = AttemptKey(row.run, row.action, row.number)
        self._facts = facts
        self._run = run
        self._entry = entry
        self._template = template
        self._inputs = inputs
        self._overrides = overrides
        self.max_attempts = max_attempts
        self._quotas = quotas

    @property
    def generated_name(self) -> str:
        """Stable across restarts, new with each attempt."""
        return self.row.generated_name

    @property
    def state(self) -> Any:
        """The custom state last returned; None before the first.

        Raises:
            ValueError: It was written by a version the plugin does not understand.
        """
        row, entry = self.row, self._entry
        if not row.state:
            return None
        if row.state_version != entry.state_version:
            return entry.plugin.upgrade_state(row.state_version, msgspec.json.decode(row.state))
        return from_json(row.state, entry.state_type)

    @property
    def code(self) -> str:
        """Digest of the source bundle."""
        return self._run.code

    @property
    def input_uri(self) -> str:
        """Where `inputs.pb` of the node is readable."""
        return f"{layout.node_prefix(self._facts.blobs.root, self.row.run, self.row.action)}/inputs.pb"

    @cached_property
    def output_prefix(self) -> str:
        """Folder URI of this attempt."""
        return layout.attempt_prefix(self._facts.blobs.root, self.key)

    @property
    def raw_output_prefix(self) -> str:
        """Folder URI for raw data."""
        return self._raw(self.key)

    @property
    def checkpoint_uri(self) -> str:
        """Where this attempt may leave a checkpoint."""
        return f"{self.raw_output_prefix}/_flytecheckpoints"

    @property
    def previous_checkpoint_uri(self) -> str:
        """Where the attempt before left one; "" for the first."""
        key = self.key
        if key.number == 0:
            return ""
        return f"{self._raw(key._replace(number=key.number - 1))}/_flytecheckpoints"

    @cached_property
    def environment(self) -> Mapping[str, str]:
        """Template, then Flyte's own variables, then the run's; later ones win. Source: engine spec 11.4."""
        project, domain, name = self.row.run.split(":")
        task = self._template.id
        own = {pair.key: pair.value for pair in self._container.env}
        flyte = {
            "FLYTE_INTERNAL_EXECUTION_WORKFLOW": f"{project}:{domain}:{self._run.spec.entity}",
            "FLYTE_INTERNAL_EXECUTION_ID": name,
            "FLYTE_INTERNAL_EXECUTION_PROJECT": project,
            "FLYTE_INTERNAL_EXECUTION_DOMAIN": domain,
            "FLYTE_ATTEMPT_NUMBER": str(self.row.number),
            "FLYTE_INTERNAL_TASK_PROJECT": task.project,
            "FLYTE_INTERNAL_TASK_DOMAIN": task.domain,
            "FLYTE_INTERNAL_TASK_NAME": task.name,
            "FLYTE_INTERNAL_TASK_VERSION": task.version,
            "VOLANT_NODE": self.row.action,
            "VOLANT_RUN_STARTED_US": str(self._run.started_us or self._run.created_us),
        }
        return {**own, **flyte, **self._run.spec.environment}

    @property
    def labels(self) -> Mapping[str, str]:
        """The run's labels."""
        return self._run.spec.labels

    @property
    def resources(self) -> pb.Resources:
        """Requests and limits, overrides applied."""
        return effective_resources(self._container.resources, self._overrides)

    @property
    def interruptible(self) -> bool:
        """Whether this attempt may run where it can be taken away."""
        return self.row.interruptible

    @property
    def secrets(self) -> SecretSource:
        """Values, fetched when asked for."""
        return self._facts.secrets

    @property
    def quotas(self) -> Quotas:
        """Named pools.

        Raises:
            UnsupportedError: This engine has none configured.
        """
        if self._quotas is None:
            raise UnsupportedError("quotas are not configured on this engine")
        return self._quotas

    @property
    def http(self) -> Http:
        """Outside services."""
        return self._facts.http

    @property
    def log(self) -> BoundLog:
        """Bound to the attempt."""
        return self._facts.log.bind(run=self.row.run, node=self.row.action, attempt=self.row.number)

    def template(self) -> pb.TaskTemplate:
        """The task's template."""
        return self._template

    def inputs(self) -> pb.LiteralMap:
        """The node's inputs."""
        return self._facts.values.parsed(self._inputs)

    def inputs_wire(self) -> bytes:
        """The same, serialized."""
        return self._facts.values.wire(self._inputs)

    def left(self, name: str) -> bytes | None:
        """A file this attempt left under `output_prefix`."""
        try:
            return self._facts.blobs.read(f"{self.output_prefix}/{name}")
        except NotFoundError:
            return None

    def wake(self) -> None:
        """Ask for a look at this attempt soon."""
        self._facts.wake(self.key)

    @cached_property
    def _container(self) -> pb.Container:
        return process_container(self._template)

    def _raw(self, key: AttemptKey) -> str:
        base = self._run.spec.raw_prefix or f"{layout.run_prefix(self._facts.blobs.root, key.run)}/raw"
        return layout.raw_prefix(base, key)
