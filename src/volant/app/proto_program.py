"""Imports a user's class and prints its `.proto`: the process `volant idl proto` starts, so that it imports nothing.

Reads a `Wish` as JSON from standard input, and answers with an `Answer` on standard output; what the user's module
prints goes to standard error.
"""

import importlib
import os
import sys
from types import ModuleType
from typing import Any

import msgspec
from msgspec import Struct

from volant.app.plugin_file import place_of
from volant.base.errors import UserError
from volant.idl.proto_schema import SchemaError, Wrong, schema
from volant.idl.proto_text import parse, text
from volant.sdk import tracebacks


class Wish(Struct, frozen=True):
    """Which class, and what there is already.

    Attributes:
        paths: Folders that go first on the module path.
        module: Dotted name.
        class_name: Dotted below it.
        package: protobuf's; None for that of `old`, or else the module's name.
        old: The file there is; "" for none.
        old_name: Its name, for errors.
    """

    paths: tuple[str, ...]
    module: str
    class_name: str
    package: str | None
    old: str
    old_name: str


class Fault(Struct, frozen=True):
    """One thing that is wrong: what, what to do, and the user's traceback, where there is one."""

    message: str
    fix: str
    trace: str = ""


class Answer(Struct, frozen=True):
    """The file, or everything that is wrong."""

    text: str = ""
    problems: tuple[Fault, ...] = ()


def answer(wish: Wish) -> Answer:
    """What one wish gives."""
    try:
        found = _found(wish)
        old = parse(wish.old, wish.old_name) if wish.old else None
        package = wish.package if wish.package is not None else old.package if old else wish.module
        return Answer(text(schema(found, package, old, wish.old_name)))
    except SchemaError as error:
        return Answer(problems=tuple(_fault(each) for each in error.problems))
    except _ImportError as error:
        return Answer(problems=(error.fault,))
    except UserError as error:
        return Answer(problems=(Fault(str(error), error.fix),))


def _fault(wrong: Wrong) -> Fault:
    return Fault(wrong.message, wrong.fix)


class _ImportError(Exception):
    """What the user's module raised."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.message)
        self.fault = fault


def _found(wish: Wish) -> type:
    sys.path[:0] = wish.paths
    try:
        module = importlib.import_module(wish.module)
    except BaseException as error:  # a user's module may raise anything, SystemExit too
        raise _ImportError(_why(wish.module, error)) from error
    found: Any = module
    for part in wish.class_name.split("."):
        if not hasattr(found, part):
            raise UserError(f"{wish.module} has no {wish.class_name!r}", fix=f"it has {_classes(module)}")
        found = getattr(found, part)
    if isinstance(found, type):
        return found
    raise UserError(f"{wish.module}:{wish.class_name} is {found!r}, and no class", fix="name a class")


def _why(module: str, error: BaseException) -> Fault:
    if isinstance(error, ModuleNotFoundError) and error.name == module:
        return Fault(f"there is no module {module!r}", "check its name, or name its file: shop/orders.py:Order")
    place = place_of(error)
    message = f"{module} cannot be imported: {f'{place}: ' if place else ''}{tracebacks.summary(error)}"
    return Fault(message, "make it import on its own first", tracebacks.shown(error))


def _classes(module: ModuleType) -> str:
    names = [
        name for name, each in vars(module).items() if isinstance(each, type) and each.__module__ == module.__name__
    ]
    return ", ".join(names) or "no classes"


def main() -> None:
    """The program."""
    wish = msgspec.json.decode(sys.stdin.buffer.read(), type=Wish)
    said = os.dup(1)
    os.dup2(2, 1)
    with os.fdopen(said, "wb") as output:
        output.write(msgspec.json.encode(answer(wish)))


if __name__ == "__main__":
    main()
