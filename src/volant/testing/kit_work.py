"""What a life of the conformance kit is about: a task, made a workflow of one node, or of two."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from volant.compiler.compile import compile_workflow
from volant.idl import pb
from volant.idl.literals import wire
from volant.testing import builders

_SIMPLE = {
    "integer": pb.SimpleType.INTEGER,
    "float_value": pb.SimpleType.FLOAT,
    "string_value": pb.SimpleType.STRING,
    "boolean": pb.SimpleType.BOOLEAN,
    "datetime": pb.SimpleType.DATETIME,
    "duration": pb.SimpleType.DURATION,
}
NODE, SECOND_NODE = "n0", "n1"
NODES = (NODE, SECOND_NODE)


class Work(NamedTuple):
    """One task to run: it must end by itself.

    Attributes:
        task: Its template. Inputs and outputs it does not declare are declared from the values below.
        inputs: By name.
        outputs: What must come out, by name.
        fails: Code of the failure it must end with, e.g. "BadQuery"; "" if it must end well.
        jobs: How many outside jobs one attempt may start.
        looks: Looks and outside calls it may make without being held to one a second.
        beside: Another task for the same plugin, with other inputs and outputs, to run at the same time: what is
            mixed up between attempts then shows. Without one it is the same task twice.
    """

    task: pb.TaskTemplate
    inputs: Mapping[str, pb.Literal] = {}
    outputs: Mapping[str, pb.Literal] = {}
    fails: str = ""
    jobs: int = 1
    looks: int = 20
    beside: "Work | None" = None


def closure_of(works: Sequence[Work], *, timeout_s: float = 0) -> bytes:
    """The compiled closure of a workflow with a node for each task, none of which waits for another.

    Args:
        works: What to run, one or two.
        timeout_s: The nodes' deadline; 0 for none.
    """
    tasks = [_declared(work, node) for work, node in zip(works, NODES, strict=False)]
    flow = pb.WorkflowTemplate(
        id=builders.identifier("kit.life", pb.ResourceType.WORKFLOW),
        metadata=pb.WorkflowMetadata(on_failure=pb.WorkflowMetadata.FAIL_AFTER_EXECUTABLE_NODES_COMPLETE),
    )
    for task, node in zip(tasks, NODES, strict=False):
        given, made = task.interface.inputs.variables, task.interface.outputs.variables
        bindings = [builders.promise(name, "", _global(node, name)) for name in given]
        flow.nodes.append(builders.node(node, task.id, bindings, timeout_s=timeout_s))
        flow.outputs.extend(builders.promise(_global(node, name), node, name) for name in made)
        for names, ours in ((given, flow.interface.inputs), (made, flow.interface.outputs)):
            for name in names:
                ours.variables[_global(node, name)].CopyFrom(names[name])
    return wire(compile_workflow(flow, [], tasks))


def inputs_of(works: Sequence[Work]) -> pb.LiteralMap:
    """The inputs of that workflow."""
    pairs = zip(works, NODES, strict=False)
    return pb.LiteralMap(
        literals={_global(node, name): value for work, node in pairs for name, value in work.inputs.items()}
    )


def _global(node: str, name: str) -> str:
    """A variable of a node, as the workflow calls it."""
    return name if node == NODE else f"{name}_of_{node}"


def _declared(work: Work, node: str) -> pb.TaskTemplate:
    """The template, with an id and an interface."""
    task = pb.TaskTemplate()
    task.CopyFrom(work.task)
    name = work.task.id.name or "kit.task"
    task.id.CopyFrom(builders.identifier(name if node == NODE else f"{name}.{node}", pb.ResourceType.TASK))
    for values, declared in ((work.inputs, task.interface.inputs), (work.outputs, task.interface.outputs)):
        for each in sorted(set(values) - set(declared.variables)):
            declared.variables[each].type.CopyFrom(type_of(values[each]))
    return task


def type_of(literal: pb.Literal) -> pb.LiteralType:
    """The type a value has by itself; of an empty collection, of nothing."""
    none = pb.LiteralType(simple=pb.SimpleType.NONE)
    match literal.WhichOneof("value"):
        case "collection":
            inner = [type_of(each) for each in literal.collection.literals]
            return pb.LiteralType(collection_type=inner[0] if inner else none)
        case "map":
            inner = [type_of(each) for each in literal.map.literals.values()]
            return pb.LiteralType(map_value_type=inner[0] if inner else none)
        case "scalar":
            return _scalar_type(literal.scalar)
    return none


def _scalar_type(scalar: pb.Scalar) -> pb.LiteralType:
    match scalar.WhichOneof("value"):
        case "primitive":
            return pb.LiteralType(simple=_SIMPLE[scalar.primitive.WhichOneof("value") or "integer"])
        case "blob":
            return pb.LiteralType(blob=scalar.blob.metadata.type)
        case "structured_dataset":
            return pb.LiteralType(structured_dataset_type=scalar.structured_dataset.metadata.structured_dataset_type)
        case "union":
            return pb.LiteralType(union_type=pb.UnionType(variants=[scalar.union.type]))
        case "generic" | "binary":
            return pb.LiteralType(simple=pb.SimpleType.STRUCT)
    return pb.LiteralType(simple=pb.SimpleType.NONE)
