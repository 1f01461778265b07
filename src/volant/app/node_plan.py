"""What the plan says of an action."""

from typing import NamedTuple

from volant.app.site import Site
from volant.base.ids import ROOT, ActionName
from volant.compiler.build import load_plan
from volant.compiler.plan import Graph, NodePlan, TaskPlan
from volant.contracts.rows import ActionRow, RunRow


class Planned(NamedTuple):
    """An action's node.

    Attributes:
        node: As planned.
        task: What it runs; None for a sub-workflow, a start or an end.
    """

    node: NodePlan
    task: TaskPlan | None


def node_plan(site: Site, run: RunRow, action: ActionRow) -> Planned:
    """What the plan says of an action other than the run's own.

    Raises:
        NotFoundError: The plan, or an action above it, is gone.
        StoreFault: The plan is damaged.
    """
    plan = load_plan(site.store.plan(run.plan))
    graph = plan.graphs[plan.root]
    for above in _above(site, action):
        graph = plan.graphs[_node(graph, above.spec_node_id).target]
    node = _node(graph, action.spec_node_id)
    return Planned(node, plan.tasks.get(node.target) if node.kind == "task" else None)


def planned_rows(site: Site, run: RunRow) -> dict[ActionName, ActionRow]:
    """The top level of a run as planned: a row that has not begun for each node, by name.

    Raises:
        NotFoundError: The plan is gone.
    """
    plan = load_plan(site.store.plan(run.plan))
    rows: dict[ActionName, ActionRow] = {}
    for node in plan.graphs[plan.root].nodes.values():
        task = plan.tasks.get(node.target)
        name = ActionName(node.id)
        rows[name] = ActionRow(
            run=run.run,
            name=name,
            parent=ROOT,
            kind=node.kind,
            spec_node_id=node.id,
            index=node.index,
            display=node.display,
            target=task.name if task else plan.graphs[node.target].name if node.target in plan.graphs else "",
        )
    return rows


def _above(site: Site, action: ActionRow) -> list[ActionRow]:
    """The actions around it, outermost first, without the run's own."""
    found: list[ActionRow] = []
    parent = action.parent
    while parent != ROOT:
        found.append(site.store.get_action(action.run, parent))
        parent = found[-1].parent
    return found[::-1]


def _node(graph: Graph, node_id: str) -> NodePlan:
    if graph.failure_node is not None and graph.failure_node.id == node_id:
        return graph.failure_node
    return graph.nodes[node_id]
