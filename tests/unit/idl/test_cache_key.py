"""Cache keys: byte for byte the reference's, and what does and does not change them (engine spec 5.2)."""

import pytest

from volant.base.errors import UserError
from volant.idl import pb
from volant.idl.cache_key import CacheKey, cache_key
from volant.idl.digest import pbhash
from volant.idl.interfaces import interface, strip
from volant.idl.literals import collection, literal_map, primitive

INTEGER = pb.LiteralType(simple=pb.SimpleType.INTEGER)
STRING = pb.LiteralType(simple=pb.SimpleType.STRING)
INPUTS = {"1": primitive(1), "2": primitive(2)}


def task(version: str = "1.0.0", ignored: tuple[str, ...] = (), task_version: str = "v") -> pb.TaskTemplate:
    return pb.TaskTemplate(
        id=pb.Identifier(project="p", domain="d", name="add", version=task_version),
        metadata=pb.TaskMetadata(discovery_version=version, cache_ignore_input_vars=ignored),
    )


def key(template: pb.TaskTemplate | None = None, inputs=INPUTS, types=None, outputs=None, override="") -> CacheKey:
    types = {"1": INTEGER, "2": INTEGER} if types is None else types
    return cache_key(template or task(), strip(interface(types, outputs)), literal_map(inputs), override)


def blob(uri: str, hashed: str = "h") -> pb.Literal:
    return pb.Literal(hash=hashed, scalar=pb.Scalar(blob=pb.Blob(uri=uri)), metadata={"uri": uri})


def test_the_reference_s_vector_holds():
    made = key()
    assert (made.project, made.domain, made.dataset) == ("p", "d", "flyte_task-add")
    assert made.version == "1.0.0-UxVtPm0k-GKw-c0Pw"
    assert made.tag == "flyte_cached-GQid5LjHbakcW68DS3P2jp80QLbiF0olFHF2hTh5bg8"
    assert made.text == f"p:d:flyte_task-add:{made.version}:{made.tag}"


def test_an_ignored_input_changes_nothing_but_its_type_does():
    ignoring = task(ignored=("3",))
    with_three = key(ignoring, {**INPUTS, "3": primitive("x")})
    assert with_three.tag == key().tag
    assert with_three.version == key().version
    typed = key(ignoring, types={"1": INTEGER, "2": INTEGER, "3": STRING})
    assert typed.version != key().version


def test_only_spaces_around_the_version_are_dropped_and_the_task_s_own_version_does_not_count():
    assert key(task("  1.0.0 ", task_version="other")).text == key().text
    assert key(task("1.0.0\t")).text != key().text


def test_a_node_s_version_goes_before_the_task_s():
    assert key(task("old"), override="1.0.0").text == key().text


@pytest.mark.parametrize("version", ["", "  ", "\n\t"])
def test_without_a_version_there_is_no_key(version):
    with pytest.raises(UserError, match="'add'"):
        key(task(version))


def test_a_literal_with_a_hash_counts_by_its_hash_however_deep():
    def nested(uri: str) -> dict[str, pb.Literal]:
        inside = pb.Literal(map=literal_map({"x": blob(uri)}), metadata={"m": uri})
        return {"1": collection([blob(uri), inside])}

    assert key(inputs=nested("s3://one")).text == key(inputs=nested("s3://two")).text
    assert key(inputs={"1": blob("u", "h")}).text != key(inputs={"1": blob("u", "g")}).text


def test_a_scalar_s_metadata_counts_and_a_list_s_does_not():
    marked = primitive(1)
    marked.metadata["k"] = "v"
    assert key(inputs={"1": marked}).tag != key(inputs={"1": primitive(1)}).tag
    listed = collection([primitive(1)])
    listed.metadata["k"] = "v"
    assert key(inputs={"1": listed}).tag == key(inputs={"1": collection([primitive(1)])}).tag


@pytest.mark.parametrize(
    "inputs",
    [
        {},
        {"1": collection([])},
        {"1": pb.Literal(map=pb.LiteralMap())},
        {"1": collection([primitive(1), collection([primitive("a")])])},
        {"1": pb.Literal(map=literal_map({"a": primitive(1)}))},
    ],
)
def test_without_hashes_the_tag_is_the_digest_of_the_whole_map(inputs):
    assert key(inputs=inputs).tag == f"flyte_cached-{pbhash(literal_map(inputs))}"


def test_the_parts_differ_exactly_where_the_keys_do():
    def changed(other: CacheKey) -> set[str]:
        here = {**key().parts, **key().parts["literals"]}
        there = {**other.parts, **other.parts["literals"]}
        return {name for name in there if here.get(name) != there[name]} - {"literals"}

    assert changed(key(inputs={**INPUTS, "2": primitive(3)})) == {"2"}
    assert changed(key(override="2")) == {"version"}
    assert changed(key(outputs={"o0": INTEGER})) == {"outputs"}
    assert changed(key(types={"1": INTEGER, "2": STRING})) == {"inputs"}
    assert changed(key()) == set()
