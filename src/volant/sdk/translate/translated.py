"""What a translation comes to."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from volant.idl import pb


@dataclass
class Translated:
    """An entity and all it refers to, on the wire.

    Attributes:
        workflow: The entity; a task is wrapped in a workflow of one node, a launch plan gives its workflow.
        sub_workflows: Each once, in the order they are met.
        tasks: Likewise.
        launch_plan: The entity, where it is one.
        launched: Launch plans that its nodes start, each with everything of its own, in the order they are met.
        places: "file:line" by workflow and node; see `worker_wire.Described.places`.
    """

    workflow: pb.WorkflowTemplate
    sub_workflows: list[pb.WorkflowTemplate] = field(default_factory=list)
    tasks: list[pb.TaskTemplate] = field(default_factory=list)
    launch_plan: pb.LaunchPlan | None = None
    launched: "list[Translated]" = field(default_factory=list)
    places: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
