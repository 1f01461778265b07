"""What a workflow may refer to: the tasks and workflows compiled with it, and their ports."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from volant.compiler.build import entity_key
from volant.compiler.plan import START
from volant.compiler.problems import Code, Problems
from volant.idl import pb

Types: TypeAlias = Mapping[str, Any]
"""LiteralTypes by the name of the variable."""


@dataclass(frozen=True, slots=True)
class Ports:
    """What goes into something and what comes out. None where that cannot be known and was reported."""

    inputs: Types | None
    outputs: Types | None


UNKNOWN = Ports(None, None)


def ports_of(interface: pb.TypedInterface) -> Ports:
    """The ports of an interface."""
    return Ports(_types(interface.inputs), _types(interface.outputs))


def _types(variables: pb.VariableMap) -> dict[str, Any]:
    found = variables.variables
    return {name: found[name].type for name in sorted(found)}  # a message's maps come in no order


class Library:
    """Tasks and workflows by `entity_key`, with their ports worked out once.

    Of tasks with the same id the first counts; workflows with the same id are reported.
    """

    def __init__(
        self,
        primary: pb.WorkflowTemplate,
        sub_workflows: Iterable[pb.WorkflowTemplate],
        tasks: Iterable[pb.TaskTemplate],
        problems: Problems,
    ) -> None:
        self.root = entity_key(primary.id)
        self.workflows: dict[str, Any] = {self.root: primary}
        for workflow in sub_workflows:
            key = entity_key(workflow.id)
            if key in self.workflows:
                problems.add(Code.DUPLICATE_ID, START, f"two workflows have the id {key!r}")
            else:
                self.workflows[key] = workflow
        self.tasks: dict[str, Any] = {}
        for task in tasks:
            self.tasks.setdefault(entity_key(task.id), task)
        self._ports: dict[tuple[str, str], Ports] = {}

    def task_ports(self, key: str) -> Ports | None:
        """The ports of a task; None where there is no such task."""
        return self._known("task", key, self.tasks)

    def workflow_ports(self, key: str) -> Ports | None:
        """The ports of a workflow; None where there is no such workflow."""
        return self._known("workflow", key, self.workflows)

    def _known(self, kind: str, key: str, templates: Mapping[str, Any]) -> Ports | None:
        if key not in templates:
            return None
        if (kind, key) not in self._ports:
            self._ports[kind, key] = ports_of(templates[key].interface)
        return self._ports[kind, key]
