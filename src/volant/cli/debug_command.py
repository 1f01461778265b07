"""`volant debug`: run one node again in this process, with its recorded inputs."""

import pdb  # noqa: T100 - the debugger is what is asked for
from collections.abc import Callable, Mapping
from typing import Any

import click

from volant.app.debug import Caller, Prepared, prepare
from volant.app.find import display, find_action, find_run
from volant.app.source import locate
from volant.cli import errors
from volant.cli.options import home_option, open_site, run_argument
from volant.sdk import tracebacks

EPILOGUE = """\b
Examples:
  volant debug nightly n2                       run it once more, here
  volant debug nightly n2 --pdb                 step through it; stop where it raises
  volant debug nightly n2 --code flights.py     the same inputs, but the code as it is now
"""
_SHOWN = 2000


@click.command("debug", epilog=EPILOGUE)
@run_argument()
@click.argument("node", metavar="NODE")
@click.option("--pdb", "under_debugger", is_flag=True, help="Run it under Python's debugger.")
@click.option("--code", metavar="FILE", help="Use this file instead of the recorded code.")
@home_option
@click.pass_context
def command(
    ctx: click.Context,
    run: str,
    node: str,
    under_debugger: bool,
    code: str | None,
    home: str | None,
) -> None:
    """Run one node again in this process, with its recorded inputs.

    It runs the code that was recorded with the run. Nothing is written to the run.
    """
    with open_site(home=home) as site:
        row = find_run(site, run)
        action = find_action(site, row.run, node)
        prepared = prepare(site, row, action, locate(code) if code else None)
    errors.note(f"{action.name} {display(action)}: {prepared.task.name} with {_shown(prepared.arguments)}")
    ctx.exit(_call(prepared, _debugged if under_debugger else _plain, under_debugger=under_debugger))


def _call(prepared: Prepared, caller: Caller, *, under_debugger: bool) -> int:
    try:
        result = prepared.call(caller)
        problem = prepared.problem_of(result)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # noqa: BLE001 - the author's function may raise anything, SystemExit too
        click.echo(prepared.code.shown(tracebacks.shown(error)).rstrip(), err=True)
        if under_debugger:
            pdb.post_mortem(error.__traceback__)
        return errors.FAILED
    finally:
        prepared.close()
    if problem is not None:
        errors.say_error(f"{problem.code}: {prepared.code.shown(problem.message)}", problem.fix)
        return errors.FAILED
    _print_result(prepared, result)
    return errors.OK


def _plain(function: Callable[..., Any], arguments: Mapping[str, Any]) -> Any:
    return function(**arguments)


def _debugged(function: Callable[..., Any], arguments: Mapping[str, Any]) -> Any:
    return pdb.runcall(function, **arguments)


def _print_result(prepared: Prepared, result: Any) -> None:
    interface = prepared.task.interface
    values = result if interface.many else (result,) * len(interface.outputs)
    for name, value in zip(interface.outputs, values, strict=True):
        click.echo(f"{click.style(name, bold=True)} = {_cut(repr(value))}")


def _shown(arguments: Mapping[str, Any]) -> str:
    return (
        ", ".join(f"{name}={tracebacks.cut(_cut(repr(value), 100))}" for name, value in arguments.items())
        or "no inputs"
    )


def _cut(text: str, limit: int = _SHOWN) -> str:
    return text if len(text) <= limit else text[: limit - 1] + "…"
