"""The plan: the compiled form of a workflow as the engine reads it. Immutable, content-addressed.

What is durable is the serialized CompiledWorkflowClosure and its digest; a `Plan` is built from it on load
(`compiler.build`). Neighbours and visiting order are Flyte's: lexicographic ("n10" before "n2").
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from msgspec import Struct

from volant.idl import pb

START = "start-node"
END = "end-node"


class NodePlan(Struct, frozen=True, gc=False):
    """One node of a graph.

    Attributes:
        id: Unique in its graph.
        kind: Who decides what comes next.
        index: Place in visiting order: depth first from the start-node, neighbours in lexicographic order.
        upstream: Every node it waits for, by data or by order; sorted.
        downstream: Every node that waits for it; sorted.
        bindings: How each input is made.
        target: Key of its task or graph; "" for start and end.
        display: Human name.
        max_attempts: Tries allowed for the user's faults; at least 1.
        timeout_us: How long one attempt may take; 0 for ever.
        interruptible: The node's own wish; None leaves it to the run.
        resources: Overrides of the task's; None for none.
        cacheable: The node's own wish, over the task's; None leaves it.
        cache_version: Likewise; "" leaves it.
        cache_serializable: Likewise.
        aliases: Output names as consumers use them, to the target's own names.
    """

    id: str
    kind: Literal["start", "end", "task", "workflow"]
    index: int
    upstream: tuple[str, ...]
    downstream: tuple[str, ...]
    bindings: Mapping[str, pb.BindingData]
    target: str = ""
    display: str = ""
    max_attempts: int = 1
    timeout_us: int = 0
    interruptible: bool | None = None
    resources: pb.Resources | None = None
    cacheable: bool | None = None
    cache_version: str = ""
    cache_serializable: bool | None = None
    aliases: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Graph:
    """A workflow: its nodes by id, start and end among them.

    Attributes:
        key: See `compiler.build.entity_key`.
        name: The workflow's name.
        interface: Stripped (engine spec 1.7).
        nodes: In visiting order.
        failure_node: Runs after a failure; waits for nothing, nothing waits for it.
        fail_fast: FAIL_IMMEDIATELY; else FAIL_AFTER_EXECUTABLE_NODES_COMPLETE.
        interruptible: Default of its nodes.
    """

    key: str
    name: str
    interface: pb.TypedInterface
    nodes: Mapping[str, NodePlan]
    failure_node: NodePlan | None
    fail_fast: bool
    interruptible: bool


@dataclass(frozen=True, slots=True)
class TaskPlan:
    """A task as the engine needs it.

    Attributes:
        key: See `compiler.build.entity_key`.
        name: The task's name.
        type: Picks the plugin.
        template: As received.
        interface: Stripped.
    """

    key: str
    name: str
    type: str
    template: pb.TaskTemplate
    interface: pb.TypedInterface


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything a run executes.

    Attributes:
        digest: SHA-256 of the closure's bytes, hex.
        root: Key of the primary workflow.
        graphs: By key.
        tasks: By key.
    """

    digest: str
    root: str
    graphs: Mapping[str, Graph]
    tasks: Mapping[str, TaskPlan]
