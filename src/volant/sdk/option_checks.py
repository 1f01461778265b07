"""What each option of a task or node may be, and what it is made of what an author writes."""

import datetime as dt
import sys
from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from volant.sdk.resources import Resources, is_size

NOTHING: Final = dt.timedelta(0)
_LONGEST: Final = dt.timedelta(seconds=315_576_000_000)  # google.protobuf.Duration


class Check(NamedTuple):
    """How an option is checked.

    Attributes:
        read: What an author wrote, as it is kept; raises TypeError, ValueError or OverflowError for what cannot be.
        fix: What to write instead.
    """

    read: Callable[[Any], Any]
    fix: str


def _need(holds: bool, value: Any) -> Any:
    if not holds:
        raise ValueError(value)
    return value


def _count(value: Any) -> int:
    return int(_need(type(value) is int and 0 <= value < 2**32, value))


def _flag(value: Any) -> bool:
    return bool(_need(isinstance(value, bool), value))


def _maybe_flag(value: Any) -> bool | None:
    return None if value is None else _flag(value)


def is_text(value: object) -> bool:
    """Whether a value is a text that has a UTF-8 form; half a character has none."""
    return isinstance(value, str) and value.encode(errors="ignore").decode() == value


def _text(value: Any) -> str:
    return str(_need(is_text(value), value))


def _some_text(value: Any) -> str:
    return _text(_need(bool(value), value))


def _maybe_text(value: Any) -> str | None:
    return None if value is None else _some_text(value)


def _duration(value: Any) -> dt.timedelta:
    known = isinstance(value, dt.timedelta) or (isinstance(value, int | float) and not isinstance(value, bool))
    _need(known, value)
    span = value if isinstance(value, dt.timedelta) else dt.timedelta(seconds=value)
    _need(NOTHING <= span <= _LONGEST and bool(span) == bool(value), value)
    return span


def _maybe_duration(value: Any) -> dt.timedelta:
    return NOTHING if value is None else _duration(value)


def _names(value: Any) -> tuple[str, ...]:
    return tuple(map(_text, _need(not isinstance(value, str), value)))


def _texts(value: Any) -> dict[str, str]:
    pairs = dict(value or {})
    texts = all(is_text(each) for pair in pairs.items() for each in pair)
    return dict(_need(texts and all(pairs), pairs))


def _environment(value: Any) -> dict[str, str]:
    pairs = _texts(value)
    return dict(_need(not any("=" in name or "\0" in name + text for name, text in pairs.items()), pairs))


def is_a(value: object, name: str) -> bool:
    """Whether a value is an instance of a class of ours, e.g. "cache.Cache".

    The class's module is not imported to find out: where nobody has, there is no instance.
    """
    module, _, kind = name.rpartition(".")
    loaded = sys.modules.get(f"{_SDK}.{module}")
    return loaded is not None and isinstance(value, getattr(loaded, kind))


_SDK: Final = __name__.rpartition(".")[0]


def _one(name: str) -> Callable[[Any], Any]:
    return lambda value: _need(value is None or is_a(value, name), value)


def _many(name: str) -> Callable[[Any], tuple[Any, ...]]:
    return lambda value: tuple(_need(is_a(each, name), each) for each in value or ())


def _resources(value: Any) -> Any:
    return _need(value is None or (isinstance(value, Resources) and not value.has_pairs), value)


def _cache(value: Any) -> Any:
    return _need(isinstance(value, bool) or is_a(value, "cache.Cache"), value)


def _shared_memory(value: Any) -> Any:
    if value is None or isinstance(value, bool):
        return value or None
    return _need(is_size(_some_text(value)), value)


def _docs(value: Any) -> Any:
    return _need(value is None or is_text(value) or is_a(value, "documentation.Documentation"), value)


def _isolation(value: Any) -> Any:
    return _need(value in ("reuse", "fresh"), value)


def _resolver(value: Any) -> Any:
    # Its `location` is not asked for: the module that holds it may not be there to its end.
    return _need(value is None or (hasattr(value, "load_task") and hasattr(value, "loader_args")), value)


