"""Interfaces: the typed inputs and outputs of a task or workflow."""

from collections.abc import Mapping
from typing import Any

from volant.idl import pb

CACHE_KEY_ANNOTATION = "cache-key-metadata"


def variable(kind: pb.LiteralType, description: str = "") -> pb.Variable:
    """A variable of this type, copied."""
    return pb.Variable(type=kind, description=description)


def interface(
    inputs: Mapping[str, pb.LiteralType] | None = None, outputs: Mapping[str, pb.LiteralType] | None = None
) -> pb.TypedInterface:
    """An interface of variables by name; both maps are present even where they are empty."""
    return pb.TypedInterface(inputs=_variables(inputs or {}), outputs=_variables(outputs or {}))


def _variables(types: Mapping[str, pb.LiteralType]) -> pb.VariableMap:
    return pb.VariableMap(variables={name: pb.Variable(type=kind) for name, kind in types.items()})


def strip(typed: pb.TypedInterface) -> pb.TypedInterface:
    """A copy without what must not count in cache keys.

    Descriptions go, and from every type, however deep, its metadata, and its annotation unless that has the
    key "cache-key-metadata". Names, formats, columns, enum values and structures stay.

    Source: flytepropeller pkg/compiler/transformers/k8s/utils.go `StripInterfaceTypeMetadata`.
    """
    clean = pb.TypedInterface()
    clean.CopyFrom(typed)
    for variables in (clean.inputs.variables, clean.outputs.variables):
        for each in variables.values():
            each.ClearField("description")
            _strip_type(each.type)
    return clean


def _strip_type(kind: pb.LiteralType) -> None:
    kind.ClearField("metadata")
    if kind.HasField("annotation") and CACHE_KEY_ANNOTATION not in kind.annotation.annotations.fields:
        kind.ClearField("annotation")
    for inner in _inner(kind):
        _strip_type(inner)


def _inner(kind: pb.LiteralType) -> list[Any]:
    """The types directly within a type; the very messages, not copies."""
    fields: list[Any] = list(kind.structure.dataclass_type.values()) if kind.HasField("structure") else []
    match kind.WhichOneof("type"):
        case "collection_type":
            fields.append(kind.collection_type)
        case "map_value_type":
            fields.append(kind.map_value_type)
        case "union_type":
            fields.extend(kind.union_type.variants)
        case "structured_dataset_type":
            fields.extend(each.literal_type for each in kind.structured_dataset_type.columns)
    return fields
