"""Workflows made call by call, for programs that make workflows. Flytekit calls them `Workflow`."""

from typing import TYPE_CHECKING, Any, TypeAlias

from volant.sdk.caller import caller, maker
from volant.sdk.errors import AuthoringError
from volant.sdk.failure_node import failure_node
from volant.sdk.interface import Input, Interface, Unknown
from volant.sdk.problems import report
from volant.sdk.promise import Node, Promise, Reference, reference
from volant.sdk.task import PythonTask
from volant.sdk.tracing import Tracer, strangers
from volant.sdk.workflow import Handler, Traced, Workflow, WorkflowFailurePolicy, is_possible

if TYPE_CHECKING:
    from volant.sdk.launch_plan import LaunchPlan
    from volant.sdk.references import ReferenceLaunchPlan

    AnyPlan: TypeAlias = LaunchPlan[Any] | ReferenceLaunchPlan[..., Any]

_FAILURE_NODE = "efn"


class ImperativeWorkflow(Workflow[..., Any]):
    """A workflow that is made call by call.

    Attributes:
        inputs: Promises of its inputs, by name; `add_workflow_input` adds to them.

    Example:
        >>> flow = ImperativeWorkflow(name="flights.report")  # doctest: +SKIP
        >>> year = flow.add_workflow_input("year", int)
        >>> node = flow.add_entity(load, year=year)
        >>> flow.add_workflow_output("rows", node.outputs["o0"])

    Source: flytekit `ImperativeWorkflow` (core/workflow.py), which it exports as `Workflow`.
    """

    def __init__(
        self,
        name: str,
        failure_policy: WorkflowFailurePolicy = WorkflowFailurePolicy.FAIL_IMMEDIATELY,
        interruptible: bool = False,
    ) -> None:
        """Begin with nothing in it.

        Args:
            name: Its whole Flyte name: no module is put before it.
            failure_policy: What happens to the rest when a node fails.
            interruptible: What its nodes are unless they say otherwise.

        Raises:
            AuthoringError: An option cannot have that value.
        """
        frame = maker(self)
        self.place = f"{frame.f_code.co_filename}:{frame.f_lineno}"
        self.module = str(frame.f_globals.get("__name__", "__main__"))
        self.name = name if isinstance(name, str) else ""
        if not self.name.strip():
            report(
                AuthoringError(f"ImperativeWorkflow: name={name!r} is not a name", fix="write a text", place=self.place)
            )
            self.name = f"{self.module}.unnamed"
        owner = f"workflow {self.name}"
        if is_possible(owner, "failure_policy", failure_policy):
            self.failure_policy = failure_policy
        if is_possible(owner, "interruptible", interruptible):
            self.interruptible = interruptible
        self.inputs: dict[str, Promise] = {}
        self._outputs: dict[str, Any] = {}
        self._hints: dict[str, Any] = {}
        self._places: dict[str, str] = {}
        self._tracer = Tracer(self.name)
        self._failure_node: Node | None = None

    @property
    def interface(self) -> Interface:
        """The inputs and outputs added so far; more than one output come as a tuple."""
        inputs = {name: Input(reference(each).hint) for name, each in self.inputs.items()}
        return Interface(inputs, dict(self._hints), many=len(self._hints) > 1)

    @property
    def traced(self) -> Traced:
        """What was added so far."""
        return Traced(tuple(self._tracer.nodes), dict(self._outputs), self._failure_node, dict(self._places))

    def add_workflow_input(self, input_name: str, python_type: Any) -> Promise:
        """Give it an input; the promise of its value.

        Raises:
            AuthoringError: It has one of that name, or no input can have that name.
        """
        if input_name in self.inputs:
            self._report(f"it has an input {input_name!r} already", "choose another name")
            return self.inputs[input_name]
        if not (isinstance(input_name, str) and input_name.isidentifier()):
            self._report(f"{input_name!r} cannot name an input", "write it like a variable's name")
        promise = Promise(Reference(None, input_name, python_type, self.name))
        self.inputs[input_name] = promise
        return promise

    def add_entity(self, entity: "Handler | AnyPlan", **kwargs: Any) -> Node:
        """Call a task, a workflow or a launch plan; the node of the call.

        Args:
            entity: What to call.
            kwargs: Its inputs by name: values, promises, or lists and dicts of both.

        Raises:
            AuthoringError: It cannot be called, or the arguments do not fit.
        """
        if not isinstance(getattr(entity, "interface", None), Interface):
            raise self._error(
                f"{entity!r} is neither a task, a workflow nor a launch plan", "decorate it with @task or @workflow"
            )
        return self._tracer.add(entity, entity.interface, (), kwargs)

    def add_task(self, task: PythonTask[..., Any], **kwargs: Any) -> Node:
        """Call a task; as `add_entity`."""
        return self.add_entity(task, **kwargs)

    def add_subwf(self, sub_wf: Workflow[..., Any], **kwargs: Any) -> Node:
        """Call a workflow; as `add_entity`."""
        return self.add_entity(sub_wf, **kwargs)

    def add_launch_plan(self, launch_plan: "AnyPlan", **kwargs: Any) -> Node:
        """Call a launch plan; as `add_entity`."""
        return self.add_entity(launch_plan, **kwargs)

    def add_on_failure_handler(self, entity: Handler) -> Node:
        """Have a task or workflow run when this one fails; its node.

        It takes those of the inputs added before that it has the names of, and `err: WorkflowError | None`.

        Raises:
            AuthoringError: It has an input that this workflow has not.
        """
        is_possible(f"workflow {self.name}", "on_failure", entity)
        self._failure_node = failure_node(self.name, entity, self.inputs, _FAILURE_NODE, caller())
        return self._failure_node

    def add_workflow_output(self, output_name: str, p: Any, python_type: Any = None) -> None:
        """Give it an output.

        Args:
            output_name: Its name.
            p: A promise, or a list or dict of promises and values.
            python_type: Its type; None for the promise's.

        Raises:
            AuthoringError: It has one of that name; or the type is not known; or the promise is another workflow's.
        """
        if output_name in self._hints:
            self._report(f"it has an output {output_name!r} already", "choose another name")
            return
        for stranger in strangers(p, self.name):
            self._report(
                f"output {output_name!r}: {stranger} is of workflow {stranger.workflow}", "give it one of its own"
            )
        self._hints[output_name] = python_type or self._hint_of(output_name, p)
        self._outputs[output_name] = p
        self._places[output_name] = caller()

    def _hint_of(self, output: str, value: Any) -> Any:
        if isinstance(value, Promise):
            return reference(value).hint
        told = f"output {output!r}: the type of {value!r} is not known"
        self._report(told, "say it: python_type=list[int] or the like")
        return Unknown

    def _report(self, what: str, fix: str) -> None:
        report(self._error(what, fix))

    def _error(self, what: str, fix: str) -> AuthoringError:
        return AuthoringError(f"workflow {self.name}: {what}", fix=fix, place=caller())
