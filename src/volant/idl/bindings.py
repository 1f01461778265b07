"""Bindings: how a node's inputs are made from constants and from other nodes' outputs. Pure.

Source: flytepropeller pkg/controller/nodes/{resolve,attr_path_resolver}.go; engine spec 3.3.
"""

import re
from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

from volant.base.errors import UserError
from volant.idl import pb
from volant.idl.attributes import follow

OutputOf: TypeAlias = Callable[[str, str], pb.Literal]
"""The output `var` of node `node_id`; KeyError where the node left none of that name."""

_INDEXED = re.compile(r"\[(\d+)\]\.(.+)")


class ResolutionError(UserError):
    """An input could not be made. The message names the path, the step and what was there."""


def promises(data: pb.BindingData) -> Iterator[tuple[str, str]]:
    """Every (node id, variable) a binding reads, lists in order, maps by key, repeated where read twice.

    The variable is without the index of `[i].var`.
    """
    match data.WhichOneof("value"):
        case "promise":
            yield data.promise.node_id, split_variable(data.promise.var)[1]
        case "collection":
            for each in data.collection.bindings:
                yield from promises(each)
        case "map":
            for key in sorted(data.map.bindings):
                yield from promises(data.map.bindings[key])


def split_variable(var: str) -> tuple[int | None, str]:
    """The index and the name in `[index].name`, the form of old array tasks; None for no index."""
    found = _INDEXED.fullmatch(var) if var.startswith("[") else None
    return (int(found[1]), found[2]) if found else (None, var)


def resolve(data: pb.BindingData, output_of: OutputOf) -> pb.Literal:
    """The literal a binding stands for.

    What another node gave passes through unchanged, `hash` and metadata too; only at the end of an attribute
    path a msgpack or JSON value becomes the literal nearest to it. The result may share with its sources.

    Args:
        data: Nothing at all is the literal of nothing.
        output_of: Where outputs are read; may raise KeyError.

    Raises:
        ResolutionError: Something on the way is missing or of another shape.
    """
    match data.WhichOneof("value"):
        case "scalar":
            return pb.Literal(scalar=data.scalar)
        case "promise":
            return _promise(data.promise, output_of)
        case "collection":
            items = [resolve(each, output_of) for each in data.collection.bindings]
            return pb.Literal(collection=pb.LiteralCollection(literals=items))
        case "map":
            fields = {key: resolve(each, output_of) for key, each in data.map.bindings.items()}
            return pb.Literal(map=pb.LiteralMap(literals=fields))
        case "offloaded_metadata":
            raise _offloaded(f"a constant at {data.offloaded_metadata.uri}")
    return pb.Literal()


def _promise(promise: pb.OutputReference, output_of: OutputOf) -> pb.Literal:
    index, name = split_variable(promise.var)
    place = f"{promise.node_id}.{name}"
    literal = _output(promise.node_id, name, output_of)
    steps: list[Any] = [] if index is None else [index]
    steps += [getattr(each, each.WhichOneof("value") or "string_value") for each in promise.attr_path]
    if literal.WhichOneof("value") == "offloaded_metadata":
        raise _offloaded(place)
    try:
        return follow(literal, steps, convert=bool(promise.attr_path)) if steps else literal
    except LookupError as error:
        raise ResolutionError(f"{place}{error.args[0]}") from None


def _output(node_id: str, name: str, output_of: OutputOf) -> Any:
    try:
        return output_of(node_id, name)
    except KeyError:
        raise ResolutionError(
            f"node {node_id!r} left no output {name!r}",
            fix="see that its task returns every output it declares",
        ) from None


def _offloaded(place: str) -> ResolutionError:
    return ResolutionError(f"{place} is an offloaded literal, which this Volant cannot read yet")
