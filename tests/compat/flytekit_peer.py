"""Real flytekit in a process of its own: one JSON request a line on stdin, one JSON answer a line on stdout.

Runs in the environment that has flytekit. Types and values come as `described` says, messages in base64.
"""

import base64
import functools
import json
import logging
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

import flytekit_side as side
import world
from content import content
from described import hint_of, value_of
from record import encode, show

FOLDER = tempfile.mkdtemp(prefix="flytekit-peer-")


def write(ask: dict[str, Any]) -> dict[str, Any]:
    """The type and the literal of a value."""
    hint = hint_of(ask["hint"])
    return {
        "type": encode(side.literal_type(hint)),
        "literal": encode(side.literal(value_of(ask["hint"], ask["value"]), hint, FOLDER)),
    }


def read(ask: dict[str, Any]) -> dict[str, Any]:
    """Whether a literal is read as that value; and the literal of what was read."""
    hint = hint_of(ask["hint"])
    found = side.value(base64.b64decode(ask["literal"]), hint, FOLDER)
    equal = found == value_of(ask["hint"], ask["value"])
    return {"equal": equal, "shown": repr(found), "literal": encode(side.literal(found, hint, FOLDER))}


def rebuild(ask: dict[str, Any]) -> dict[str, Any]:
    """What a type alone tells: the Python type made of it reads the literal, and writes it back."""
    hint = side.guess(base64.b64decode(ask["type"]))
    found = side.value(base64.b64decode(ask["literal"]), hint, FOLDER)
    return {"hint": show(hint), "shown": repr(found), "literal": encode(side.literal(found, hint, FOLDER))}


def write_case(ask: dict[str, Any]) -> dict[str, Any]:
    """The literal of a value of a case."""
    hint, values = _case(ask)
    return {"literal": encode(side.literal(values[ask["index"]], hint, tempfile.mkdtemp(dir=FOLDER)))}


def read_case(ask: dict[str, Any]) -> dict[str, Any]:
    """What is in a literal, read as the type of a case."""
    hint, _ = _case(ask)
    return {"content": content(side.value(base64.b64decode(ask["literal"]), hint, FOLDER))}


@functools.cache
def _cases(file: str) -> dict[str, world.TypeCase]:
    return {each.name: each for each in world.load(world.CASES / f"{file}.py").types}


def _case(ask: dict[str, Any]) -> tuple[Any, list[Any]]:
    hint, *values = _cases(ask["file"])[ask["name"]].make(Path(tempfile.mkdtemp(dir=FOLDER)))
    return hint, values


OPERATIONS = {
    "write": write, "read": read, "rebuild": rebuild, "write_case": write_case, "read_case": read_case,
}  # fmt: skip


def main() -> None:
    """Answer until stdin ends."""
    logging.disable(logging.CRITICAL)
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # whatever prints, prints elsewhere
    for line in sys.stdin:
        ask = json.loads(line)
        try:
            answer = OPERATIONS[ask["op"]](ask)
        except Exception as error:
            answer = {"error": f"{type(error).__name__}: {error}"}
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


if __name__ == "__main__":
    main()
