"""Stripped interfaces: what counts in cache keys stays, what does not goes (engine spec 1.7, 5.2)."""

from volant.idl import pb
from volant.idl.interfaces import interface, strip, variable

KEPT = {"cache-key-metadata": {"serialization-format": "msgpack"}, "other": 1}


def decorated(annotation: dict) -> pb.LiteralType:
    kind = pb.LiteralType(simple=pb.SimpleType.STRUCT)
    kind.metadata.update({"title": "Point"})
    kind.annotation.annotations.update(annotation)
    kind.structure.tag = "point"
    return kind


def wrapped(inner: pb.LiteralType) -> list[pb.LiteralType]:
    """A type in every place where a type can be inside another."""
    column = pb.StructuredDatasetType.DatasetColumn(name="c", literal_type=inner)
    return [
        inner,
        pb.LiteralType(collection_type=pb.LiteralType(collection_type=inner)),
        pb.LiteralType(map_value_type=inner),
        pb.LiteralType(union_type=pb.UnionType(variants=[inner])),
        pb.LiteralType(structured_dataset_type=pb.StructuredDatasetType(format="csv", columns=[column])),
        pb.LiteralType(simple=pb.SimpleType.STRUCT, structure=pb.TypeStructure(dataclass_type={"field": inner})),
    ]


def test_metadata_and_annotations_go_at_any_depth_and_structure_stays():
    plain = pb.LiteralType(simple=pb.SimpleType.STRUCT, structure=pb.TypeStructure(tag="point"))
    given = {str(at): kind for at, kind in enumerate(wrapped(decorated({"note": "x"})))}
    wanted = {str(at): kind for at, kind in enumerate(wrapped(plain))}
    assert strip(interface(given, given)) == interface(wanted, wanted)


def test_an_annotation_for_the_cache_key_stays_whole():
    kept = decorated(KEPT)
    kept.ClearField("metadata")
    stripped = strip(interface({"x": decorated(KEPT)}))
    assert stripped.inputs.variables["x"].type == kept


def test_descriptions_go_and_the_given_interface_is_not_changed():
    described = pb.TypedInterface()
    described.outputs.variables["o0"].CopyFrom(variable(decorated({}), "what it is"))
    before = described.SerializeToString(deterministic=True)
    assert strip(described).outputs.variables["o0"].description == ""
    assert described.SerializeToString(deterministic=True) == before
