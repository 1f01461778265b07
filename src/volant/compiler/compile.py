"""Compiles workflow templates: every problem at once, or the closure the engine runs. Engine spec 1.1.

Linear in nodes and bindings; what is given is never changed. Source: flytepropeller pkg/compiler.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from volant.compiler.build import entity_key
from volant.compiler.check_graph import compile_graph
from volant.compiler.check_tasks import check_task
from volant.compiler.graph import find_cycle, preorder
from volant.compiler.launch_plans import compiled_launch_plan
from volant.compiler.library import Library
from volant.compiler.nodes import every_node
from volant.compiler.plan import START
from volant.compiler.problems import Code, CompileError, Problem, Problems
from volant.idl import pb

_MOST_LEVELS = 100


def compile_workflow(
    primary: pb.WorkflowTemplate | None,
    sub_workflows: Sequence[pb.WorkflowTemplate] = (),
    tasks: Sequence[pb.TaskTemplate] | None = (),
    launch_plans: Sequence[pb.LaunchPlan] = (),
) -> pb.CompiledWorkflowClosure:
    """The compiled closure of a workflow.

    It holds what the primary workflow reaches: each sub-workflow, task and launch plan once, in the order given.
    In every template the start-node and the end-node are the first two nodes, nodes within branches are called
    `<branch>-<node>`, and the connections hold all edges; those of a node within a branch lead upstream only.
    Whether Volant can run it is another question: `compiler.runnable`.

    Args:
        primary: The workflow to run.
        sub_workflows: Those it may refer to, directly or not.
        tasks: Likewise.
        launch_plans: Likewise; registered, so that their closures hold what they expect and give.

    Raises:
        CompileError: Something is wrong, with every problem found.
    """
    for name, given in (("wf", primary), ("tasks", tasks)):
        if given is None:
            raise CompileError([Problem(Code.VALUE_REQUIRED.value, "root", f"there is nothing to compile: no {name}")])
    closure = _copy(primary, sub_workflows, tasks or (), launch_plans)
    problems = Problems()
    templates = [each.template for each in closure.sub_workflows]
    compiled_tasks = [each.template for each in closure.tasks]
    library = Library(closure.primary.template, templates, compiled_tasks, launch_plans, problems)
    _compile(closure, library, problems)
    problems.raise_any()
    return closure


def _compile(closure: Any, library: Library, problems: Problems) -> None:
    """Compiles what the primary workflow reaches, and takes out the rest."""
    reached = _reached(library, problems)
    _keep(closure.sub_workflows, library.workflows, reached - {library.root})
    for each in (closure.primary, *closure.sub_workflows):
        compile_graph(each, library, _view(each.template, library.root, problems))
    _keep(closure.tasks, library.tasks, _used(library, reached, _task_key))
    for task in closure.tasks:
        check_task(task.template, problems)
        if task.template.HasField("interface"):
            task.template.interface.inputs.SetInParent()
            task.template.interface.outputs.SetInParent()
    _keep(closure.launch_plans, library.launch_plans, _used(library, reached, _launch_plan_key))


def _view(template: Any, root: str, problems: Problems) -> Problems:
    key = entity_key(template.id)
    return problems.within(key, "" if key == root else f"in workflow {template.id.name!r}: ")


def _copy(primary: Any, sub_workflows: Any, tasks: Any, launch_plans: Any) -> Any:
    """All that is given as a closure of its own, read back from its bytes: what cannot be read back cannot run."""
    try:
        closure = pb.CompiledWorkflowClosure(launch_plans=map(compiled_launch_plan, launch_plans))
        closure.primary.template.CopyFrom(primary)
        for compiled, templates in ((closure.sub_workflows, sub_workflows), (closure.tasks, tasks)):
            for template in templates:
                compiled.add().template.CopyFrom(template)
        return pb.CompiledWorkflowClosure.FromString(closure.SerializeToString())
    except pb.DecodeError:
        message = f"something in the workflow is nested deeper than {_MOST_LEVELS} levels, which no message may be"
        fix = "nest lists, dicts, types and branches less deeply"
        problem = Problem(Code.INVALID_VALUE.value, START, message, entity_key(primary.id), fix)
        raise CompileError([problem]) from None


def _reached(library: Library, problems: Problems) -> set[str]:
    """The primary workflow and all it refers to; reports cycles among them."""
    references = {key: _references(template, library) for key, template in library.workflows.items()}
    cycle = find_cycle([library.root], references.__getitem__)
    if cycle:
        names = " > ".join(library.workflows[key].id.name for key in cycle)
        message = f"a workflow cannot contain itself: {names}"
        fix = "let one of them no longer call the next"
        problems.within(library.root).add(Code.CYCLE_DETECTED, START, message, fix)
    return set(preorder(library.root, references))


def _references(template: Any, library: Library) -> list[str]:
    keys = (entity_key(node.workflow_node.sub_workflow_ref) for node in every_node(template) if _is_workflow(node))
    return [key for key in dict.fromkeys(keys) if key in library.workflows]


def _used(library: Library, workflows: Iterable[str], key_of: Any) -> set[str]:
    return {key_of(node) for each in workflows for node in every_node(library.workflows[each])} - {""}


def _is_workflow(node: Any) -> bool:
    return bool(node.WhichOneof("target") == "workflow_node")


def _task_key(node: Any) -> str:
    return entity_key(node.task_node.reference_id) if node.WhichOneof("target") == "task_node" else ""


def _launch_plan_key(node: Any) -> str:
    return entity_key(node.workflow_node.launchplan_ref) if _is_workflow(node) else ""


def _keep(compiled: Any, entities: Any, wanted: set[str]) -> None:
    """Takes out of `compiled` what is not wanted, and all but the first of those with the same id."""
    seen: set[str] = set()
    kept = []
    for index, each in enumerate(compiled):
        key = entity_key(each.template.id)
        if key in wanted and key not in seen and key in entities:
            kept.append(index)
            seen.add(key)
    for index in sorted(set(range(len(compiled))).difference(kept), reverse=True):
        del compiled[index]
