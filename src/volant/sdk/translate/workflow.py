"""Tasks, workflows and launch plans on the wire, with everything they refer to."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, Final, TypeAlias

from volant.compiler.build import entity_key
from volant.idl import pb
from volant.sdk.errors import AuthoringError
from volant.sdk.interface import Interface
from volant.sdk.launch_plan import LaunchPlan
from volant.sdk.options import Overrides
from volant.sdk.problems import collecting, is_collecting, report, told_by
from volant.sdk.references import ReferenceLaunchPlan, ReferenceTask, ReferenceWorkflow
from volant.sdk.settings import Settings
from volant.sdk.task import PythonTask
from volant.sdk.translate.found import Found, templates
from volant.sdk.translate.interfaces import defaults, typed_interface
from volant.sdk.translate.launch_plan import launch_plan_message
from volant.sdk.translate.node import node_metadata, single_task
from volant.sdk.translate.task import identifier, task_template
from volant.sdk.translate.template import workflow_template
from volant.sdk.translate.translated import Translated
from volant.sdk.workflow import Workflow

Entity: TypeAlias = "PythonTask[..., Any] | Workflow[..., Any] | LaunchPlan[Any]"

REFERENCES: Final = (ReferenceTask, ReferenceWorkflow, ReferenceLaunchPlan)
"""Classes of what is registered elsewhere."""


def translate(entity: Entity, settings: Settings) -> Translated:
    """A task, workflow or launch plan on the wire; equal entities give equal bytes.

    Raises:
        AuthoringError: It is written in a way that cannot run.
    """
    found = Translation(settings).of(entity)
    assert found is not None, "mistakes raise where nobody collects them"
    return found


def kind_of(entity: Any) -> str:
    """What an entity is, for people: "task", "workflow", "launch plan", or a reference to one of them."""
    if isinstance(entity, LaunchPlan | ReferenceLaunchPlan):
        kind = "launch plan"
    else:
        kind = "workflow" if isinstance(entity, Workflow) else "task"
    return f"reference {kind}" if isinstance(entity, REFERENCES) else kind


class Translation:
    """Translates entities and everything they refer to, each once.

    Where mistakes are collected, it goes as far as it can: what is wrong is left out, or a value of the right
    type stands for it, so that the rest can be compiled. The mistakes are in `problems`.
    """

    def __init__(self, settings: Settings) -> None:
        """Begin, with these ids."""
        self._settings = settings
        self._known: dict[tuple[str, str], Found] = {}

    def of(self, entity: Entity) -> Translated | None:
        """An entity with all it refers to; None where mistakes leave nothing of it.

        Raises:
            AuthoringError: It is written in a way that cannot run; not where mistakes are collected.
        """
        found = self.find(entity)
        plans = [each for each in found.everything() if isinstance(each.entity, LaunchPlan) and each is not found]
        launched = [made for each in plans if (made := self._one(each)) is not None]
        made = self._one(found)
        return made and replace(made, launched=launched)

    def problems(self, entity: Entity) -> Iterator[tuple[Any, AuthoringError]]:
        """What is wrong with an entity and all it refers to, with who it is about, what is referred to first."""
        for found in self.find(entity).everything():
            for problem in found.problems:
                yield found.entity, problem

    def find(self, entity: Any) -> Found:
        """What is known of an entity.

        Raises:
            AuthoringError: As in `of`.
        """
        key = (kind_of(entity), str(entity.id) if isinstance(entity, REFERENCES) else entity.name)
        known = self._known.get(key)
        if known is None:
            self._known[key] = known = Found(entity)
            with _about(known):
                self._fill(known)
            known.is_open = False
        elif known.entity is not entity and not isinstance(entity, REFERENCES):
            _report_twins(known.entity, entity)
        return known

    def _fill(self, found: Found) -> None:
        entity = found.entity
        if isinstance(entity, LaunchPlan):
            self._fill_launch_plan(found, entity)
            return
        what = f"{kind_of(entity)} {entity.name}"
        found.interface, found.may_be_called = _sound(lambda: typed_interface(entity, what))
        found.literals = defaults(entity.interface, what, entity.place)
        if isinstance(entity, REFERENCES):
            found.message = _referred(entity)
        elif isinstance(entity, Workflow):
            found.message = workflow_template(found, self.find, self._settings)
            found.may_be_called &= not _is_emptied(entity, found.message)
        elif found.may_be_called:
            found.message = task_template(entity, self._settings)

    def _fill_launch_plan(self, found: Found, plan: LaunchPlan[Any]) -> None:
        target = self.find(plan.workflow)
        found.calls[target] = None
        found.interface, found.may_be_called = target.interface, target.may_be_called
        inputs = {name: each for name, each in plan.interface.inputs.items() if name in plan.default_inputs}
        own = defaults(Interface(inputs), f"launch plan {plan.name}", plan.place)
        found.literals = {**{name: each for name, each in target.literals.items() if name not in inputs}, **own}
        found.message = launch_plan_message(plan, target.interface.inputs, found.literals, self._settings)

    def _one(self, found: Found) -> Translated | None:
        is_plan = isinstance(found.entity, LaunchPlan)
        first = next(iter(found.calls), found) if is_plan else found
        if first.message is None or found.message is None:
            return None
        below = first.below()
        primary = first.message
        if isinstance(primary, pb.TaskTemplate):
            primary, below = single_task(primary, node_metadata(first.entity, Overrides())), [first]
        return Translated(
            primary,
            templates(below, pb.WorkflowTemplate),
            templates(below, pb.TaskTemplate),
            found.message if is_plan else None,
            places=_places(primary, first, below),
        )


def _is_emptied(workflow: Workflow[..., Any], template: pb.WorkflowTemplate) -> bool:
    """Whether mistakes took away everything a workflow does."""
    traced = workflow.traced
    return not template.nodes and bool(traced.nodes or traced.problems)


def _sound(make: Callable[[], pb.TypedInterface]) -> tuple[pb.TypedInterface, bool]:
    """What is made, and whether no mistake was told meanwhile."""
    if not is_collecting():
        return make(), True
    with collecting() as problems:
        made = make()
    for each in problems:
        report(each)
    return made, not problems


@contextmanager
def _about(found: Found) -> Iterator[None]:
    """What is reported or raised in the block is a problem of this entity, where mistakes are collected."""
    if not is_collecting():
        yield
        return
    with collecting() as problems:
        try:
            yield
        except Exception as error:  # noqa: BLE001 - an author's hooks may raise anything
            report(told_by(error))
    found.problems.extend(problems)


def _report_twins(one: Any, other: Any) -> None:
    told = f"two different {kind_of(other)}s are called {other.name}, this one and that at {one.place}"
    report(AuthoringError(told, fix="give one of them another name", place=other.place))


def _referred(entity: Any) -> pb.Identifier:
    kinds = {
        ReferenceTask: pb.ResourceType.TASK,
        ReferenceWorkflow: pb.ResourceType.WORKFLOW,
        ReferenceLaunchPlan: pb.ResourceType.LAUNCH_PLAN,
    }
    settings = Settings(entity.id.project, entity.id.domain, entity.id.version)
    return identifier(kinds[type(entity)], entity.id.name, settings)


def _places(primary: pb.WorkflowTemplate, first: Found, below: list[Found]) -> Mapping[str, Mapping[str, str]]:
    of_nodes = first.places or {each.id: first.entity.place for each in primary.nodes}
    found = {entity_key(primary.id): {"": first.entity.place, **of_nodes}}
    for each in below:
        if isinstance(each.message, pb.WorkflowTemplate):
            found[entity_key(each.message.id)] = {"": each.entity.place, **each.places}
    return found
