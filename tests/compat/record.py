"""Records what one side makes of the files of cases: `WORLD=… python record.py OUT FILE…`, a JSON document.

Runs in the environment of that side, and imports nothing of the other. Messages are written as they are sent, in
base64; `normal.py` makes them comparable.
"""

import base64
import contextlib
import importlib
import json
import logging
import sys
import tempfile
import traceback
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import world

Side = Any


def record(file: Path, side: Side) -> dict[str, Any]:
    """Everything the cases of a file come to on this side."""
    with warnings.catch_warnings(), tempfile.TemporaryDirectory() as folder:
        warnings.simplefilter("ignore")  # what is pickled says so; here it is meant to be
        cases = world.load(file)
        return {
            "types": {each.name: _type(each, side, Path(folder) / f"t{n}") for n, each in enumerate(cases.types)},
            "shapes": {each.name: _told(lambda each=each: _shape(each, side)) for each in cases.shapes},
        }


def _type(each: world.TypeCase, side: Side, folder: Path) -> dict[str, Any]:
    given, raw = folder / "given", folder / "raw"
    given.mkdir(parents=True)
    raw.mkdir()
    folders = {"given": str(given), "raw": str(raw)}
    try:
        hint, *values = each.make(given)
        made = {"hint": show(world.unwrap(hint)), "type": encode(side.literal_type(hint)), **folders}
    except Exception as error:
        return {**folders, **_failure(error)}
    made["guess"] = _text(lambda: show(side.guess(base64.b64decode(made["type"]))))
    made["values"] = [_told(lambda value=value: _value(value, hint, side, raw)) for value in values]
    return made


def _value(value: Any, hint: Any, side: Side, raw: Path) -> dict[str, Any]:
    literal = side.literal(world.unwrap(value), hint, str(raw))
    found = {"literal": encode(literal)}
    try:
        if _names_a_place(literal):
            return found
        back = side.value(literal.SerializeToString(), hint, str(raw))
        tells = back != value and " at 0x" not in repr(back)
        return {**found, "back": repr(back)} if tells else found
    except Exception as error:
        return {**found, "unread": f"{type(error).__name__}: {error}"}


def _names_a_place(literal: Any) -> bool:
    """Whether there are files to be read: they lie elsewhere each time, or cannot be reached at all."""
    data = literal.SerializeToString()
    return b"://" in data or tempfile.gettempdir().encode() in data


def _shape(each: world.ShapeCase, side: Side) -> dict[str, Any]:
    entity = world.unwrap(each.make())
    return {"messages": {name: [kind, encode(message)] for name, kind, message in side.translated(entity)}}


def _told(make: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    try:
        return make()
    except Exception as error:
        return _failure(error)


def _failure(error: Exception) -> dict[str, Any]:
    trace = "".join(traceback.format_exception(error)[-6:])
    return {"error": f"{type(error).__name__}: {error}", "trace": trace}


def _text(make: Callable[[], str]) -> str:
    try:
        return make()
    except Exception as error:
        return f"refused: {type(error).__name__}"  # the rest is about whatever it met first, in no order


def encode(message: Any) -> str:
    """A message's deterministic bytes in base64."""
    return base64.b64encode(message.SerializeToString(deterministic=True)).decode()


def show(hint: Any) -> str:
    """A type as text, the same on both sides; fields and variants are sorted: flytekit guesses them in no order."""
    fields = getattr(hint, "__dataclass_fields__", None)
    if fields is not None and isinstance(hint, type):
        inner = ", ".join(f"{name}: {show(each.type)}" for name, each in sorted(fields.items()))
        return f"{hint.__name__}({inner})"
    args = getattr(hint, "__args__", None)
    if args and not isinstance(hint, type):
        name = getattr(hint, "__name__", None) or getattr(hint, "_name", None) or type(hint).__name__
        # Python's own cache takes List[Union[int, str]] for List[Union[str, int]]: whoever comes first in a process.
        inner = sorted(map(show, args)) if name in ("Union", "Optional") else map(show, args)
        return f"{name}[{', '.join(inner)}]"
    return getattr(hint, "__qualname__", None) or str(hint)


def main(out: str, files: list[str]) -> None:
    """Record these files."""
    logging.disable(logging.CRITICAL)
    side = importlib.import_module(f"{world.WORLD}_side")
    with contextlib.redirect_stdout(sys.stderr):
        found = {Path(each).stem: record(Path(each), side) for each in files}
    Path(out).write_text(json.dumps({"version": side.version(), "files": found}))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
