"""One dataclass where another is expected: decided by their JSON schemas."""

import pytest

from volant.idl.json_schema import accepts

NAMED = {"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"]}


def with_field(kind: dict) -> dict:
    return {"type": "object", "properties": {"x": kind}, "required": ["x"]}


@pytest.mark.parametrize(
    ("target", "source"),
    [
        (with_field({"type": "number"}), with_field({"type": "integer"})),
        (with_field({"type": "array", "items": {"type": "string"}}), with_field({"type": "array"})),
        (with_field({"anyOf": [{"type": "string"}, {"type": "null"}]}), with_field({"type": "string"})),
        (with_field({"unheard": 1}), with_field({"of": 2})),
        (
            {"$ref": "#/definitions/N", "definitions": {"N": NAMED}},
            {"$ref": "#/$defs/M", "$defs": {"M": NAMED}},
        ),
        ({"$ref": "#/nowhere"}, NAMED),
        ({"$ref": "#"}, NAMED),
        (NAMED, {"type": "object", "title": "other", **NAMED}),
        (
            {"type": "object", "properties": {"name": {"type": "string"}}},
            {"type": "object", "properties": {}},
        ),
    ],
)
def test_what_does_not_contradict_fits(target, source):
    assert accepts(target, source)


@pytest.mark.parametrize(
    ("target", "source"),
    [
        (with_field({"type": "integer"}), with_field({"type": "number"})),
        (with_field({"type": "integer"}), {"type": "object", "properties": {}}),
        (
            with_field({"type": "array", "items": {"type": "string"}}),
            with_field({"type": "array", "items": {"type": "integer"}}),
        ),
        (
            with_field({"type": "object", "additionalProperties": {"type": "string"}}),
            with_field({"type": "object", "additionalProperties": {"type": "integer"}}),
        ),
        (with_field({"type": "string"}), with_field({"anyOf": [{"type": "string"}, {"type": "null"}]})),
        ({"$ref": "#/d/N", "d": {"N": NAMED}}, with_field({"type": "string"})),
    ],
)
def test_what_contradicts_does_not_fit(target, source):
    assert not accepts(target, source)


def test_a_class_that_contains_itself_is_compared_without_end():
    def tree(title: str) -> dict:
        children = {"type": "array", "items": {"$ref": "#"}}
        return {"title": title, "type": "object", "properties": {"children": children}}

    assert accepts(tree("one"), tree("other"))
