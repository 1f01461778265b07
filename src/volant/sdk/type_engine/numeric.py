"""int and float. Strict: a bool is neither; only an int may stand for a float."""

from collections.abc import Callable
from typing import Any

from volant.idl import pb
from volant.sdk.errors import ConversionError
from volant.sdk.type_engine.raw_data import RawData
from volant.sdk.type_engine.scalars import ScalarTransformer, of_numpy
from volant.sdk.type_engine.transformer import Find, Transformer, mismatch, preview

_MIN_INT, _MAX_INT = -(2**63), 2**63 - 1


class IntTransformer(ScalarTransformer):
    """int, 64 bits. Source: flytekit `IntTransformer`."""

    name = "int"
    simple = pb.SimpleType.INTEGER
    primitive = "integer"
    json_type = "integer"
    sample = "3"

    def pack(self, value: Any, raw: RawData) -> int:  # noqa: ARG002 - a scalar needs no file
        """Itself, checked: no bool, at most 64 bits."""
        if type(value) is not int:
            value = self._int(value)
        if not _MIN_INT <= value <= _MAX_INT:
            raise ConversionError(f"{preview(value)} does not fit into 64 bits", fix="pass it as a str")
        return value  # type: ignore[no-any-return]

    def _int(self, given: Any) -> int:
        value = of_numpy(given)
        if isinstance(value, bool) or not isinstance(value, int):
            raise mismatch(given, self.hint, fix="write int(…) around it" if hasattr(given, "__int__") else "")
        return int(value)

    def take(self, literal: pb.Literal) -> int:
        """The integer, or a float that is whole: JavaScript and JSON's older form know no others."""
        found = literal.scalar.primitive
        if found.WhichOneof("value") == "float_value":
            return self.unpack(found.float_value)
        return super().take(literal)  # type: ignore[no-any-return]

    def unpack(self, plain: Any) -> int:
        """Itself, checked; also a float that is whole."""
        if type(plain) is float and plain.is_integer():
            plain = int(plain)
        return self.pack(plain, RawData())

    def parse(self, text: str, base: str) -> int:
        """A whole number."""
        return self.pack(_number(int, text, self.hint), RawData(base))


class FloatTransformer(ScalarTransformer):
    """float; an int is converted. Source: flytekit `FloatTransformer`."""

    name = "float"
    simple = pb.SimpleType.FLOAT
    primitive = "float_value"
    json_type = "number"
    sample = "0.5"

    def pack(self, value: Any, raw: RawData) -> float:  # noqa: ARG002 - a scalar needs no file
        """Itself, or the float of an int; no bool."""
        if type(value) is float:
            return value
        given, value = value, of_numpy(value)
        if isinstance(value, bool) or not isinstance(value, float | int):
            raise mismatch(given, self.hint, fix="write float(…) around it" if hasattr(given, "__float__") else "")
        try:
            return float(value)
        except OverflowError:
            raise ConversionError(f"{preview(value)} is too large for a float") from None

    def take(self, literal: pb.Literal) -> float:
        """The float, or the float of an integer."""
        if literal.scalar.primitive.WhichOneof("value") == "integer":
            return float(literal.scalar.primitive.integer)
        return float(super().take(literal))

    def parse(self, text: str, base: str) -> float:
        """A number; "inf" and "nan" too."""
        return self.pack(_number(float, text, self.hint), RawData(base))


_KINDS: dict[Any, type[Transformer]] = {int: IntTransformer, float: FloatTransformer}


def build(hint: Any, find: Find) -> Transformer | None:  # noqa: ARG001 - the signature of families
    """The transformer of int or float; None for others."""
    kind = _KINDS.get(hint) if isinstance(hint, type) else None
    return kind(hint) if kind else None


def _number(kind: Callable[[str], Any], text: str, hint: Any) -> Any:
    try:
        return kind(text)
    except ValueError:
        raise mismatch(text, hint, fix="write a number") from None
