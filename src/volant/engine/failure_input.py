"""What a failure node is told: Flyte's `FlyteError`, with the node that really failed (engine spec 2.5, 13.3)."""

from volant.base.errors import Failure
from volant.idl import pb

ERROR_INPUT = "err"
_ERROR_TYPE = pb.LiteralType(simple=pb.SimpleType.ERROR, structure=pb.TypeStructure(tag="FlyteError"))


def with_error(inputs: dict[str, pb.Literal], failure: Failure | None, interface: pb.TypedInterface) -> None:
    """Put the failure into the input named `err`, if the failure node has one."""
    if failure is None or ERROR_INPUT not in interface.inputs.variables:
        return
    error = pb.Error(message=failure.message, failed_node_id=failure.node)
    value = pb.Literal(scalar=pb.Scalar(error=error))
    inputs[ERROR_INPUT] = pb.Literal(scalar=pb.Scalar(union=pb.Union(value=value, type=_ERROR_TYPE)))
