"""TypedDicts."""

from typing import Any

from volant.sdk.type_engine.transformer import Find, Transformer


def build(hint: Any, find: Find) -> Transformer | None:  # noqa: ARG001 - the signature of families
    """None yet."""
    return None
