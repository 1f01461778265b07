"""What Volant can run, which is less than what it compiles; and what a local run leaves unused.

Both look at a whole closure, whoever compiled it.
"""

from collections.abc import Iterator
from typing import Any

from volant.compiler.build import entity_key
from volant.compiler.nodes import every_node
from volant.compiler.plan import START
from volant.compiler.problems import Code, CompileError, Fault, Problem, UnsupportedWorkflowError
from volant.idl import pb

NOTE = "Note"
"""`Problem.code` of a note."""

_WHERE = "run it on a Flyte cluster meanwhile"
_KINDS = {
    "branch_node": ("is a branch (conditional)", f"decide inside a task with a plain `if`, or {_WHERE}"),
    "gate_node": ("is a gate (approve, wait_for_input or sleep)", f"take the answer as an input, or {_WHERE}"),
    "array_node": ("is an array (map_task)", f"call the task once for each element in the workflow, or {_WHERE}"),
}


def check_runnable(closure: pb.CompiledWorkflowClosure) -> None:
    """Refuses what has no runtime, by name, before anything of it starts.

    Raises:
        UnsupportedWorkflowError: It uses what this Volant cannot run; with everything found.
        CompileError: Nothing in it can ever start.
    """
    compiled = (closure.primary, *closure.sub_workflows)
    unsupported = [_problem(closure, each, *found) for each in compiled for found in _unsupported(each)]
    if unsupported:
        raise UnsupportedWorkflowError(dict.fromkeys(unsupported))
    dead = [each for each in compiled if not each.connections.downstream[START].ids]
    if dead:
        raise CompileError(_problem(closure, each, START, _NO_ENTRY) for each in dead)


_NO_ENTRY = Fault(Code.NO_ENTRY_NODE, "nothing follows the start-node, so nothing can ever start",
                  "compile the workflow again")  # fmt: skip


def _problem(closure: Any, compiled: Any, node: str, fault: Fault) -> Problem:
    identifier = compiled.template.id
    prefix = "" if compiled is closure.primary else f"in workflow {identifier.name!r}: "
    return Problem(fault.code.value, node, prefix + fault.message, entity_key(identifier), fault.fix)


def _unsupported(compiled: Any) -> Iterator[tuple[str, Fault]]:
    for node in every_node(compiled.template):
        for found in (*_kind(node), *_sub_workflow_options(node)):
            yield node.id, Fault(Code.UNSUPPORTED, *found)
        if any(_is_offloaded(each.binding) for each in node.inputs):
            yield node.id, Fault(Code.UNSUPPORTED, "an input is an offloaded literal, which Volant cannot read yet",
                                 "bind the value itself, or a File")  # fmt: skip


def _kind(node: Any) -> Iterator[tuple[str, str]]:
    kind = node.WhichOneof("target")
    if kind in _KINDS:
        what, fix = _KINDS[kind]
        yield f"this node {what}, which Volant cannot run yet", fix
    elif kind == "workflow_node" and node.workflow_node.WhichOneof("reference") == "launchplan_ref":
        name = node.workflow_node.launchplan_ref.name
        message = f"this node starts launch plan {name!r}; Volant cannot run launch plan nodes yet"
        yield message, f"call the workflow itself, which then runs inside this one, or {_WHERE}"


def _sub_workflow_options(node: Any) -> Iterator[tuple[str, str]]:
    """Flyte ignores these on a sub-workflow; a person who wrote one did not mean it to be ignored."""
    if node.WhichOneof("target") != "workflow_node":
        return
    if node.metadata.retries.retries:
        yield "retries on a sub-workflow are something Volant cannot do yet", "give retries to the tasks in it"
    if node.metadata.WhichOneof("cacheable_value"):
        yield "a sub-workflow is never cached as a whole", "give cache=True to the tasks in it"


def _is_offloaded(data: Any) -> bool:
    match data.WhichOneof("value"):
        case "offloaded_metadata":
            return True
        case "collection":
            return any(map(_is_offloaded, data.collection.bindings))
        case "map":
            return any(map(_is_offloaded, data.map.bindings.values()))
    return False


def notes(closure: pb.CompiledWorkflowClosure) -> tuple[Problem, ...]:
    """What is accepted but has no part in a local run: what speaks of a cluster's containers and devices.

    Each is a `Problem` of code "Note"; its node is the task's name, or the node whose `with_overrides` it is.
    """
    found: dict[Problem, None] = {}
    for task in closure.tasks:
        for what in _of_task(task.template):
            found[_note(task.template.id.name, "", "", what)] = None
    for compiled in (closure.primary, *closure.sub_workflows):
        prefix = "" if compiled is closure.primary else f"in workflow {compiled.template.id.name!r}: "
        key = entity_key(compiled.template.id)
        for node in every_node(compiled.template):
            for what in _of_overrides(node):
                found[_note(node.id, key, prefix, what)] = None
    return tuple(found)


def _note(node: str, workflow: str, prefix: str, what: str) -> Problem:
    message = f"{prefix}{what} is for a cluster; a run on this machine does not use it"
    return Problem(NOTE, node, message, workflow)


def _of_task(template: Any) -> Iterator[str]:
    if template.WhichOneof("target") == "k8s_pod" or template.metadata.pod_template_name:
        yield "the pod template"
    yield from _devices(template.extended_resources)


def _of_overrides(node: Any) -> Iterator[str]:
    overrides = node.task_node.overrides
    if overrides.container_image:
        yield f"with_overrides(container_image={overrides.container_image!r})"
    if overrides.pod_template.ByteSize():
        yield "with_overrides(pod_template=…)"
    yield from _devices(overrides.extended_resources)


def _devices(resources: Any) -> Iterator[str]:
    if resources.HasField("gpu_accelerator"):
        yield f"the accelerator {resources.gpu_accelerator.device!r}"
    if resources.HasField("shared_memory"):
        yield "shared memory"
