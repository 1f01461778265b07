"""Bindings: how inputs are made from constants and outputs (engine spec 3.3, scenarios 9 to 15)."""

import msgspec
import pytest

from volant.idl import pb
from volant.idl.bindings import ResolutionError, promises, resolve, split_variable
from volant.idl.literals import collection, literal_map, none_literal, primitive


def promise(node_id: str, var: str, *path: str | int) -> pb.BindingData:
    steps = [
        pb.PromiseAttribute(string_value=step) if isinstance(step, str) else pb.PromiseAttribute(int_value=step)
        for step in path
    ]
    return pb.BindingData(promise=pb.OutputReference(node_id=node_id, var=var, attr_path=steps))


def constant(value) -> pb.BindingData:
    return pb.BindingData(scalar=primitive(value).scalar)


def listed(*items: pb.BindingData) -> pb.BindingData:
    return pb.BindingData(collection=pb.BindingDataCollection(bindings=items))


def mapped(**items: pb.BindingData) -> pb.BindingData:
    return pb.BindingData(map=pb.BindingDataMap(bindings=items))


def packed(value) -> pb.Literal:
    binary = pb.Binary(value=msgspec.msgpack.encode(value), tag="msgpack")
    return pb.Literal(scalar=pb.Scalar(binary=binary))


def struct(value: dict) -> pb.Literal:
    return pb.Literal(scalar=pb.Scalar(generic=pb.ParseDict(value, pb.Struct())))


def through(literal: pb.Literal, *path: str | int) -> pb.Literal:
    """What a promise with this path makes of n0's output."""
    return resolve(promise("n0", "o0", *path), _from(literal))


def _from(literal: pb.Literal):
    return lambda node_id, var: {("n0", "o0"): literal}[node_id, var]


def test_a_constant_is_its_literal():
    assert resolve(constant(3), _from(none_literal())) == primitive(3)


def test_an_output_passes_through_with_its_hash_and_metadata():
    value = pb.Literal(hash="h", metadata={"k": "v"}, scalar=primitive(1).scalar)
    assert through(value) == value


def test_none_for_an_optional_is_delivered_as_the_union_it_is():
    none = pb.LiteralType(simple=0, structure=pb.TypeStructure(tag="none"))
    union = pb.Scalar(union=pb.Union(value=none_literal(), type=none))
    assert resolve(pb.BindingData(scalar=union), _from(none_literal())) == pb.Literal(scalar=union)


def test_lists_and_maps_mix_constants_and_outputs_in_order():
    data = listed(constant(1), mapped(a=promise("n0", "o0"), b=constant("x")), promise("n0", "o0"))
    value = primitive(7)
    inner = pb.Literal(map=literal_map({"a": value, "b": primitive("x")}))
    assert resolve(data, _from(value)) == collection([primitive(1), inner, value])


def test_empty_lists_and_maps_stay_what_they_are():
    assert resolve(listed(), _from(none_literal())).WhichOneof("value") == "collection"
    assert resolve(mapped(), _from(none_literal())).WhichOneof("value") == "map"


def test_no_data_is_the_empty_literal():
    assert resolve(pb.BindingData(), _from(none_literal())) == pb.Literal()


PEOPLE = {"name": "Ada", "age": 36, "tags": ["x", {"y": 1}], "height": 1.5, "ok": True, "home": {"city": "L"}}


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        (("name",), primitive("Ada")),
        (("age",), primitive(36)),
        (("height",), primitive(1.5)),
        (("ok",), primitive(True)),
        (("tags",), collection([packed("x"), packed({"y": 1})])),
        (("tags", 1, "y"), primitive(1)),
        (("home",), packed({"city": "L"})),
        (("home", "city"), primitive("L")),
    ],
)
def test_a_path_into_msgpack_ends_in_the_nearest_literal(path, wanted):
    assert through(packed(PEOPLE), *path) == wanted


