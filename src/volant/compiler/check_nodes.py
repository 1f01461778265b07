"""Checks of single nodes, and what goes into each and comes out. Engine spec 1.2."""

from collections.abc import Callable
from typing import Any

from volant.compiler.build import entity_key
from volant.compiler.check_branches import check_arms, check_condition, joined_outputs
from volant.compiler.check_tasks import bad_quantities
from volant.compiler.library import UNKNOWN, Library, Ports, known_type
from volant.compiler.nodes import arms
from volant.compiler.problems import Code, Fault, Problems, known, known_key
from volant.compiler.sources import Scope, inferred_type
from volant.idl import pb

_REFERENCE_FIX = "import it and call it itself; a reference needs a Flyte cluster, where it is registered"
_NONE = pb.LiteralType(simple=pb.SimpleType.NONE)


class NodeCheck:
    """Checks the nodes of one graph, each with the nodes within it, and remembers the ports of those.

    Attributes:
        inner: Ports of the nodes within branches, by id.
    """

    def __init__(self, library: Library, scope: Scope, problems: Problems) -> None:
        self.inner: dict[str, Ports] = {}
        self._library = library
        self._scope = scope
        self._problems = problems

    def check(self, node: pb.Node) -> Ports:
        """The ports of a node as others see them, output aliases applied; `UNKNOWN` where its target is wrong."""
        ports = self._ports(node, node.id)
        self._check_metadata(node)
        return self._aliased(node, ports) if node.output_aliases else ports

    def _report(self, name: str, code: Code, message: str, fix: str = "") -> Ports:
        self._problems.add(code, name, message, fix)
        return UNKNOWN

    def _ports(self, node: Any, name: str) -> Ports:
        """The ports of what a node runs; `name` is the node to report on, an array's for what it repeats."""
        match node.WhichOneof("target"):
            case "task_node":
                return self._task(node, name)
            case "workflow_node":
                return self._workflow(node, name)
            case "branch_node":
                return self._branch(node, name)
            case "gate_node":
                return self._gate(node, name)
            case "array_node":
                return self._array(node.array_node, name)
        fix = "give it a task, a workflow, a launch plan, a branch, a gate or an array"
        return self._report(name, Code.VALUE_REQUIRED, "Target: the node runs nothing", fix)

    def _task(self, node: Any, name: str) -> Ports:
        if node.task_node.HasField("overrides"):
            for fault in bad_quantities(node.task_node.overrides.resources, Code.WORKFLOW_BUILD_ERROR):
                self._report(name, *fault)
        if not node.task_node.HasField("reference_id"):
            return self._report(name, Code.VALUE_REQUIRED, "TaskId: the node names no task", "name the task it runs")
        key = entity_key(node.task_node.reference_id)
        return self._found("task", key, name, self._library.task_ports, self._library.tasks, Code.TASK_NOT_FOUND)

    def _workflow(self, node: Any, name: str) -> Ports:
        library, target = self._library, node.workflow_node
        match target.WhichOneof("reference"):
            case "sub_workflow_ref":
                key, find, names, what = target.sub_workflow_ref, library.workflow_ports, library.workflows, "workflow"
            case "launchplan_ref":
                key, find, names = target.launchplan_ref, library.launch_plan_ports, library.launch_plans
                what = "launch plan"
            case _:
                message = "WorkflowId: the node names neither a workflow nor a launch plan"
                return self._report(name, Code.VALUE_REQUIRED, message, "name the workflow it runs")
        return self._found(what, entity_key(key), name, find, names, Code.WORKFLOW_NOT_FOUND)

    def _found(
        self, what: str, key: str, name: str, find: Callable[[str], Ports | None], names: Any, code: Code
    ) -> Ports:  # fmt: skip
        ports = find(key)
        if ports is None:
            near = known_key(f"{what}s", names, key)
            message = f"the node runs {what} {key!r}, which is not part of this compile; {near}"
            return self._report(name, code, message, _REFERENCE_FIX)
        for side, types in (("inputs", ports.inputs), ("outputs", ports.outputs)):
            if types is None:
                message = f"{what} {key!r} does not tell its expected {side}"
                self._report(name, Code.VALUE_REQUIRED, message, "register it first: that works them out")
        return ports

    def _gate(self, node: Any, name: str) -> Ports:
        gate = node.gate_node
        match gate.WhichOneof("condition"):
            case "approve":
                outputs = {each.var: inferred_type(each.binding, self._scope) for each in node.inputs}
                return Ports(dict.fromkeys(outputs), outputs)
            case "signal":
                return self._signal(gate.signal, name)
            case "sleep":
                return Ports({}, {})
        fix = "make it with approve(), wait_for_input() or sleep()"
        return self._report(name, Code.NO_CONDITION, "the gate waits for no approval, no signal and no time", fix)

    def _signal(self, signal: Any, name: str) -> Ports:
        kind = known_type(signal.type)
        if kind is None:
            message = "the gate waits for a value of no type"
            return self._report(name, Code.VALUE_REQUIRED, message, "say which: expected_type=int, for example")
        if not signal.output_variable_name:
            message = "the gate's value has no name"
            return self._report(name, Code.VALUE_REQUIRED, message, "set output_variable_name, to 'o0' for example")
        return Ports({}, {signal.output_variable_name: kind})

    def _array(self, array: Any, name: str) -> Ports:
        if not array.HasField("node"):
            message = "Target: the array has no node to run for each element"
            return self._report(name, Code.VALUE_REQUIRED, message, "make it with map_task(task)")
        ports = self._ports(array.node, name)
        return _listed(array, ports) if array.is_original_sub_node_interface.value else ports

    def _branch(self, node: Any, name: str) -> Ports:
        found = arms(node.branch_node)
        faults = list(check_arms(node.branch_node, found))
        inputs = {each.var: inferred_type(each.binding, self._scope) for each in node.inputs}
        for arm in found:
            if arm.condition is not None:
                faults += check_condition(arm.condition, arm.place, inputs)
        inner = {arm.node.id: self._child(arm.node) for arm in found if arm.node is not None}
        outputs, differing = joined_outputs(inner)
        for fault in (*faults, *differing):
            self._report(name, *fault)
        return Ports(dict.fromkeys(inputs), outputs)

    def _child(self, node: Any) -> Ports:
        ports = self._ports(node, node.id)
        self.inner[node.id] = ports
        self._check_metadata(node)
        if node.output_aliases:
            self._aliased(node, ports)  # reported; a branch gives what its nodes' targets give
        return ports

    def _check_metadata(self, node: Any) -> None:
        if node.metadata.timeout.seconds < 0 or node.metadata.timeout.nanos < 0:
            self._report(node.id, Code.INVALID_VALUE, "the timeout is negative", "leave it out for none")
        if node.metadata.cacheable and not node.metadata.cache_version.strip():
            runs = node.array_node.node if node.WhichOneof("target") == "array_node" else node
            task = self._library.tasks.get(entity_key(runs.task_node.reference_id))
            if task is not None and not task.metadata.discovery_version.strip():
                message = "the node is cached but has no cache version"
                self._report(node.id, Code.VALUE_REQUIRED, message, "give it cache_version='1.0'")

    def _aliased(self, node: Any, ports: Ports) -> Ports:
        if ports.outputs is None:
            return ports
        outputs = dict(ports.outputs)
        for each in node.output_aliases:
            fault = _bad_alias(each, ports.outputs, outputs)
            if fault is None:
                outputs[each.alias] = outputs.pop(each.var)
            else:
                self._report(node.id, *fault)
        return Ports(ports.inputs, outputs, ports.optional, ports.fixed)


