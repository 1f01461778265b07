"""Launch plans: a workflow with some of its inputs set, under a name."""

import functools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any, ClassVar, Generic, TypeVar, Unpack

from volant.sdk.caller import caller, maker
from volant.sdk.errors import AuthoringError
from volant.sdk.interface import Input, Interface
from volant.sdk.launch_plan_options import LaunchPlanOptions, known_inputs, possible_options
from volant.sdk.options import Overrides
from volant.sdk.problems import report, strictly
from volant.sdk.tracing import current_tracer, without_fixed
from volant.sdk.workflow import Workflow

R = TypeVar("R")
S = TypeVar("S")


@dataclass(frozen=True, eq=False)
class LaunchPlan(Generic[R]):
    """A workflow with some of its inputs set. `LaunchPlan.get_or_create` makes these.

    Attributes:
        name: Its Flyte name: no module is put before it. The workflow's own for its default launch plan.
        workflow: What it starts.
        module: The module it is found in.
        place: "file:line" where it was written, for errors.
        default_inputs: Instead of the defaults in the workflow's signature.
        fixed_inputs: Set once and for all.
        labels: Of every run it starts.
        annotations: Likewise.
        max_parallelism: Leaves that may be active at once in a run; 0 for no limit.
        raw_output_data_config: URI under which its runs put raw data; "" for the usual place.
        made: All of this process by name: a name means one launch plan.

    Source: flytekit `LaunchPlan` (core/launch_plan.py).
    """

    name: str
    workflow: Workflow[..., R]
    module: str
    place: str
    default_inputs: Mapping[str, Any] = field(default_factory=dict)
    fixed_inputs: Mapping[str, Any] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    annotations: Mapping[str, str] = field(default_factory=dict)
    max_parallelism: int = 0
    raw_output_data_config: str = ""

    made: ClassVar["dict[str, LaunchPlan[Any]]"] = {}

    @classmethod
    def create(
        cls,
        name: str,
        workflow: Workflow[..., S],
        default_inputs: Mapping[str, Any] | None = None,
        fixed_inputs: Mapping[str, Any] | None = None,
        **options: Unpack[LaunchPlanOptions],
    ) -> "LaunchPlan[S]":
        """A new launch plan.

        Args:
            name: Unique among launch plans.
            workflow: What it starts.
            default_inputs: See `LaunchPlan`.
            fixed_inputs: See `LaunchPlan`; an input that is in both is fixed.
            options: See `LaunchPlan`.

        Raises:
            AuthoringError: The name is taken, there is no such input, or an option cannot have that value.
        """
        plan = _plan(name, workflow, default_inputs, fixed_inputs, options)
        known = cls.made.get(plan.name)
        if known is None or _is_older(known, plan):
            return _kept(plan)
        _complain(plan, f"it was made already, at {known.place}", "choose another name, or use get_or_create")
        return known

    @classmethod
    def get_or_create(
        cls,
        workflow: Workflow[..., S],
        name: str | None = None,
        default_inputs: Mapping[str, Any] | None = None,
        fixed_inputs: Mapping[str, Any] | None = None,
        **options: Unpack[LaunchPlanOptions],
    ) -> "LaunchPlan[S]":
        """The launch plan of that name, made where there is none.

        Args:
            workflow: What it starts.
            name: None for the workflow's default launch plan, which sets nothing.
            default_inputs: See `LaunchPlan`.
            fixed_inputs: See `LaunchPlan`.
            options: See `LaunchPlan`.

        Raises:
            AuthoringError: The name means another launch plan; or as `create`.
        """
        plan = _plan(name, workflow, default_inputs, fixed_inputs, options)
        known = cls.made.get(plan.name)
        if known is None or _is_older(known, plan):
            return _kept(plan)
        if unlike := " and ".join(_differing(plan, known)):
            _complain(plan, f"it differs in {unlike} from the one made at {known.place}", "choose another name")
        return known

    @classmethod
    def get_default_launch_plan(cls, workflow: Workflow[..., S]) -> "LaunchPlan[S]":
        """The launch plan that has the workflow's name, and sets nothing."""
        return cls.get_or_create(workflow)

    @property
    def interface(self) -> Interface:
        """What a node of it takes and gives: the workflow's, without what is fixed."""
        whole = self.whole_interface
        inputs = {name: each for name, each in whole.inputs.items() if name not in self.fixed_inputs}
        return replace(whole, inputs=inputs, fixed=self.fixed_inputs)

    @property
    def whole_interface(self) -> Interface:
        """The workflow's; what is set stands as a default."""
        of = self.workflow.interface
        values = {**self.default_inputs, **self.fixed_inputs}
        inputs = {name: Input(each.hint, values.get(name, each.default)) for name, each in of.inputs.items()}
        return replace(of, inputs=inputs)

    @property
    def short_name(self) -> str:
        """The last part of its name."""
        return self.name.rpartition(".")[2]

    @property
    def docs(self) -> str:
        """The workflow's."""
        return self.workflow.docs

    @property
    def options(self) -> Overrides:
        """What a node of it says unless told otherwise."""
        return self.workflow.options

    def __call__(self, **inputs: Any) -> R:
        """In a workflow's body: a node that starts another run. Elsewhere: the workflow, called directly.

        Raises:
            AuthoringError: An input is unknown, missing, or fixed.
        """
        tracer = current_tracer()
        if tracer is not None:
            found: R = tracer.call(self, self.interface, (), inputs)
            return found
        with strictly():
            given = without_fixed(self.fixed_inputs, inputs, f"launch plan {self.name}", caller())
        return self.workflow(**{**self.default_inputs, **given, **self.fixed_inputs})

    def __repr__(self) -> str:
        return f"<launch plan {self.name}>"