def test_a_path_into_msgpack_that_ends_in_none_stays_msgpack():
    assert through(packed({"a": None}), "a") == packed(None)


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        (("name",), primitive("Ada")),
        (("age",), primitive(36.0)),
        (("ok",), primitive(True)),
        (("tags",), collection([primitive("x"), struct({"y": 1})])),
        (("tags", 1, "y"), primitive(1.0)),
        (("home",), struct({"city": "L"})),
        (("none",), none_literal()),
    ],
)
def test_a_path_into_a_struct_ends_in_the_nearest_literal_and_its_numbers_are_floats(path, wanted):
    assert through(struct({**PEOPLE, "none": None}), *path) == wanted


def test_a_path_goes_through_literals_first_and_what_it_reaches_is_converted():
    value = pb.Literal(map=literal_map({"k": collection([packed(5), packed({"a": [6]})])}))
    assert through(value, "k", 0) == primitive(5)
    assert through(value, "k", 1, "a", 0) == primitive(6)
    assert through(value, "k") == collection([packed(5), packed({"a": [6]})])


def test_the_index_of_old_array_tasks_takes_one_element_as_it_is():
    value = collection([packed(5), packed(6)])
    assert resolve(promise("n0", "[1].o0"), _from(value)) == packed(6)
    assert split_variable("[12].o0") == (12, "o0")
    assert split_variable("o0") == (None, "o0")


@pytest.mark.parametrize(
    ("literal", "path", "words"),
    [
        (pb.Literal(map=literal_map({"a": primitive(1)})), ("b",), ["n0.o0", "no key 'b'", "'a'"]),
        (collection([primitive(1)]), (1,), ["n0.o0", "index 1", "list of 1"]),
        (collection([primitive(1)]), (-1,), ["index -1"]),
        (collection([primitive(1)]), ("a",), ["n0.o0", ".a", "a list"]),
        (pb.Literal(map=pb.LiteralMap()), ("a",), ["no key 'a'", "none"]),
        (pb.Literal(map=pb.LiteralMap()), (0,), ["[0]", "a map"]),
        (primitive(7), ("a",), ["n0.o0", ".a", "7"]),
        (packed({"a": [1]}), ("a", 3), ["n0.o0.a", "index 3"]),
        (packed({"a": 5}), ("a", "b"), ["n0.o0.a", ".b", "int 5"]),
        (packed({"a": "text"}), ("a", 0), ["n0.o0.a", "[0]", "str 'text'"]),
        (packed({"a": 2**63}), ("a",), ["n0.o0.a", str(2**63)]),
        (struct({"a": 1}), ("b",), ["n0.o0", "no key 'b'"]),
        (pb.Literal(scalar=pb.Scalar(binary=pb.Binary(value=b"x", tag="pickle"))), ("a",), ["'pickle'"]),
        (pb.Literal(scalar=pb.Scalar(binary=pb.Binary(value=b"\xc1", tag="msgpack"))), ("a",), ["msgpack"]),
        (pb.Literal(scalar=pb.Scalar(union=pb.Union(value=primitive(1)))), ("a",), ["Union"]),
        (pb.Literal(), ("a",), ["nothing"]),
    ],
)
def test_a_path_that_leads_nowhere_names_the_place_the_step_and_what_was_there(literal, path, words):
    with pytest.raises(ResolutionError) as caught:
        through(literal, *path)
    for word in words:
        assert word in str(caught.value)


def test_an_output_that_is_not_there_names_node_and_output():
    with pytest.raises(ResolutionError, match="'n0' left no output 'o1'"):
        resolve(promise("n0", "o1"), _from(none_literal()))


def test_offloaded_literals_are_refused_wherever_they_come_from():
    offloaded = pb.LiteralOffloadedMetadata(uri="s3://x")
    with pytest.raises(ResolutionError, match="offloaded"):
        through(pb.Literal(offloaded_metadata=offloaded))
    with pytest.raises(ResolutionError, match="s3://x"):
        resolve(pb.BindingData(offloaded_metadata=offloaded), _from(none_literal()))


def test_promises_are_found_at_any_depth_without_their_index():
    data = listed(constant(1), mapped(a=promise("n1", "[3].o1")), promise("n0", "o0", "x"))
    assert list(promises(data)) == [("n1", "o1"), ("n0", "o0")]
    assert list(promises(constant(1))) == []
