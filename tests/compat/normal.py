"""Makes what the two sides record comparable: exactly what may differ is taken away here, and nothing else.

Of every message, however deep:
- a `LiteralType` loses its metadata and its annotation, unless that counts in cache keys (engine-semantics 1.7);
- URIs below the folder for raw data become `raw:…`, with "1", "2", … for the parts that are drawn by lot; those
  below the folder a case puts files into become `given:…`. Volant's are `file:` URIs, flytekit's plain paths;
- the `upstream_node_ids` of a node are sorted: flytekit takes them from a set, in no order;
- of an error only the first line is kept, without addresses.
Of a task's template:
- `metadata.runtime`, which says who wrote it;
- the container's image, where the author named none: it is each side's default, and becomes "default-image";
- the first word of the container's args (`pyflyte-execute`, `volant-execute`) and each side's own default resolver.
"""

import base64
import difflib
import re
from collections.abc import Callable, Iterator
from typing import Any

import msgspec
from google.protobuf import text_format

from volant.idl import pb
from volant.idl.interfaces import strip

_ADDRESS = re.compile(r"0x[0-9a-f]{6,}")
_BY_LOT = re.compile(r"[0-9a-f]{16}(?:[0-9a-f]{16})?")
_DEFAULT_IMAGES = re.compile(r"image:tag|volant:py\d+\.\d+")
_PROGRAMS = frozenset(("pyflyte-execute", "volant-execute"))
_RESOLVERS = frozenset(("flytekit.core.python_auto_container.default_task_resolver", "volant.sdk.resolver"))
_MESSAGES: dict[str, type[Any]] = {
    "TaskTemplate": pb.TaskTemplate,
    "WorkflowTemplate": pb.WorkflowTemplate,
    "LaunchPlan": pb.LaunchPlan,
}


def normal(recorded: dict[str, Any]) -> dict[str, Any]:
    """The recorded cases of a file, comparable, with texts beside the bytes."""
    return {
        "types": {name: _type_case(each) for name, each in recorded["types"].items()},
        "shapes": {name: _shape_case(each) for name, each in recorded["shapes"].items()},
    }


def _type_case(found: dict[str, Any]) -> dict[str, Any]:
    if "error" in found:
        return {"error": _placed(found["error"], found)}
    sent = pb.LiteralType.FromString(base64.b64decode(found["type"]))
    return {
        "hint": found["hint"],
        "guess": found["guess"],
        "type": _shown(sent),
        "values": [_value(each, found) for each in found["values"]],
    }


def _value(found: dict[str, Any], case: dict[str, Any]) -> dict[str, Any]:
    if "error" in found:
        return {"error": _placed(found["error"], case)}
    literal = pb.Literal.FromString(base64.b64decode(found["literal"]))
    shown = {"literal": _shown(comparable(literal, _Uris(case["given"], case["raw"])))}
    return {**shown, **{key: _error(found[key]) for key in ("back", "unread") if key in found}}


def _placed(text: str, case: dict[str, Any]) -> str:
    return _error(text.replace(case["raw"], "raw:").replace(case["given"], "given:"))


def _error(text: str) -> str:
    return _ADDRESS.sub("0x…", text.strip().partition("\n")[0])


def _shape_case(found: dict[str, Any]) -> dict[str, Any]:
    if "error" in found:
        return {"error": _error(found["error"])}
    return {"messages": {key: _message(*each) for key, each in found["messages"].items()}}


def _message(kind: str, data: str) -> dict[str, Any]:
    message = comparable(_MESSAGES[kind].FromString(base64.b64decode(data)))
    if kind == "TaskTemplate":
        _anonymous(message)
    return {"kind": kind, **_shown(message)}


def _anonymous(task: Any) -> None:
    """Take away who translated a task."""
    task.metadata.ClearField("runtime")
    for container in [task.container] if task.HasField("container") else []:
        container.image = _DEFAULT_IMAGES.sub("default-image", container.image)
        args = ["default-resolver" if each in _RESOLVERS else each for each in container.args]
        container.args[:] = ["execute" if each in _PROGRAMS else each for each in args]


def comparable(message: Any, replace: Callable[[str], str] = str) -> Any:
    """A copy without what may differ."""
    found = type(message)()
    found.CopyFrom(message)
    _visit(found, replace)
    return found


def _visit(message: Any, replace: Callable[[str], str]) -> None:
    if isinstance(message, pb.LiteralType):
        message.CopyFrom(_stripped(message))
        return
    if isinstance(message, pb.Node):
        message.upstream_node_ids[:] = sorted(message.upstream_node_ids)
    if isinstance(message, pb.Binary):
        message.value = _binary(message, replace)
    if isinstance(message, pb.Blob | pb.StructuredDataset | pb.Schema):
        message.uri = replace(message.uri)
    for field, value in message.ListFields():
        for each in _inner(field, value):
            _visit(each, replace)


