"""The options of a launch plan, checked where they are written."""

import difflib
import inspect
from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias, TypedDict

Complain: TypeAlias = Callable[[str, str], None]
"""Tells what is wrong, and the fix."""


class LaunchPlanOptions(TypedDict, total=False):
    """Keywords of `LaunchPlan.create`; see `LaunchPlan`."""

    labels: Mapping[str, str] | None
    annotations: Mapping[str, str] | None
    max_parallelism: int | None
    raw_output_data_config: str | None


def known_inputs(workflow: Any, what: str, values: Mapping[str, Any], complain: Complain) -> dict[str, Any]:
    """Those values whose inputs the workflow has; the others are complained of."""
    function = getattr(workflow, "function", None)
    # Not by the interface: names in annotations may be defined further down in the file.
    known = list(inspect.signature(function).parameters if function else workflow.interface.inputs)
    for name in values:
        if name not in known:
            close = difflib.get_close_matches(str(name), known, 1)
            fix = f"did you mean {close[0]!r}?" if close else f"the inputs are {', '.join(known) or 'none'}"
            complain(f"{what} sets {name!r}, which is no input of {workflow.name}", fix)
    return {name: value for name, value in values.items() if name in known}


def possible_options(given: Mapping[str, Any], complain: Complain) -> dict[str, Any]:
    """Those options that exist and can have their value; the others are complained of."""
    said = {name: value for name, value in given.items() if value is not None}
    for name, value in said.items():
        if name in _LATER:
            complain(f"Volant does nothing with {name} yet", f"leave out {name}=…")
        elif name not in _CHECKS:
            close = difflib.get_close_matches(name, _CHECKS, 1)
            fix = f"did you mean {close[0]!r}?" if close else f"the options are {', '.join(_CHECKS)}"
            complain(f"there is no option {name!r}", fix)
        elif not _CHECKS[name][0](value):
            complain(f"{name}={value!r} is not possible", _CHECKS[name][1])
    return {name: value for name, value in said.items() if name in _CHECKS and _CHECKS[name][0](value)}


def _is_texts(value: Any) -> bool:
    return isinstance(value, Mapping) and all(isinstance(each, str) for pair in value.items() for each in pair)


_SAY_TEXTS = 'write texts by name, e.g. {"team": "data"}'
_CHECKS: Final[Mapping[str, tuple[Callable[[Any], bool], str]]] = {
    "labels": (_is_texts, _SAY_TEXTS),
    "annotations": (_is_texts, _SAY_TEXTS),
    "max_parallelism": (
        lambda value: type(value) is int and 0 <= value < 2**31,
        "write a whole number, 0 for no limit",
    ),
    "raw_output_data_config": (lambda value: isinstance(value, str), 'write a URI, e.g. "s3://bucket/prefix"'),
}
_LATER: Final = frozenset(
    (
        "schedule", "notifications", "trigger", "concurrency", "auto_activate", "security_context", "auth_role",
        "overwrite_cache",
    )
)  # fmt: skip
