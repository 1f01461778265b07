"""What `Annotated` says of a type: formats, columns, hash methods, notes."""

import typing
from typing import Any

from volant.sdk.type_engine import blobs
from volant.sdk.type_engine.transformer import Find, Transformer


def build(hint: Any, find: Find) -> Transformer | None:
    """The transformer of an annotated type; None for others."""
    if typing.get_origin(hint) is not typing.Annotated:
        return None
    return blobs.build(hint, find) or find(typing.get_args(hint)[0])
