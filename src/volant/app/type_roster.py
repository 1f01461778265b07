"""Which installed packages bring transformers for classes, and which of them work."""

from collections.abc import Sequence

from msgspec import Struct

from volant.contracts.registry import TYPES, Found, claimed
from volant.sdk.type_engine.extension import TypeTransformer


class InstalledType(Struct, frozen=True):
    """One entry point of the group `volant.types`.

    Attributes:
        name: The class it is for, with its module.
        value: "module:attribute" of the transformer.
        distribution: Who ships it, "name version".
        problem: Why it is not used; "" where it is.
        fix: What to do about that; "" where nothing is wrong.
    """

    name: str
    value: str
    distribution: str
    problem: str = ""
    fix: str = ""


def installed_types() -> list[InstalledType]:
    """Every one of them, by class."""
    return [_installed(each, claims) for claims in claimed(TYPES).values() for each in claims]


def _installed(found: Found, claims: Sequence[Found]) -> InstalledType:
    problem, fix = _clash(claims) if len(claims) > 1 else _fault(found)
    return InstalledType(found.name, found.value, found.distribution, problem, fix)


def _clash(claims: Sequence[Found]) -> tuple[str, str]:
    names = [each.distribution for each in claims]
    return (
        f"it is claimed by {', '.join(names[:-1])} and {names[-1]}: none gets it",
        "uninstall one of them, or bind one yourself: TheTransformer.bind(TheClass)",
    )


def _fault(found: Found) -> tuple[str, str]:
    fix = f"repair or uninstall {found.distribution.partition(' ')[0]}"
    try:
        transformer = found.load()
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # noqa: BLE001 - somebody else's code may raise anything
        return f"{type(error).__name__}: {error}", fix
    if isinstance(transformer, type) and issubclass(transformer, TypeTransformer):
        return "", ""
    return f"{found.value} is no TypeTransformer", fix
