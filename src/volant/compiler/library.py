"""What a workflow may refer to: the tasks, workflows and launch plans compiled with it, and their ports."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from volant.compiler.build import entity_key
from volant.compiler.plan import START
from volant.compiler.problems import Code, Problems
from volant.idl import pb

Types: TypeAlias = Mapping[str, Any]
"""LiteralTypes by the name of the variable; None for a type that is not known, which fits everything."""


@dataclass(frozen=True, slots=True)
class Ports:
    """What goes into something and what comes out.

    Attributes:
        inputs: None where they cannot be known and that was reported.
        outputs: Likewise.
        optional: Inputs that may be left out, whatever their type.
        fixed: Names a launch plan has given already; no inputs.
    """

    inputs: Types | None
    outputs: Types | None
    optional: frozenset[str] = frozenset()
    fixed: frozenset[str] = frozenset()


UNKNOWN = Ports(None, None)


def ports_of(interface: pb.TypedInterface) -> Ports:
    """The ports of an interface."""
    return Ports(types_of(interface.inputs), types_of(interface.outputs))


def types_of(variables: pb.VariableMap) -> dict[str, Any]:
    """The types of variables by name, sorted: a message's maps come in no order."""
    found = variables.variables
    return {name: known_type(found[name].type) for name in sorted(found)}


def known_type(kind: pb.LiteralType) -> pb.LiteralType | None:
    """The type itself; None for one that says nothing, which is reported where it was declared."""
    return kind if kind.WhichOneof("type") else None


def launch_plan_ports(plan: pb.LaunchPlan) -> Ports:
    """The ports of a launch plan as its closure has them: what it fixes is no input, what it defaults is optional."""
    parameters, closure = plan.closure.expected_inputs.parameters, plan.closure
    inputs = {name: known_type(parameters[name].var.type) for name in sorted(parameters)}
    return Ports(
        inputs if closure.HasField("expected_inputs") else None,
        types_of(closure.expected_outputs) if closure.HasField("expected_outputs") else None,
        optional=frozenset(name for name in inputs if not parameters[name].required),
        fixed=frozenset(plan.spec.fixed_inputs.literals),
    )


class Library:
    """Tasks, workflows and launch plans by `entity_key`, with their ports worked out once.

    Of tasks, or launch plans, with the same id the first counts; workflows with the same id are reported.
    """

    def __init__(
        self,
        primary: pb.WorkflowTemplate,
        sub_workflows: Iterable[pb.WorkflowTemplate],
        tasks: Iterable[pb.TaskTemplate],
        launch_plans: Iterable[pb.LaunchPlan],
        problems: Problems,
    ) -> None:
        self.root = entity_key(primary.id)
        self.workflows: dict[str, Any] = {}
        for workflow in (primary, *sub_workflows):
            self._add_workflow(workflow, problems.within(self.root))
        self.tasks: dict[str, Any] = {}
        for task in tasks:
            if not task.id.name:
                fix = "give it one: project, domain, name and version"
                problems.add(Code.VALUE_REQUIRED, "task", "TaskId: a task has no id", fix)
            self.tasks.setdefault(entity_key(task.id), task)
        self.launch_plans: dict[str, Any] = {}
        for plan in launch_plans:
            self.launch_plans.setdefault(entity_key(plan.id), plan)
        self._ports: dict[tuple[str, str], Ports] = {}

    def _add_workflow(self, workflow: Any, problems: Problems) -> None:
        key = entity_key(workflow.id)
        if not workflow.id.name:
            fix = "give it one: project, domain, name and version"
            problems.add(Code.VALUE_REQUIRED, START, "WorkflowId: a workflow has no id", fix)
        if key in self.workflows:
            fix = "give one of them another name"
            problems.add(Code.DUPLICATE_ID, START, f"two workflows have the id {key!r}", fix)
        else:
            self.workflows[key] = workflow

    def task_ports(self, key: str) -> Ports | None:
        """The ports of a task; None where there is no such task."""
        return self._known("task", key, self.tasks)

    def workflow_ports(self, key: str) -> Ports | None:
        """The ports of a workflow; None where there is no such workflow."""
        return self._known("workflow", key, self.workflows)

    def launch_plan_ports(self, key: str) -> Ports | None:
        """The ports of a launch plan; None where there is no such launch plan."""
        return self._known("launch plan", key, self.launch_plans)

    def _known(self, kind: str, key: str, entities: Mapping[str, Any]) -> Ports | None:
        if key not in entities:
            return None
        if (kind, key) not in self._ports:
            entity = entities[key]
            made = launch_plan_ports(entity) if kind == "launch plan" else ports_of(entity.interface)
            self._ports[kind, key] = made
        return self._ports[kind, key]
