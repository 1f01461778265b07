"""What an author says of a type inside `Annotated`."""

from collections.abc import Callable, Mapping
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class HashMethod(Generic[T]):
    """Says what of a value counts in cache keys: `Annotated[pd.DataFrame, HashMethod(digest)]`.

    Values are known by `digest(value)` then, not by where they lie: a task that writes the same table anew
    lets those after it be served from the cache.

    Args:
        function: Gives a text, the same for values that count as the same.

    Source: flytekit `HashMethod` (core/hash.py).
    """

    def __init__(self, function: Callable[[T], str]) -> None:
        self.function = function

    def calculate(self, value: T) -> str:
        """What counts of a value."""
        return self.function(value)


class Annotation:
    """Notes on a type that travel with it: `Annotated[int, Annotation({"unit": "mm"})]`. One per type.

    Args:
        data: As JSON has it; numbers become floats.

    Source: flytekit `FlyteAnnotation` (core/annotation.py).
    """

    def __init__(self, data: Mapping[str, Any]) -> None:
        self.data = dict(data)


class Columns(dict[str, Any]):
    """Names and their types, in order; hashable, so that a type which names them fits into a union."""

    def __hash__(self) -> int:  # type: ignore[override]  # a dict has none; this one is never changed
        return hash(tuple(self))


def kwtypes(**types: Any) -> Columns:
    """Names and their types, in order: the columns of a dataset, or how an array is stored.

        Annotated[pd.DataFrame, kwtypes(name=str, age=int)]

    A column of structs is `kwtypes(point=kwtypes(x=float, y=float))`, or names a dataclass.

    Source: flytekit `kwtypes`.
    """
    return Columns(types)