def node_id(text: str) -> str:
    """A name as Flyte writes it into an id: small letters, digits and "-"; "" where nothing of it is left.

    Source: flytekit `_dnsify` (core/utils.py), below 63 characters.
    """
    found = ""
    for letter in text:
        if letter in "_-.":
            found += "-" if found and len(found) < 62 else ""
        elif letter.isalnum() and letter.isascii():
            parted = letter.isupper() and found and not found.endswith("-") and len(found) < 62
            found += f"-{letter.lower()}" if parted else letter.lower()
    return found.removesuffix("-")


def _node_name(value: Any) -> str:
    found = node_id(_some_text(value))
    return str(_need(found[:1].isalpha() and len(found) <= 63 and not set(value) - _NAME_CHARACTERS, found))


_NAME_CHARACTERS: Final = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.")
_SAY_FLAG: Final = "write True or False"
_SAY_TEXTS: Final = 'write texts by name, e.g. {"team": "forecast"}'
_SAY_AMOUNTS: Final = 'write Resources(cpu="1", mem="1Gi"); pairs of a request and a limit go into resources=…'

CHECKS: Final[Mapping[str, Check]] = {
    "retries": Check(_count, "write a whole number, 0 for none"),
    "timeout": Check(_duration, "write a timedelta, or seconds as a number; 0 for no limit"),
    "cache": Check(_cache, 'write True, False or Cache(version="1")'),
    "cache_version": Check(_text, 'write a text, e.g. "1"'),
    "cache_serialize": Check(_flag, _SAY_FLAG),
    "cache_ignore_input_vars": Check(_names, 'write names of inputs, e.g. ("seed",)'),
    "interruptible": Check(_maybe_flag, _SAY_FLAG),
    "deprecated": Check(_text, 'write why, e.g. "use load2"'),
    "requests": Check(_resources, _SAY_AMOUNTS),
    "limits": Check(_resources, _SAY_AMOUNTS),
    "resources": Check(_one("resources.Resources"), 'write Resources(cpu=("1", "2"), mem="1Gi")'),
    "environment": Check(_environment, 'write texts by name, e.g. {"MODE": "fast"}; no name holds "="'),
    "isolation": Check(_isolation, 'write "reuse" or "fresh"'),
    "container_image": Check(_maybe_text, 'write the image\'s name, e.g. "ghcr.io/me/flights:1"'),
    "accelerator": Check(
        _one("accelerators.GPUAccelerator"), 'write accelerators.T4, or GPUAccelerator("nvidia-tesla-t4")'
    ),
    "shared_memory": Check(_shared_memory, 'write True, or a size such as "1Gi"'),
    "secret_requests": Check(_many("secret.Secret"), 'write a list, e.g. [Secret(group="db", key="password")]'),
    "pod_template": Check(_one("pod.PodTemplate"), "write PodTemplate(pod_spec=…)"),
    "pod_template_name": Check(_maybe_text, "write the name of a pod template on the cluster"),
    "enable_deck": Check(_maybe_flag, _SAY_FLAG),
    "deck_fields": Check(_many("deck.DeckField"), "write a tuple, e.g. (DeckField.INPUT, DeckField.OUTPUT)"),
    "docs": Check(_docs, "write a text, or Documentation(short_description=…)"),
    "labels": Check(_texts, _SAY_TEXTS),
    "annotations": Check(_texts, _SAY_TEXTS),
    "task_resolver": Check(_resolver, "give an instance of a subclass of TaskResolver"),
    "node_name": Check(_node_name, "write up to 63 of letters, digits, '-' and '_', beginning with a letter"),
    "name": Check(_some_text, "write a text"),
    "aliases": Check(_texts, 'write other names by output, e.g. {"o0": "total"}'),
}
"""By option, of tasks and nodes."""

NODE_CHECKS: Final[Mapping[str, Check]] = {**CHECKS, "timeout": Check(_maybe_duration, CHECKS["timeout"].fix)}
"""The same where a node overrides them: None is no limit."""
