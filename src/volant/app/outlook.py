"""What a run would do, worked out from its plan and the cache; nothing runs, nothing is stored."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Literal

from msgspec import Struct

from volant.app.find import call_order
from volant.compiler.plan import END, START, Graph, NodePlan, Plan, TaskPlan
from volant.contracts.plugin import PluginProperties
from volant.contracts.rows import CacheRow
from volant.engine.caching import key_of
from volant.idl import pb
from volant.idl.bindings import ResolutionError, resolve
from volant.idl.cache_key import CacheKey
from volant.idl.preview import show
from volant.idl.type_names import show_type

Verdict = Literal["hit", "miss", "off", "unknown"]
_SHOWN = 40


class NodeOutlook(Struct, frozen=True, kw_only=True):
    """One node.

    Attributes:
        node: Its path, e.g. "n0/0/n1".
        name: What people call it.
        target: The task or workflow it runs.
        task_type: Picks its plugin; "" for a workflow.
        takes: Where each input comes from: a constant, "n0.o0", or an input of the workflow.
        inputs: Types by name.
        outputs: Types by name.
        cache: "hit", "miss", "off" where it is not cached, "unknown" where its inputs come from nodes that
            will run.
        cached_from: "run node" of the entry that would serve it; "" for none.
        nodes: Of a workflow, its own.
    """

    node: str
    name: str
    target: str
    task_type: str = ""
    takes: Mapping[str, str]
    inputs: Mapping[str, str]
    outputs: Mapping[str, str]
    cache: Verdict = "off"
    cached_from: str = ""
    nodes: "tuple[NodeOutlook, ...]" = ()


class Cache(Struct, frozen=True):
    """What the walk asks of the cache.

    Attributes:
        properties: Of the plugin of a task type; None where there is no plugin.
        find: The entry of a key, or None.
        outputs: What an entry holds.
    """

    properties: Callable[[str], PluginProperties | None]
    find: Callable[[CacheKey], CacheRow | None]
    outputs: Callable[[CacheRow], pb.LiteralMap]


def node_outlooks(plan: Plan, inputs: pb.LiteralMap | None, cache: Cache) -> tuple[NodeOutlook, ...]:
    """What would become of each node, in the order of `call_order`.

    Args:
        plan: What would run.
        inputs: The run's, checked; None where they are not known yet.
        cache: What would serve it.
    """
    return _Walk(plan, cache).graph(plan.graphs[plan.root], inputs, "")[0]


def types_of(variables: Any) -> dict[str, str]:
    """Types as people write them, by name, sorted."""
    found = variables.variables
    return {name: show_type(found[name].type) for name in sorted(found)}


def source_text(data: pb.BindingData) -> str:
    """Where a value comes from, in at most some forty characters where it is a constant."""
    match data.WhichOneof("value"):
        case "promise":
            return _promise_text(data.promise)
        case "collection":
            return f"[{', '.join(map(source_text, data.collection.bindings))}]"
        case "map":
            pairs = sorted(data.map.bindings.items())
            return f"{{{', '.join(f'{key!r}: {source_text(each)}' for key, each in pairs)}}}"
    return show(pb.Literal(scalar=data.scalar), _SHOWN)


def _promise_text(promise: Any) -> str:
    root = promise.var if promise.node_id in ("", START) else f"{promise.node_id}.{promise.var}"
    steps = (
        f"[{step.int_value}]" if step.WhichOneof("value") == "int_value" else f".{step.string_value}"
        for step in promise.attr_path
    )
    return root + "".join(steps)


class _Walk:
    """A walk over a plan with whatever values are known."""

    def __init__(self, plan: Plan, cache: Cache) -> None:
        self._plan = plan
        self._cache = cache

    def graph(
        self, graph: Graph, inputs: pb.LiteralMap | None, path: str
    ) -> tuple[tuple[NodeOutlook, ...], pb.LiteralMap | None]:
        """Its nodes, and its outputs where they are known."""
        known: dict[str, pb.LiteralMap | None] = {START: inputs}
        found: dict[str, NodeOutlook] = {}
        for node in _in_order(graph):
            values = _resolved(node, known)
            if node.id == END:
                known[END] = values
            elif node.id != START:
                found[node.id], known[node.id] = self._node(node, values, path)
        ordered = sorted(found, key=lambda key: call_order(key, graph.nodes[key].index))
        return tuple(found[key] for key in ordered), known.get(END)

    def _node(
        self, node: NodePlan, values: pb.LiteralMap | None, path: str
    ) -> tuple[NodeOutlook, pb.LiteralMap | None]:
        if node.kind == "workflow":
            return self._workflow(node, values, path)
        task = self._plan.tasks[node.target]
        verdict, entry = self._verdict(node, task, values)
        return (
            NodeOutlook(
                node=path + node.id,
                name=_name(node, task.name),
                target=task.name,
                task_type=task.type,
                takes=_takes(node),
                inputs=types_of(task.interface.inputs),
                outputs=types_of(task.interface.outputs),
                cache=verdict,
                cached_from=f"{entry.run.rpartition(':')[2]} {entry.action}" if entry else "",
            ),
            self._cache.outputs(entry) if entry else None,
        )

    def _workflow(
        self, node: NodePlan, values: pb.LiteralMap | None, path: str
    ) -> tuple[NodeOutlook, pb.LiteralMap | None]:
        graph = self._plan.graphs[node.target]
        nodes, outputs = self.graph(graph, values, f"{path}{node.id}/0/")
        return (
            NodeOutlook(
                node=path + node.id,
                name=_name(node, graph.name),
                target=graph.name,
                takes=_takes(node),
                inputs=types_of(graph.interface.inputs),
                outputs=types_of(graph.interface.outputs),
                nodes=nodes,
            ),
            outputs,
        )

    def _verdict(self, node: NodePlan, task: TaskPlan, values: pb.LiteralMap | None) -> tuple[Verdict, CacheRow | None]:
        properties = self._cache.properties(task.type)
        if properties is None or key_of(node, task, properties, pb.LiteralMap()) is None:
            return "off", None
        if values is None:
            return "unknown", None
        key = key_of(node, task, properties, values)
        entry = self._cache.find(key) if key else None
        return ("hit" if entry else "miss"), entry


def _resolved(node: NodePlan, known: Mapping[str, pb.LiteralMap | None]) -> pb.LiteralMap | None:
    def output_of(node_id: str, var: str) -> pb.Literal:
        literals = known.get(node_id)
        if literals is None or var not in literals.literals:
            raise KeyError(var)
        return literals.literals[var]

    try:
        return pb.LiteralMap(literals={name: resolve(each, output_of) for name, each in node.bindings.items()})
    except ResolutionError:
        return None


def _in_order(graph: Graph) -> Iterator[NodePlan]:
    """Nodes, each after those it waits for."""
    waiting = {name: len(node.upstream) for name, node in graph.nodes.items()}
    ready = [name for name, count in waiting.items() if not count]
    while ready:
        node = graph.nodes[ready.pop()]
        yield node
        for name in node.downstream:
            waiting[name] -= 1
            if not waiting[name]:
                ready.append(name)


def _takes(node: NodePlan) -> dict[str, str]:
    return {name: source_text(node.bindings[name]) for name in sorted(node.bindings)}


def _name(node: NodePlan, target: str) -> str:
    own = node.display if node.display and node.display != node.id else target
    return own.rpartition(".")[2]
