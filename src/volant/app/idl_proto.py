"""`.proto` files of users' classes: asks a process of its own, and writes."""

import difflib
import subprocess
import sys
from pathlib import Path

import msgspec
from msgspec import Struct

from volant.app.proto_program import Answer, Fault, Wish
from volant.app.source import locate
from volant.base.errors import SystemFault, UserError


class ProtoError(UserError):
    """A class has no `.proto`.

    Attributes:
        problems: Everything that is wrong.
    """

    def __init__(self, problems: tuple[Fault, ...]) -> None:
        super().__init__("\n".join(each.message for each in problems), fix=problems[0].fix)
        self.problems = problems


class Written(Struct, frozen=True):
    """What became of a file.

    Attributes:
        text: What the class says it is.
        out: Where; "" for nowhere.
        difference: From what was there; "" where it was that.
    """

    text: str
    out: str
    difference: str


def proto_of(target: str, out: str = "", package: str | None = None) -> Written:
    """The `.proto` of "FILE:CLASS" or "MODULE:CLASS", with the numbers of the file `out`. Writes nothing.

    Raises:
        ProtoError: Everything that has no place in it, or would change what a number means.
        UserError: The words are wrong.
        SystemFault: The process that imports it died.
    """
    old = _read(out)
    text = _asked(_wish(target, old, out, package))
    lines = difflib.unified_diff(
        old.splitlines(keepends=True), text.splitlines(keepends=True), out, f"{out} of {target}"
    )
    return Written(text, out, "".join(lines))


def write(found: Written) -> None:
    """Write it, where it changes.

    Raises:
        UserError: It cannot be written.
    """
    if not found.difference:
        return
    try:
        Path(found.out).parent.mkdir(parents=True, exist_ok=True)
        Path(found.out).write_text(found.text)
    except OSError as error:
        raise UserError(f"{found.out!r} cannot be written: {error.strerror}", fix="choose another --out") from error


def _read(out: str) -> str:
    try:
        return Path(out).read_text() if out else ""
    except FileNotFoundError:
        return ""
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"{out!r} cannot be read: {error}", fix="choose another --out") from error


def _wish(target: str, old: str, out: str, package: str | None) -> Wish:
    place, _, name = target.rpartition(":")
    if not place or not name:
        raise UserError(
            f"{target!r} names no class", fix="write FILE:CLASS or MODULE:CLASS, for example shop/orders.py:Order"
        )
    here = str(Path.cwd())
    if not (place.endswith(".py") or "/" in place):
        return Wish((here,), place, name, package, old, out)
    source = locate(place)
    return Wish((str(source.root), here), source.module, name, package, old, out)


def _asked(wish: Wish) -> str:
    command = (sys.executable, "-m", "volant.app.proto_program")
    done = subprocess.run(command, input=msgspec.json.encode(wish), stdout=subprocess.PIPE, check=False)
    if done.returncode != 0 or not done.stdout:
        raise SystemFault(
            f"the process that imports {wish.module} ended with code {done.returncode}",
            fix=f"see what it does when it is imported: python -c 'import {wish.module}'",
        )
    found = msgspec.json.decode(done.stdout, type=Answer)
    if found.problems:
        raise ProtoError(found.problems)
    return found.text
