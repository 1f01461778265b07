"""`WorkflowError`: what an `on_failure` task is told."""

from typing import Any

from volant.idl import pb
from volant.sdk.errors import ConversionError, WorkflowError
from volant.sdk.type_engine.raw_data import RawData
from volant.sdk.type_engine.transformer import Find, Transformer, mismatch, wrong_literal


class WorkflowErrorTransformer(Transformer):
    """A `WorkflowError`. Source: flytekit `ErrorTransformer` (types/error/error.py)."""

    name = "FlyteError"

    def literal_type(self) -> pb.LiteralType:
        """An error."""
        return pb.LiteralType(simple=pb.SimpleType.ERROR, structure=pb.TypeStructure(tag=self.name))

    def to_literal(self, value: Any, raw: RawData) -> pb.Literal:
        """An error."""
        found = pb.Error(**self.pack(value, raw))
        return pb.Literal(scalar=pb.Scalar(error=found))

    def take(self, literal: pb.Literal) -> WorkflowError:
        """What it says."""
        if literal.scalar.WhichOneof("value") != "error":
            raise wrong_literal(literal, self.hint)
        return WorkflowError(literal.scalar.error.message, literal.scalar.error.failed_node_id)

    def pack(self, value: Any, raw: RawData) -> dict[str, str]:  # noqa: ARG002 - texts need no file
        """Its fields."""
        if not isinstance(value, WorkflowError):
            raise mismatch(value, self.hint)
        return {"message": value.message, "failed_node_id": value.failed_node_id}

    def unpack(self, plain: Any) -> WorkflowError:
        """From its fields."""
        try:
            return WorkflowError(**plain)
        except TypeError:
            raise ConversionError("a WorkflowError has a message and a failed_node_id") from None

    def schema(self) -> dict[str, Any]:
        """Two texts."""
        text = {"type": "string"}
        return {"type": "object", "properties": {"message": text, "failed_node_id": text}}


def build(hint: Any, find: Find) -> Transformer | None:  # noqa: ARG001 - the signature of families
    """The transformer of `WorkflowError`; None for others."""
    return WorkflowErrorTransformer(hint) if hint is WorkflowError else None
