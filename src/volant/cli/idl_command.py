"""`volant idl`: the messages that describe tasks of a type, compiled from `.proto` or written from classes."""

import json
import shlex

import click
import msgspec

from volant.app.idl_compile import Compiled, compile_protos
from volant.app.idl_proto import Written, proto_of, write
from volant.cli import errors
from volant.cli.options import json_option
from volant.cli.patience import patience

COMPILE_EPILOGUE = """\b
Examples:
  volant idl compile orders.proto
  volant idl compile orders.proto money.proto --out src --message Order
  volant idl compile protos/shop/orders.proto -I protos

Needs protoc: pip install 'volant[kit]'. Imports of flyteidl/… and google/… need nothing else.
"""

PROTO_EPILOGUE = """\b
Examples:
  volant idl proto orders.py:Order                         print it
  volant idl proto orders.py:Order --out orders.proto      write it, keeping the numbers
  volant idl proto shop.orders:Order --out orders.proto --check

The class is imported in a process of its own. With --check: exit code 1 and the difference where it would change.
"""


@click.group("idl")
def command() -> None:
    """Make the message of a task type: compile a .proto, or write one from a class."""


@command.command("compile", epilog=COMPILE_EPILOGUE)
@click.argument("files", metavar="FILE.proto…", nargs=-1, required=True)
@click.option("--out", metavar="DIR", default="", help="Write there, instead of beside the sources.")
@click.option("--message", metavar="NAME", default="", help="The message of the custom part, where several could be.")
@click.option("-I", "include", metavar="DIR", multiple=True, help="Folder imports are relative to; may be repeated.")
@json_option
def compile_command(files: tuple[str, ...], out: str, message: str, include: tuple[str, ...], as_json: bool) -> None:
    """Compile .proto files to Python, and check that one message is the custom part of a task."""
    with patience("running protoc"):
        found = compile_protos(files, out=out, message=message, include=include)
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(found)).decode())
    else:
        _print_compiled(found)


def _print_compiled(found: Compiled) -> None:
    for file in found.files:
        click.echo(f"wrote    {file}")
    click.echo(f"message  {found.message}, the class {found.class_name} of {found.module}")
    click.echo(
        f"runtime  protobuf {found.needs_protobuf} or newer; loads with {found.installed_protobuf}, installed here"
    )


@command.command("proto", epilog=PROTO_EPILOGUE)
@click.argument("target", metavar="FILE:CLASS | MODULE:CLASS")
@click.option("--out", metavar="FILE.proto", default="", help="Write there; numbers it has are kept.")
@click.option("--package", metavar="NAME", help="protobuf package, instead of the file's, or else the module's name.")
@click.option("--check", is_flag=True, help="Write nothing; exit code 1 where --out would change.")
@json_option
@click.pass_context
def proto_command(ctx: click.Context, target: str, out: str, package: str | None, check: bool, as_json: bool) -> None:
    """Write the .proto of a dataclass, Struct or pydantic model, with numbers that never change."""
    if check and not out:
        raise click.UsageError("--check compares with a file: add --out FILE.proto", ctx)
    with patience(f"importing {target}"):
        found = proto_of(target, out, package)
    if out and not check:
        write(found)
    if as_json:
        click.echo(json.dumps({**msgspec.to_builtins(found), "changed": bool(found.difference)}, indent=2))
    else:
        _print_proto(found, target, check=check)
    ctx.exit(errors.FAILED if check and found.difference else errors.OK)


def _print_proto(found: Written, target: str, *, check: bool) -> None:
    if not found.out:
        click.echo(found.text, nl=False)
    elif not found.difference:
        click.echo(f"{found.out} is what {target} says")
    elif check:
        click.echo(found.difference, nl=False)
        again = shlex.join(["volant", "idl", "proto", target, "--out", found.out])
        errors.say_error(f"{found.out} is not what {target} says", again)
    else:
        click.echo(f"wrote {found.out}")
