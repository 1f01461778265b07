"""Follows a run on the terminal, and tells how it ended."""

import json
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click

from volant.app.failure_text import failure_json, failure_report
from volant.app.literal_json import map_json
from volant.app.see_through import Interrupt, View, see_through
from volant.app.site import Site
from volant.base.clock import SECOND_US
from volant.base.errors import VolantError
from volant.base.ids import RunId, run_name
from volant.base.phases import RunPhase
from volant.cli import errors
from volant.cli.killing import kill_everything
from volant.cli.progress import progress
from volant.contracts.rows import RunRow
from volant.idl.preview import show

_SHOWN_OUTPUT = 2000

_CODES = {RunPhase.SUCCEEDED: errors.OK, RunPhase.ABORTED: errors.ABORTED}


def follow(site: Site, run: RunId, *, quiet: bool, as_json: bool) -> RunRow:
    """See a run through, with progress on standard error; its row when that is over.

    The first Ctrl-C drains, the second kills.

    Raises:
        VolantError: It cannot be seen through, e.g. because the disk is full; the fix names how to go on with it.
    """
    interrupt = Interrupt()
    try:
        with _interruptible(interrupt), _view(site, run, is_silent=quiet or as_json) as view:
            return see_through(site, run, interrupt, view, on_drain=_say_draining)
    except VolantError as error:
        then = f"then go on with the run: volant resume {run_name(run)}"
        error.fix = f"{error.fix}; {then}" if error.fix else then
        raise


def finish(site: Site, row: RunRow, *, as_json: bool) -> int:
    """Print how a run stands; the exit code that says it."""
    if as_json:
        click.echo(json.dumps(run_json(site, row), indent=2, ensure_ascii=False))
    elif row.phase is RunPhase.SUCCEEDED:
        _print_outputs(site, row)
    elif row.phase is RunPhase.ABORTED:
        errors.say_error(f"run {run_name(row.run)} was aborted: {_reason(row)}", "")
    elif row.phase.is_terminal:
        click.echo(click.style("error: ", fg="red", bold=True) + failure_report(site, row).text(), err=True)
    return exit_code(site, row)


def exit_code(site: Site, row: RunRow) -> int:
    """The exit code for a run as it stands; says how to go on with one that is not over."""
    if not row.phase.is_terminal:
        _say_goes_on(site, row)
        return errors.INTERRUPTED
    return _CODES.get(row.phase, errors.FAILED)


def run_json(site: Site, row: RunRow) -> dict[str, Any]:
    """A run for programs."""
    ended = row.ended_us or row.started_us
    return {
        "run": row.run,
        "name": run_name(row.run),
        "entity": row.spec.entity,
        "phase": row.phase.name,
        "created_us": row.created_us,
        "duration_s": (ended - row.started_us) / SECOND_US,
        "inputs": map_json(site.values_if_there(row.run, row.inputs)),
        "outputs": map_json(site.values_if_there(row.run, row.outputs)) if row.outputs else None,
        "error": failure_json(site, row),
    }


def _print_outputs(site: Site, row: RunRow) -> None:
    literals = site.values(row.run, row.outputs).literals
    for name in sorted(literals):
        click.echo(f"{click.style(name, bold=True)} = {show(literals[name], _SHOWN_OUTPUT)}")


def _reason(row: RunRow) -> str:
    return (row.error.message if row.error else "") or "no reason given"


def _say_draining() -> None:
    errors.note("stopping: what is done is kept (Ctrl-C again kills at once) …")


def _say_goes_on(site: Site, row: RunRow) -> None:
    name = run_name(row.run)
    owner, is_alive = site.store.owner(row.run)
    if is_alive:
        errors.note(f"run {name} goes on in engine {owner}; stop it: volant abort {name}")
    else:
        errors.note(f"run {name} was interrupted; go on with it: volant resume {name}")


@contextmanager
def _view(site: Site, run: RunId, *, is_silent: bool) -> Iterator[View | None]:
    if is_silent:
        yield None
        return
    errors.note(f"run {run_name(run)}")
    with progress(site, run) as view:
        yield view


@contextmanager
def _interruptible(interrupt: Interrupt) -> Iterator[None]:
    def on_signal(number: int, frame: object) -> None:
        del number, frame
        if interrupt.is_set:
            kill_everything(errors.INTERRUPTED)
        interrupt.set()

    before = signal.signal(signal.SIGINT, on_signal)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
