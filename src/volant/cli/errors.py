"""How errors leave the program: two lines a person can act on, and an exit code by class."""

import difflib
import os
import sys
from collections.abc import Iterable
from typing import Any

import click

from volant.base.errors import SystemFault, UserError, VolantError

OK, FAILED, USAGE, ABORTED, BROKEN, INTERRUPTED = 0, 1, 2, 3, 4, 130


def report(error: BaseException) -> int:
    """Print what went wrong, and return the exit code."""
    if isinstance(error, click.exceptions.Exit):
        return error.exit_code
    if isinstance(error, SystemExit):
        return error.code if isinstance(error.code, int) else FAILED
    if os.environ.get("VOLANT_DEBUG") == "1" and not isinstance(error, click.ClickException):
        raise error
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        click.echo(error.ctx.get_help() if error.ctx else str(error))
        return USAGE
    if isinstance(error, KeyboardInterrupt | click.Abort):
        return INTERRUPTED
    return _report(error)


def _report(error: BaseException) -> int:
    match error:
        case click.ClickException():
            _usage(error)
            return USAGE
        case BrokenPipeError():
            # Whoever read our output went away; the interpreter must not complain about it either.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return FAILED
        case VolantError():
            explain(error)
            return exit_code(error)
        case OSError():
            say_error(f"{type(error).__name__}: {error}", "")
            return BROKEN
    say_error(
        f"Volant itself failed: {type(error).__name__}: {error}",
        "run it again with VOLANT_DEBUG=1 and report what it prints",
    )
    return BROKEN


def exit_code(error: VolantError) -> int:
    """The exit code of an error of ours.

    What is wrong with the user's file is a failure; what is wrong with the command's words is usage.
    """
    if isinstance(error, SystemFault):
        return BROKEN
    problems = getattr(error, "problems", ())
    if problems and not all(getattr(each, "usage", _is_input(error)) for each in problems):
        return FAILED
    return USAGE if isinstance(error, UserError) else BROKEN


def _is_input(error: VolantError) -> bool:
    return type(error).__name__ == "InputsError"


def set_up_log() -> None:
    """Warnings of ours go to standard error, quietly; with VOLANT_DEBUG=1 everything does."""
    import logging

    is_debug = os.environ.get("VOLANT_DEBUG") == "1"
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(levelname)s %(name)s: %(message)s"))
    log = logging.getLogger("volant")
    log.handlers[:] = [handler]
    log.setLevel(logging.DEBUG if is_debug else logging.WARNING)


def explain(error: VolantError) -> None:
    """Print an error of ours, with every problem it collected and what to do about each."""
    for problem in getattr(error, "problems", ()):
        if trace := getattr(problem, "trace", ""):
            click.secho(trace.rstrip(), err=True, dim=True)
        say_error(_located(problem, "" if _is_input(error) else getattr(problem, "node", "")), problem.fix)
    if not getattr(error, "problems", ()):
        say_error(str(error), error.fix)


def _located(problem: Any, node: str) -> str:
    place = getattr(problem, "place", "")
    parts = [place if node else "", node, problem.message]  # an author's mistake says its place itself
    return ": ".join(part for part in parts if part)


def say_error(message: str, fix: str) -> None:
    """`error: …`, and `fix: …` where there is one; in colour on a terminal."""
    click.echo(f"{click.style('error:', fg='red', bold=True)} {message}", err=True)
    if fix:
        click.echo(f"{click.style('  fix:', fg='green')} {fix}", err=True)


def note(message: str) -> None:
    """One quiet line for people, on standard error."""
    click.secho(message, err=True, dim=True)


def no_such(what: str, wanted: str, known: Iterable[str]) -> str:
    """A message about a name that does not exist, with the nearest one."""
    near = difflib.get_close_matches(wanted, list(known), n=1)
    return f"there is no {what} {wanted!r}" + (f"; did you mean {near[0]!r}?" if near else "")


def _usage(error: click.ClickException) -> None:
    ctx = getattr(error, "ctx", None)
    say_error(error.format_message(), f"see: {ctx.command_path} --help" if ctx else "")
