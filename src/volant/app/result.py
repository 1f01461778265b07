"""What became of a run, for Python programs."""

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any, Generic, TypeVar

from volant.app.failure_text import FailureReport
from volant.app.find import display
from volant.app.python_values import outputs_value
from volant.app.site import Site
from volant.base.errors import VolantError
from volant.base.ids import ROOT, RunId
from volant.base.phases import ActionPhase
from volant.contracts.rows import ActionRow, RunRow
from volant.sdk.interface import Interface
from volant.sdk.workflow import Workflow
from volant.settings import Settings

R_co = TypeVar("R_co", covariant=True)


class NodeResult:
    """What became of one node.

    Attributes:
        path: Its path in the run, e.g. "n0" or "n2/0/n1".
        name: What people see.
        phase: How it ended.
        attempts: How often it was tried; 0 where it was not.
        is_cached: Whether the cache served it.
    """

    def __init__(self, settings: Settings, row: ActionRow, interface: Interface | None) -> None:
        self.path: str = row.name
        self.name = display(row)
        self.phase: ActionPhase = row.phase
        self.attempts = row.attempts + 1 if row.started_us else 0
        self.is_cached = row.cache is not None and row.cache.status == "HIT"
        self._settings = settings
        self._row = row
        self._interface = interface

    @cached_property
    def outputs(self) -> Any:
        """What its function returned; None where it returned nothing, or did not get so far.

        Raises:
            NotFoundError: The run was pruned meanwhile.
        """
        if self._row.outputs is None or self._interface is None:
            return None
        with Site(self._settings) as site:
            return outputs_value(self._interface, site.values(self._row.run, self._row.outputs))

    def __repr__(self) -> str:
        return f"<node {self.path} {self.name}: {self.phase.name}>"


class Nodes(Mapping[str, NodeResult]):
    """Nodes by path; looked up also by a name that is unique."""

    def __init__(self, nodes: list[NodeResult]) -> None:
        self._nodes = {node.path: node for node in nodes}

    def __getitem__(self, key: str) -> NodeResult:
        if key in self._nodes:
            return self._nodes[key]
        found = [node for node in self._nodes.values() if node.name == key]
        if len(found) == 1:
            return found[0]
        raise KeyError(f"{key!r} names {len(found)} nodes; the nodes are {', '.join(map(repr, self._nodes.values()))}")

    def __iter__(self) -> Iterator[str]:
        return iter(self._nodes)

    def __len__(self) -> int:
        return len(self._nodes)


class RunResult(Generic[R_co]):
    """A run that is over.

    Attributes:
        id: `project:domain:name`.
        outputs: As the entity's function returns them: a value, a tuple, a NamedTuple, or None.
    """

    def __init__(self, settings: Settings, row: RunRow, entity: Any, outputs: R_co) -> None:
        self.id: RunId = row.run
        self.outputs = outputs
        self._settings = settings
        self._entity = entity

    @property
    def name(self) -> str:
        """The last part of its id, which every command takes."""
        return self.id.rpartition(":")[2]

    @cached_property
    def nodes(self) -> Mapping[str, NodeResult]:
        """Its nodes by path, in the order in which they were begun; a unique name finds one too.

        Raises:
            NotFoundError: The run was pruned meanwhile.
        """
        with Site(self._settings) as site:
            rows = {row.name: row for row in site.store.list_actions(self.id)}
        shown = [row for row in rows.values() if row.name != ROOT and row.kind in ("task", "workflow")]
        return Nodes([NodeResult(self._settings, row, self._interface(rows, row)) for row in shown])

    def _interface(self, rows: Mapping[Any, ActionRow], row: ActionRow) -> Interface | None:
        """The interface of what a node runs, found by going down from the entity."""
        path = [row]
        while path[-1].parent != ROOT:
            path.append(rows[path[-1].parent])
        entity = self._entity
        for step in reversed(path):
            entity = _below(entity, step.spec_node_id)
        return None if entity is None else entity.interface

    def __repr__(self) -> str:
        return f"<run {self.id}>"


class RunFailed(VolantError):  # noqa: N818 - what happened, in the past tense
    """A run failed or was aborted. Its text is what the command line prints.

    Attributes:
        id: `project:domain:name`.
        report: The parts of the text.
    """

    def __init__(self, run: RunId, report: FailureReport) -> None:
        super().__init__(report.text(), fix=report.fix)
        self.id = run
        self.report = report


def _below(entity: Any, node_id: str) -> Any:
    if not isinstance(entity, Workflow):
        return entity
    traced = entity.traced
    nodes = [*traced.nodes, *([traced.failure_node] if traced.failure_node else [])]
    return next((node.entity for node in nodes if node.id == node_id), None)
