"""Placeholders in commands: engine spec 11.3."""

import dataclasses

import pytest

from volant.base.errors import UserError
from volant.idl.literals import none_literal, primitive
from volant.kit.templating import TemplateValues, per_retry_unique_key, render, uses_task_template

VALUES = TemplateValues(
    input="s3://b/n0/data/inputs.pb",
    output_prefix="s3://b/n0/data/0",
    raw_output_prefix="s3://b/raw/ab/run-n0-0",
    checkpoint="s3://b/raw/ab/run-n0-0/_flytecheckpoints",
    previous_checkpoint="",
    generated_name="1run-n0-0",
    task_template="s3://b/n0/data/task.pb",
    namespace="flights-development",
    inputs={"n": primitive(3), "Name": primitive("{{.input}}"), "nothing": none_literal()},
)


@pytest.mark.parametrize(
    ("word", "rendered"),
    [
        ("{{.input}}", "s3://b/n0/data/inputs.pb"),
        ("{{ $INPUT }}", "s3://b/n0/data/inputs.pb"),
        ("{{.inputPrefix}}", "s3://b/n0/data"),
        ("{{ .OutputPrefix}}/x", "s3://b/n0/data/0/x"),
        ("--raw={{.rawOutputDataPrefix}}", "--raw=s3://b/raw/ab/run-n0-0"),
        ("{{.checkpointOutputPrefix}}", "s3://b/raw/ab/run-n0-0/_flytecheckpoints"),
        ("{{.prevCheckpointPrefix}}", '""'),
        ("{{.perRetryUniqueKey}}", "arun_n0_0"),
        ("{{.taskTemplatePath}}", "s3://b/n0/data/task.pb"),
        ("{{.namespace}}", "flights-development"),
        ("{{.inputs.n}}-{{ .Inputs.n }}", "3-3"),
    ],
)
def test_every_known_placeholder_is_replaced(word, rendered):
    assert render([word], VALUES) == (rendered,)


def test_a_checkpoint_left_before_is_named():
    values = dataclasses.replace(VALUES, previous_checkpoint="s3://b/before")

    assert render(["{{.prevCheckpointPrefix}}"], values) == ("s3://b/before",)


@pytest.mark.parametrize("word", ["{{.unknown}}", "{{ input }}", "{{.input.x}}", "{.input}", "", "{{.}}"])
def test_what_is_no_known_placeholder_stays(word):
    assert render([word], VALUES) == (word,)


def test_what_was_put_in_is_not_looked_at_again():
    assert render(["{{.inputs.Name}}"], VALUES) == ("{{.input}}",)


def test_all_unusable_inputs_are_reported_at_once():
    with pytest.raises(UserError) as caught:
        render(["{{.inputs.m}}", "{{.inputs.nothing}}"], VALUES)

    assert "'m', which the task does not have (it has: Name, n, nothing)" in str(caught.value)
    assert "'nothing': a literal of kind none_type" in str(caught.value)
    assert caught.value.fix


def test_names_of_inputs_keep_their_case():
    with pytest.raises(UserError, match="'N'"):
        render(["{{.inputs.N}}"], VALUES)


@pytest.mark.parametrize(
    ("name", "key"), [("fabc", "fabc"), ("a-b.c--d", "a_b_c_d"), ("12-x", "ax"), ("_x", "_x"), ("-", "a")]
)
def test_the_unique_key_is_an_identifier(name, key):
    assert per_retry_unique_key(name) == key


def test_the_template_is_asked_for_only_by_its_placeholder():
    assert uses_task_template(["a", "x{{ $TaskTemplatePath }}"])
    assert not uses_task_template(["taskTemplatePath", "{{.input}}", "{{.taskTemplatePath.x}}"])
