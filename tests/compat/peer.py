"""Talks to real flytekit, where it is installed."""

import base64
import json
import os
import subprocess
from pathlib import Path
from typing import Any, Self

HERE = Path(__file__).parent
NOT_THERE = "real flytekit is in an environment of its own: `make compat` makes it and runs these"


def python() -> str | None:
    """A Python that has flytekit: the one `FLYTEKIT_PYTHON` names, as `make compat` does; None without it."""
    return os.environ.get("FLYTEKIT_PYTHON")


class Refused(Exception):
    """flytekit raised."""


class Peer:
    """A process with flytekit; closed by leaving the `with` block."""

    def __init__(self, interpreter: str) -> None:
        self._process = subprocess.Popen(
            (interpreter, "-B", HERE / "flytekit_peer.py"), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, text=True, env={**os.environ, "TZ": "UTC", "WORLD": "flytekit"},
        )  # fmt: skip

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate()

    def ask(self, op: str, **request: Any) -> dict[str, Any]:
        """Its answer; messages go and come as bytes.

        Raises:
            Refused: It raised.
        """
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        coded = {key: _coded(each) for key, each in request.items()}
        self._process.stdin.write(json.dumps({"op": op, **coded}) + "\n")
        self._process.stdin.flush()
        answer: dict[str, Any] = json.loads(self._process.stdout.readline())
        if "error" in answer:
            raise Refused(answer["error"])
        return {key: base64.b64decode(each) if key in ("type", "literal") else each for key, each in answer.items()}


def _coded(value: Any) -> Any:
    return base64.b64encode(value).decode() if isinstance(value, bytes) else value