def _bad_alias(alias: Any, outputs: Any, left: Any) -> Fault | None:
    if alias.var not in outputs:
        message = f"alias {alias.alias!r} is for {alias.var!r}; {known('outputs', outputs, alias.var)}"
        return Fault(Code.NOT_BOUND, message, "name an output there is")
    if alias.var not in left or alias.alias in left:
        message = f"alias {alias.alias!r} of {alias.var!r} is one too many"
        return Fault(Code.DUPLICATE_ALIAS, message, "give each output one alias, with a name no other output has")
    return None


def _listed(array: Any, ports: Ports) -> Ports:
    """The ports of an array whose node takes and gives single elements: lists, except what is bound for all."""
    if ports.inputs is None or ports.outputs is None:
        return ports
    bound = set(array.bound_inputs)
    inputs = {name: kind if name in bound else _list_of(kind) for name, kind in ports.inputs.items()}
    may_miss = array.WhichOneof("success_criteria") == "min_success_ratio" and array.min_success_ratio < 1
    outputs = {name: _list_of(_or_none(kind) if may_miss else kind) for name, kind in ports.outputs.items()}
    return Ports(inputs, outputs, ports.optional, ports.fixed)


def _list_of(kind: Any) -> Any:
    return kind and pb.LiteralType(collection_type=kind)


def _or_none(kind: Any) -> Any:
    return kind and pb.LiteralType(union_type=pb.UnionType(variants=[kind, _NONE]))
