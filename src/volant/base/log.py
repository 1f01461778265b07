"""Structured log: one logger per part, with run, action and attempt bound to each line."""

import logging
from collections.abc import MutableMapping
from typing import Any

_ROOT = "volant"


class BoundLog(logging.LoggerAdapter[logging.Logger]):
    """A logger that says for whom: every line begins with what was bound."""

    def process(self, msg: str, kwargs: MutableMapping[str, Any]) -> tuple[str, MutableMapping[str, Any]]:
        """The message behind what was bound."""
        bound = " ".join(f"{key}={value}" for key, value in (self.extra or {}).items() if value != "")
        return (f"[{bound}] {msg}" if bound else msg), kwargs

    def bind(self, **more: object) -> "BoundLog":
        """The same log with more bound to it."""
        return BoundLog(self.logger, {**(self.extra or {}), **more})


def get_log(part: str, **bound: object) -> BoundLog:
    """The log of one part of Volant, e.g. "engine"."""
    return BoundLog(logging.getLogger(f"{_ROOT}.{part}"), bound)
