"""What protobuf calls the kinds of a class's fields, and which have no place in a message."""

from typing import Any

from volant.idl.shapes import NO_DEFAULT, Choice, Kind, Many, Maybe, Member, Moment, Nested, Plain, Scalar, Span, Table

_SCALARS = {str: "string", bool: "bool", int: "int64", float: "double", bytes: "bytes"}


def named_by(kind: Kind) -> Any:
    """The class or enum a field names."""
    match kind:
        case Many(item=item) | Table(item=item) | Maybe(item=item):
            return named_by(item)
        case Nested(type=named) | Choice(type=named):
            return named
    return None


def type_of(kind: Kind) -> str | None:
    """A kind in protobuf's words; None where it has none."""
    match kind:
        case Maybe(item=item) if not isinstance(item, Many | Table | Maybe):
            return type_of(item)
        case Many(item=item):
            return f"repeated {inner}" if (inner := _single(item)) else None
        case Table(item=item):
            return f"map<string, {inner}>" if (inner := _single(item)) else None
    return _single(kind)


def _single(kind: Kind) -> str | None:
    match kind:
        case Scalar():
            return _SCALARS[kind.type]
        case Choice() | Nested():
            return kind.type.__name__
        case Span():
            return "google.protobuf.Duration"
        case Moment():
            return "google.protobuf.Timestamp"
        case Plain(hint=hint) if hint is Any or hint is object:
            return "google.protobuf.Value"
        case Plain(hint=hint) if hint in (dict, dict[str, Any], dict[str, object]):
            return "google.protobuf.Struct"
    return None


def no_place(member: Member) -> tuple[str, str] | None:
    """Why a field has no place in a message, and what to do."""
    kind, default = member.kind, member.make_default()
    if isinstance(kind, Maybe):
        if isinstance(kind.item, Many | Table):
            return "a list or dict is never None in protobuf", "leave None out, and let it be empty"
        if default is not None and default is not NO_DEFAULT:
            return f"None is its default in protobuf, not {default!r}", "let None be its default, or leave None out"
    if type_of(kind) is None:
        return _untyped(kind)
    if isinstance(kind, Many | Table) and default is not NO_DEFAULT and default:
        return f"a list or dict is empty by default in protobuf, not {default!r}", "let it be empty by default"
    return None


def _untyped(kind: Kind) -> tuple[str, str]:
    if isinstance(kind, Many | Table):
        return "protobuf has no lists or dicts of that", "put the inner one in a dataclass, and hold a list of those"
    hint = kind.hint if isinstance(kind, Plain) else kind
    return (
        f"protobuf has no type for {getattr(hint, '__name__', hint)}",
        "use str, int, float, bool, bytes, timedelta, datetime, an enum, a dataclass, or list and dict[str, …] of them",
    )
