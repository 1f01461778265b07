"""How errors leave the program."""

import click
import pytest

from volant.base.errors import LeaseLostError, NotFoundError, StoreFault, SystemFault, UserError
from volant.cli import errors
from volant.compiler import problems as compiler_problems
from volant.compiler.inputs import InputsError
from volant.contracts.worker_wire import Problem
from volant.launchers.zygote_client import RefusedError

WRONG = compiler_problems.Problem("MismatchingTypes", "n1", "input 's' comes from n0, int, but takes str")


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (UserError("x"), 2),
        (NotFoundError("x"), 2),
        (StoreFault("x"), 4),
        (LeaseLostError("x"), 4),
        (SystemFault("x"), 4),
        (RefusedError((Problem("no such entity", usage=True),)), 2),
        (RefusedError((Problem("it raises"),)), 1),
        (RefusedError((Problem("no such entity", usage=True), Problem("it raises"))), 1),
        (compiler_problems.CompileError([WRONG]), 1),
        (InputsError((WRONG,)), 2),
        (click.UsageError("x"), 2),
        (click.exceptions.Exit(3), 3),
        (KeyboardInterrupt(), 130),
        (ValueError("ours"), 4),
        (OSError("disk"), 4),
    ],
)
def test_the_exit_code_says_whose_fault_it_is(error, code, monkeypatch):
    monkeypatch.delenv("VOLANT_DEBUG", raising=False)

    assert errors.report(error) == code


def test_an_error_is_two_lines_without_a_traceback(capsys):
    errors.report(UserError("there is no run 'x'", fix="see what there is"))

    assert capsys.readouterr().err == "error: there is no run 'x'\n  fix: see what there is\n"


def test_every_problem_is_told(capsys):
    errors.report(RefusedError((Problem("one", "do this", usage=True), Problem("two", trace="Traceback\n  …\n"))))

    assert capsys.readouterr().err == "error: one\n  fix: do this\nTraceback\n  …\nerror: two\n"


def test_a_problem_of_a_workflow_names_its_node(capsys):
    errors.report(compiler_problems.CompileError([WRONG]))

    assert capsys.readouterr().err == "error: n1: input 's' comes from n0, int, but takes str\n"


def test_a_fault_of_ours_shows_its_traceback_only_when_asked(capsys, monkeypatch):
    monkeypatch.delenv("VOLANT_DEBUG", raising=False)
    errors.report(ValueError("ours"))

    assert "error: Volant itself failed: ValueError: ours" in capsys.readouterr().err

    monkeypatch.setenv("VOLANT_DEBUG", "1")
    with pytest.raises(ValueError, match="ours"):
        errors.report(ValueError("ours"))
