"""What an author writes as options, made `TaskOptions` and `Overrides` or refused."""

from __future__ import annotations  # the classes named here are imported by who uses them, not by everybody

import difflib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields
from typing import TYPE_CHECKING, Any, Final

from volant.sdk.checked import shown
from volant.sdk.errors import AuthoringError
from volant.sdk.option_checks import CHECKS, NODE_CHECKS, Check, is_a
from volant.sdk.options import OF_TASKS, Overrides, TaskOptions
from volant.sdk.problems import report

if TYPE_CHECKING:
    from volant.sdk.cache import Cache


class Owner:
    """Whose options are read.

    Attributes:
        name: Who is spoken of in errors, e.g. "task flights.load".
        place: "file:line" for them, or "".
        function: The task's, for cache policies; None where it has none.
    """

    def __init__(self, name: str, place: str = "", function: Callable[..., Any] | None = None) -> None:
        self.name, self.place, self.function = name, place, function

    def complain(self, what: str, fix: str) -> None:
        """Report a mistake; the option is then left out.

        Raises:
            AuthoringError: The mistake, where nobody collects them.
        """
        report(AuthoringError(f"{self.name}: {what}", fix=fix, place=self.place))


def task_options(owner: Owner, given: Mapping[str, Any]) -> TaskOptions:
    """The options of a task, from the keywords its author wrote.

    Raises:
        AuthoringError: An option that does not exist, or a value that it cannot have; not where mistakes are
            collected.
    """
    known = [*(each.name for each in fields(TaskOptions)), *OF_TASKS]
    found = dict(_checked(owner, given, known, CHECKS))
    found = _with_cache(owner, _with_resources(owner, found), given)
    if found.get("deck_fields") and not found.get("enable_deck"):
        owner.complain("deck_fields does nothing without enable_deck=True", "add enable_deck=True")
    return TaskOptions(**found)


def node_overrides(owner: Owner, given: Mapping[str, Any]) -> dict[str, Any]:
    """The checked overrides among `given`, by field of `Overrides`.

    Raises:
        AuthoringError: As in `task_options`.
    """
    known = [*(each.name for each in fields(Overrides)), *OF_TASKS]
    found = _with_resources(owner, dict(_checked(owner, given, known, NODE_CHECKS)))
    cache: Any = found.get("cache")
    if not is_a(cache, "cache.Cache"):
        return found
    _refuse_beside_cache(owner, given, ("cache_version", "cache_serialize"))
    if cache.version is None or cache.ignored:
        what = "ignores inputs" if cache.ignored else "has policies instead of a version"
        owner.complain(f"cache={cache!r} {what}: only a task's can", 'write Cache(version="1")')
    return {**found, "cache": True, "cache_version": cache.version, "cache_serialize": cache.serialize}


def _checked(
    owner: Owner, given: Mapping[str, Any], known: list[str], checks: Mapping[str, Check]
) -> Iterator[tuple[str, Any]]:
    for name, value in given.items():
        if name not in known:
            owner.complain(f"there is no option {name!r}", _advice(name, known))
            continue
        try:
            yield name, checks[name].read(value)
        except (TypeError, ValueError, OverflowError):
            owner.complain(f"{name}={shown(value)} is not possible", checks[name].fix)


def _advice(name: str, known: list[str]) -> str:
    if name in _ELSEWHERE:
        return _ELSEWHERE[name]
    close = difflib.get_close_matches(name, known, 1)
    return f"did you mean {close[0]!r}?" if close else f"the options are {', '.join(known)}"


_ELSEWHERE: Final[Mapping[str, str]] = {
    "cache_ignore_input_vars": "ignore inputs in @task: a node's key is its task's",
    "disable_deck": "write enable_deck=True where a page is wanted",
    "execution_mode": "leave it out",
    "node_dependency_hints": "leave it out: what a workflow calls is found by calling it",
    "pickle_untyped": "leave it out: values without a type are pickled",
    "task_config": "make a second task: a node has no config of its own",
}
"""Words of flytekit that have no counterpart, and what to do instead."""


def _with_resources(owner: Owner, found: dict[str, Any]) -> dict[str, Any]:
    both = found.pop("resources", None)
    if both is None:
        return found
    for name in ("requests", "limits"):
        if found.get(name) is not None:
            owner.complain(
                f"resources={both!r} and {name}=… say it twice", 'write resources=Resources(cpu=("1", "2")) alone'
            )
    requests, limits = both.split()
    return {**found, "requests": requests, "limits": limits}


def _with_cache(owner: Owner, found: dict[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    cache: Any = found.get("cache", False)
    if is_a(cache, "cache.Cache"):
        _refuse_beside_cache(owner, given, _CACHE_DETAILS)
        version = _version(owner, cache, found)
        found |= {"cache": bool(version), "cache_version": version, "cache_serialize": cache.serialize}
        return {**found, "cache_ignore_input_vars": cache.ignored}
    if cache and not found.get("cache_version", "").strip():
        owner.complain("cache=True needs a cache_version", _SAY_CACHE_VERSION)
        found["cache"] = False
    for name in () if given.get("cache") else _CACHE_DETAILS:
        if found.get(name):
            owner.complain(f"{name}={given[name]!r} does nothing without cache=True", "add cache=True")
    return found


_SAY_CACHE_VERSION = 'write cache_version="1" and change it when the same inputs shall give something new'
_CACHE_DETAILS = ("cache_version", "cache_serialize", "cache_ignore_input_vars")


def _refuse_beside_cache(owner: Owner, given: Mapping[str, Any], names: tuple[str, ...]) -> None:
    for name in names:
        if given.get(name) is not None:
            owner.complain(
                f"{name}={given[name]!r} stands beside cache=Cache(…), which says it all",
                "write Cache(version=…, serialize=…, ignored_inputs=…)",
            )


def _version(owner: Owner, cache: Cache, found: Mapping[str, Any]) -> str:
    from volant.sdk.cache import SAY_VERSION, VersionParameters

    if cache.version is not None:
        return cache.version
    if owner.function is None:
        owner.complain("a Cache with policies needs a task that is a function", SAY_VERSION)
        return ""
    others = {name: found.get(name) for name in ("container_image", "pod_template", "pod_template_name")}
    try:
        return cache.version_of(VersionParameters(owner.function, **others))
    except AuthoringError as error:
        owner.complain(str(error), error.fix)
        return ""