def _inner(field: Any, value: Any) -> list[Any]:
    if field.message_type is None:
        return []
    if field.message_type.GetOptions().map_entry:
        return [each for _, each in sorted(value.items()) if isinstance(each, pb.Message)]
    return [value] if isinstance(value, pb.Message) else list(value)


def _stripped(kind: pb.LiteralType) -> pb.LiteralType:
    variables = pb.VariableMap(variables={"it": pb.Variable(type=kind)})
    return strip(pb.TypedInterface(inputs=variables)).inputs.variables["it"].type


def _binary(message: pb.Binary, replace: Callable[[str], str]) -> bytes:
    """The bytes as they are, unless a msgpack document names places that differ."""
    if message.tag != "msgpack":
        return message.value
    plain = msgspec.msgpack.decode(message.value)
    placed = _walk(plain, replace)
    return message.value if placed == plain else msgspec.msgpack.encode(placed)


def _walk(plain: Any, replace: Callable[[str], str]) -> Any:
    if isinstance(plain, str):
        return replace(plain)
    if isinstance(plain, list):
        return [_walk(each, replace) for each in plain]
    if isinstance(plain, dict):
        return {key: _walk(each, replace) for key, each in plain.items()}
    return plain


class _Uris:
    """Gives places the same names in every recording."""

    def __init__(self, given: str, raw: str) -> None:
        self._places = ((f"file://{raw}", "raw:"), (raw, "raw:"), (f"file://{given}", "given:"), (given, "given:"))
        self._drawn: dict[str, str] = {}

    def __call__(self, text: str) -> str:
        for place, name in self._places:
            if text.startswith(place):
                return _BY_LOT.sub(self._number, name + text.removeprefix(place))
        return text

    def _number(self, found: re.Match[str]) -> str:
        return self._drawn.setdefault(found[0], str(len(self._drawn) + 1))


def _shown(message: Any) -> dict[str, Any]:
    """A message for machines and for people."""
    data = message.SerializeToString(deterministic=True)
    text = text_format.MessageToString(message).splitlines()
    found = {"bytes": base64.b64encode(data).decode(), "text": text}
    documents = [_document(each) for each in _binaries(message)]
    return {**found, "msgpack": documents} if documents else found


def _document(binary: pb.Binary) -> str:
    return repr(msgspec.msgpack.decode(binary.value))


def _binaries(message: Any) -> list[pb.Binary]:
    own = [message] if isinstance(message, pb.Binary) and message.tag == "msgpack" else []
    return [*own, *(found for field, value in message.ListFields() for each in _inner(field, value)
                    for found in _binaries(each))]  # fmt: skip


def parts(theirs: dict[str, Any], ours: dict[str, Any]) -> Iterator[tuple[str, Any, Any]]:
    """What is compared of a case: its place, flytekit's and ours. How both refuse is not compared."""
    if "error" in theirs or "error" in ours:
        yield from _refusals("case", theirs, ours)
    elif "messages" in theirs:
        for key in sorted({*theirs["messages"], *ours["messages"]}):
            yield key, theirs["messages"].get(key), ours["messages"].get(key)
    else:
        yield "type", _stripped_type(theirs), _stripped_type(ours)
        for index, (left, right) in enumerate(zip(theirs["values"], ours["values"], strict=True)):
            yield from _refusals(f"value {index}", _sent(left), _sent(right))


def _stripped_type(case: dict[str, Any]) -> dict[str, Any]:
    return _shown(_stripped(message_of(case["type"], pb.LiteralType)))


def message_of(part: dict[str, Any], kind: type[Any]) -> Any:
    """The message that a part of a recording shows."""
    return kind.FromString(base64.b64decode(part["bytes"]))


def _sent(value: dict[str, Any]) -> dict[str, Any]:
    return {key: each for key, each in value.items() if key in ("literal", "error")}


def _refusals(place: str, theirs: dict[str, Any], ours: dict[str, Any]) -> Iterator[tuple[str, Any, Any]]:
    if not ("error" in theirs and "error" in ours):
        yield place, theirs, ours


def differences(theirs: dict[str, Any], ours: dict[str, Any]) -> list[str]:
    """How two recordings of a case differ, as lines, `-` flytekit, `+` Volant; empty where they do not."""
    found = []
    for place, left, right in parts(theirs, ours):
        if left != right:
            found += [place, *list(difflib.unified_diff(_lines(left), _lines(right), lineterm="", n=2))[2:]]
    return found


def _lines(part: Any) -> list[str]:
    if part is None:
        return ["(not there)"]
    if "error" in part:
        return [f"refused: {part['error']}"]
    shown = part.get("literal", part)
    return [*filter(None, [shown.get("kind")]), *shown.get("text", ["…"]), *shown.get("msgpack", ())]


def local(message: Any) -> Any:
    """A copy with plain paths for `file:` URIs: flytekit writes only those for files, and reads no others."""
    return comparable(message, lambda text: text.removeprefix("file://"))
