"""Types that others have taught Volant: transformers bound to their classes, in code or by an entry point.

An installed package names its transformers in the entry-point group `volant.types`: the name is the class's
full name, the value the transformer.

    [project.entry-points."volant.types"]
    "PIL.Image.Image" = "acme_images.transformers:ImageTransformer"

The group is read once per process, when a class turns up that Volant itself does not know; the package is
imported when a value of such a class is to be passed.
"""

import typing
from typing import Any

from volant.sdk.type_engine.extension import BOUND
from volant.sdk.type_engine.guarded import Guarded
from volant.sdk.type_engine.installed import installed
from volant.sdk.type_engine.transformer import Find, Transformer


def build(hint: Any, find: Find) -> Transformer | None:  # noqa: ARG001 - the signature of families
    """The transformer somebody else has for this class, or for a base of it; None where there is none.

    Raises:
        ConversionError: Two packages claim the class, or one does whose transformer cannot be loaded.
    """
    kind = typing.get_origin(hint) or hint
    for each in getattr(kind, "__mro__", ()):
        found = BOUND.get(each) or installed(each)
        if found is not None and (each is kind or found.subclasses):
            return Guarded(found(hint))
    return None
