"""Whether one dataclass's JSON schema takes what another gives.

It says no only where it understands both sides and they contradict; keywords it does not know are fine.
Source: flytepropeller pkg/compiler/validators/typing.go, `isSuperTypeInJSON`.
"""

from collections.abc import Mapping
from typing import Any, TypeAlias

Schema: TypeAlias = Mapping[str, Any]
_WIDER = {("integer", "number")}
_MAX_DEPTH = 32


def accepts(target: Schema, source: Schema) -> bool:
    """Whether every value of `source` is a value of `target`, as far as can be told."""
    return _accepts(_Side(target, target), _Side(source, source), 0)


class _Side:
    """A schema, and the document its references point into."""

    def __init__(self, root: Schema, schema: Schema) -> None:
        self.root = root
        self.schema = schema

    def inner(self, schema: Any) -> "_Side":
        return _Side(self.root, schema if isinstance(schema, Mapping) else {})

    def followed(self) -> "_Side":
        """The same with references followed, a bounded number of times."""
        here = self
        for _ in range(_MAX_DEPTH):
            reference = here.schema.get("$ref")
            if not isinstance(reference, str):
                return here
            here = here.inner(_find(self.root, reference))
        return self.inner({})


def _find(root: Any, reference: str) -> Any:
    for part in reference.removeprefix("#").split("/"):
        if part and isinstance(root, Mapping):
            root = root.get(part, {})
    return root


def _accepts(target: _Side, source: _Side, depth: int) -> bool:
    target, source = target.followed(), source.followed()
    if depth > _MAX_DEPTH or target.schema == source.schema:  # recursive classes end here, as fitting
        return True
    if "anyOf" in target.schema or "anyOf" in source.schema:
        return _alternatives(target, source, depth)
    return _types_fit(target, source) and _properties_fit(target, source, depth) and _items_fit(target, source, depth)


def _alternatives(target: _Side, source: _Side, depth: int) -> bool:
    wanted = [target.inner(each) for each in target.schema.get("anyOf", [target.schema])]
    given = [source.inner(each) for each in source.schema.get("anyOf", [source.schema])]
    return all(any(_accepts(one, other, depth + 1) for one in wanted) for other in given)


def _types_fit(target: _Side, source: _Side) -> bool:
    wanted, given = target.schema.get("type"), source.schema.get("type")
    if not isinstance(wanted, str) or not isinstance(given, str):
        return True
    return wanted == given or (given, wanted) in _WIDER


def _properties_fit(target: _Side, source: _Side, depth: int) -> bool:
    wanted, given = target.schema.get("properties"), source.schema.get("properties")
    if not isinstance(wanted, Mapping) or not isinstance(given, Mapping):
        return True
    required = set(target.schema.get("required", ())) & set(wanted)
    both = set(wanted) & set(given)
    return required <= set(given) and all(
        _accepts(target.inner(wanted[name]), source.inner(given[name]), depth + 1) for name in both
    )


def _items_fit(target: _Side, source: _Side, depth: int) -> bool:
    for word in ("items", "additionalProperties"):
        wanted, given = target.schema.get(word), source.schema.get(word)
        known = isinstance(wanted, Mapping) and isinstance(given, Mapping)
        if known and not _accepts(target.inner(wanted), source.inner(given), depth + 1):
            return False
    return True
