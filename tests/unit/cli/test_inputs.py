"""Options made of an interface, and inputs from files."""

import click
import pytest

from volant.base.errors import UserError
from volant.cli.inputs import file_values, given_texts, input_options
from volant.contracts.worker_wire import Described
from volant.idl.literals import literal_map, primitive, wire


def described(types, defaults=(), docs=()):
    literals = wire(literal_map({name: primitive(value) for name, value in dict(defaults).items()}))
    return Described("wf", "m.wf", b"", (), (), literals, types, "", dict(docs))


def texts(types, *words, **more):
    command = click.Command("wf", params=input_options(described(types, **more)))
    return given_texts(command.make_context("wf", list(words)).params)


def test_dashes_and_underscores_are_the_same_in_a_name():
    types = {"max_depth": "int"}

    assert texts(types, "--max-depth", "3") == texts(types, "--max_depth=3") == {"max_depth": "3"}


def test_what_was_not_given_is_left_to_the_interface():
    assert texts({"n": "int", "m": "int"}, "--m", "1", defaults={"n": 3}) == {"m": "1"}


@pytest.mark.parametrize(
    ("words", "expected"),
    [(["--dry-run"], "true"), (["--dry-run", "false"], "false"), (["--dry-run", "--n", "1"], "true")],
)
def test_a_bool_may_stand_alone_or_be_told(words, expected):
    assert texts({"dry_run": "bool", "n": "int"}, *words)["dry_run"] == expected


def test_help_shows_types_docs_defaults_and_what_is_required():
    options = input_options(described({"n": "int", "who": "str"}, {"n": 3}, {"n": "How often."}))
    command = click.Command("wf", params=list(options))

    text = command.get_help(click.Context(command))

    assert "--n int    How often.  [default: 3]" in text
    assert "--who str  [required]" in text


@pytest.mark.parametrize(
    ("name", "text"), [("in.json", '{"n": 3, "d": "2024-01-02"}'), ("in.yaml", "n: 3\nd: 2024-01-02\n")]
)
def test_a_file_of_inputs_is_json_or_yaml(tmp_path, name, text):
    (tmp_path / name).write_text(text)

    assert file_values(str(tmp_path / name)) == b'{"n": 3, "d": "2024-01-02"}'


@pytest.mark.parametrize(
    ("text", "message"), [("[1, 2]", "holds no mapping"), ("{", r"in\.yaml:1: expected"), (None, "No such file")]
)
def test_a_file_that_is_none_is_refused(tmp_path, text, message):
    path = tmp_path / "in.yaml"
    if text is not None:
        path.write_text(text)

    with pytest.raises(UserError, match=message):
        file_values(str(path))
