"""Transformers that installed packages have for classes."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from volant.sdk.errors import ConversionError
from volant.sdk.type_engine.extension import TypeTransformer, full_name

if TYPE_CHECKING:
    from volant.contracts.registry import Found


def installed(kind: type) -> type[TypeTransformer] | None:
    """The transformer a package names for this very class, or None; the package is imported here.

    Raises:
        ConversionError: Two packages claim the class, or the one that does cannot be used.
    """
    from volant.contracts import registry

    claims = registry.claimed(registry.TYPES).get(full_name(kind))
    return _loaded(kind, claims) if claims else None


def _loaded(kind: type, claims: "Sequence[Found]") -> type[TypeTransformer]:
    claim = claims[0]
    if len(claims) > 1:
        raise ConversionError(
            f"two installed packages pass {full_name(kind)}: {claim.distribution} with {claim.value},"
            f" and {claims[1].distribution} with {claims[1].value}",
            fix=f"uninstall one of them, or bind one yourself: TheTransformer.bind({kind.__qualname__})",
        )
    try:
        found = claim.load()
    except Exception as error:
        told = f"its transformer {claim.value} cannot be loaded: {type(error).__name__}: {error}"
        raise _unusable(kind, claim, told) from error
    if not isinstance(found, type) or not issubclass(found, TypeTransformer):
        raise _unusable(kind, claim, f"{claim.value} is no TypeTransformer")
    return found


def _unusable(kind: type, claim: "Found", told: str) -> ConversionError:
    name = claim.distribution.partition(" ")[0]
    return ConversionError(
        f"{full_name(kind)} is passed by the installed package {claim.distribution}, but {told}",
        fix=f"repair or uninstall {name}, or bind a transformer yourself",
    )
