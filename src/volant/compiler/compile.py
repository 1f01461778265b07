"""Compiles workflow templates: every problem at once, or the closure the engine runs. Engine spec 1.1.

Linear in nodes and bindings; what is given is never changed. Source: flytepropeller pkg/compiler.
"""

from collections.abc import Sequence
from typing import Any

from volant.compiler.build import entity_key
from volant.compiler.check_graph import compile_graph, nodes_of
from volant.compiler.check_tasks import check_task
from volant.compiler.graph import find_cycle, preorder
from volant.compiler.library import Library
from volant.compiler.plan import START
from volant.compiler.problems import Code, Problems
from volant.idl import pb


def compile_workflow(
    primary: pb.WorkflowTemplate,
    sub_workflows: Sequence[pb.WorkflowTemplate] = (),
    tasks: Sequence[pb.TaskTemplate] = (),
) -> pb.CompiledWorkflowClosure:
    """The compiled closure of a workflow.

    It holds what the primary workflow reaches: each sub-workflow and task once, in the order given. In every
    template the start-node and the end-node are the first two nodes, and the connections hold all edges.

    Args:
        primary: The workflow to run.
        sub_workflows: Those it may refer to, directly or not.
        tasks: Likewise.

    Raises:
        CompileError: Something is wrong, with every problem found.
        UnsupportedWorkflowError: A CompileError where everything found is right in Flyte but cannot run here.
    """
    problems = Problems()
    library = Library(primary, sub_workflows, tasks, problems)
    workflows = _reached(library, problems)
    compiled = [compile_graph(each, library, _view(each, primary, problems)) for each in workflows]
    used = _used_tasks(workflows, library)
    for task in used:
        check_task(task, problems)
    problems.raise_any()
    return pb.CompiledWorkflowClosure(
        primary=compiled[0],
        sub_workflows=compiled[1:],
        tasks=[pb.CompiledTask(template=task) for task in used],
    )


def _view(workflow: Any, primary: Any, problems: Problems) -> Problems:
    return problems if workflow is primary else problems.within(f"workflow {workflow.id.name!r}")


def _reached(library: Library, problems: Problems) -> list[Any]:
    """The primary workflow and all it refers to, in the order given; reports cycles among them."""
    references = {key: _references(template, library) for key, template in library.workflows.items()}
    cycle = find_cycle([library.root], references.__getitem__)
    if cycle:
        names = " > ".join(library.workflows[key].id.name for key in cycle)
        problems.add(Code.CYCLE_DETECTED, START, f"a workflow cannot contain itself: {names}")
    reached = set(preorder(library.root, references))
    return [template for key, template in library.workflows.items() if key in reached]


def _references(template: Any, library: Library) -> list[str]:
    keys = (entity_key(node.workflow_node.sub_workflow_ref) for node in nodes_of(template))
    return [key for key in dict.fromkeys(keys) if key in library.workflows]


def _used_tasks(workflows: list[Any], library: Library) -> list[Any]:
    used = {entity_key(node.task_node.reference_id) for workflow in workflows for node in nodes_of(workflow)}
    return [task for key, task in library.tasks.items() if key in used]