def _plan(
    name: Any, workflow: Any, defaults: Mapping[str, Any] | None, fixed: Mapping[str, Any] | None, options: Any
) -> LaunchPlan[Any]:
    frame = maker(None)
    place = f"{frame.f_code.co_filename}:{frame.f_lineno}"
    if not isinstance(workflow, Workflow):
        told = f"launch plan {name}: {workflow!r} is not a workflow"
        raise AuthoringError(told, fix="give it what @workflow made, or an ImperativeWorkflow", place=place)
    module = str(frame.f_globals.get("__name__", "__main__"))
    plan = LaunchPlan(workflow.name if name is None else name, workflow, module, place)
    said = {"default_inputs": defaults or None, "fixed_inputs": fixed or None, **options}
    _check_name(plan, [key for key, value in said.items() if value is not None] if name is None else [])
    complain = functools.partial(_complain, plan)
    preset = known_inputs(workflow, "default_inputs", defaults or {}, complain)
    held = known_inputs(workflow, "fixed_inputs", fixed or {}, complain)
    return LaunchPlan(plan.name, workflow, module, place, preset, held, **possible_options(options, complain))


def _check_name(plan: LaunchPlan[Any], set_without_name: list[str]) -> None:
    if not isinstance(plan.name, str) or not plan.name.strip():
        _complain(
            plan, f"name={plan.name!r} is not a name", "write a text, or leave it out for the default launch plan"
        )
    if set_without_name:
        listed = " and ".join(set_without_name)
        _complain(plan, f"the default launch plan cannot set {listed}", 'give it a name: name="…"')


def _complain(plan: LaunchPlan[Any], what: str, fix: str) -> None:
    report(AuthoringError(f"launch plan {plan.name}: {what}", fix=fix, place=plan.place))


def _is_older(known: LaunchPlan[Any], plan: LaunchPlan[Any]) -> bool:
    """Whether it is of an earlier definition of the same workflow, as where a notebook's cell is run again."""
    return known.workflow is not plan.workflow and known.workflow.name == plan.workflow.name


def _kept(plan: LaunchPlan[Any]) -> LaunchPlan[Any]:
    LaunchPlan.made[plan.name] = plan
    return plan


def _differing(plan: LaunchPlan[Any], known: LaunchPlan[Any]) -> Iterator[str]:
    for each in fields(plan):
        if each.name not in ("name", "module", "place") and not _same(
            getattr(plan, each.name), getattr(known, each.name)
        ):
            yield each.name


def _same(one: Any, other: Any) -> bool:
    try:
        return one is other or bool(one == other)
    except Exception:  # noqa: BLE001 - frames and arrays do not say whether they are equal
        return False
