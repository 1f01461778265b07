"""Values against an interface: inputs before a run, outputs after a task (engine spec 1.7, 13.16)."""

import pytest

from volant.compiler.inputs import InputsError, check_inputs, check_outputs
from volant.idl import pb
from volant.idl.interfaces import interface
from volant.idl.literals import collection, literal_map, none_literal, primitive

INT = pb.LiteralType(simple=pb.SimpleType.INTEGER)
STR = pb.LiteralType(simple=pb.SimpleType.STRING)
INTS = pb.LiteralType(collection_type=INT)
OPTIONAL = pb.LiteralType(union_type=pb.UnionType(variants=[INT, pb.LiteralType(simple=0)]))
COLOR = pb.LiteralType(enum_type=pb.EnumType(values=["red", "blue"]))

GREET = interface({"count": INT, "name": STR}, {"o0": INT, "o1": INTS})


def problems(typed: pb.TypedInterface, inputs: dict, defaults: dict | None = None) -> list[tuple[str, str, str]]:
    with pytest.raises(InputsError) as caught:
        check_inputs(typed, literal_map(inputs), literal_map(defaults or {}))
    return [(each.code, each.node, each.message) for each in caught.value.problems]


def test_defaults_fill_what_was_not_given_and_nothing_else():
    defaults = {"count": primitive(7), "name": primitive("you"), "gone": primitive(1)}
    complete = check_inputs(GREET, literal_map({"count": primitive(0)}), literal_map(defaults))
    assert complete == literal_map({"count": primitive(0), "name": primitive("you")})


def test_without_defaults_everything_must_be_given():
    given = literal_map({"count": primitive(1), "name": primitive("x")})
    assert check_inputs(GREET, given) == given


def test_every_problem_is_told_at_once():
    assert problems(GREET, {"nmae": primitive("x"), "count": primitive("many")}) == [
        ("VariableNameNotFound", "nmae", "there is no input 'nmae'; did you mean 'name'?"),
        ("MismatchingTypes", "count", "input 'count' is 'many', str, but takes int"),
        ("ParameterNotBound", "name", "input 'name' is missing; it takes str"),
    ]


def test_what_to_do_about_a_value_of_another_type_is_told():
    with pytest.raises(InputsError) as caught:
        check_inputs(interface({"x": pb.LiteralType(simple=pb.SimpleType.FLOAT)}), literal_map({"x": primitive(1)}))
    assert caught.value.problems[0].fix == "write it with a decimal point: an int is not taken for a float"


def test_the_text_is_one_line_for_each_problem():
    with pytest.raises(InputsError) as caught:
        check_inputs(GREET, literal_map({}))
    assert str(caught.value).splitlines() == [
        "input 'count' is missing; it takes int",
        "input 'name' is missing; it takes str",
    ]


def test_a_default_is_checked_too():
    assert problems(interface({"count": INT}), {}, {"count": primitive("x")})[0][0] == "MismatchingTypes"


def test_an_optional_input_must_have_a_value_in_the_end():
    assert problems(interface({"n": OPTIONAL}), {})[0][0] == "ParameterNotBound"
    union = pb.Literal(scalar=pb.Scalar(union=pb.Union(value=none_literal(), type=pb.LiteralType(simple=0))))
    check_inputs(interface({"n": OPTIONAL}), literal_map({"n": union}))


def test_an_empty_list_is_a_list_of_anything():
    check_inputs(interface({"n": INTS}), literal_map({"n": collection([])}))


def test_an_enum_takes_its_members_only():
    check_inputs(interface({"c": COLOR}), literal_map({"c": primitive("red")}))
    ((code, name, message),) = problems(interface({"c": COLOR}), {"c": primitive("green")})
    assert (code, name) == ("IllegalEnumValue", "c")
    assert "'blue', 'red'" in message


def test_a_value_of_unknown_type_is_told_as_such():
    assert problems(interface({"n": INT}), {"n": pb.Literal()})[0][0] == "InvalidLiteralType"


def test_outputs_that_are_as_declared_have_no_reason_against_them():
    outputs = {"o0": primitive(1), "o1": collection([]), "extra": primitive("ignored")}
    assert check_outputs(GREET, literal_map(outputs)) is None
    assert check_outputs(interface(), pb.LiteralMap()) is None


def test_wrong_outputs_are_named_with_both_types_and_missing_ones_with_theirs():
    outputs = literal_map({"o1": collection([primitive("a")])})
    assert check_outputs(GREET, outputs) == (
        "output 'o0', int, is missing; output 'o1' is ['a'], list[str], but is declared as list[int]"
    )
