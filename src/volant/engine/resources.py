"""What a task may use: the node's overrides over the template's; requests and limits fill each other in.

Source: engine spec 3.8, without platform limits: a laptop's are the launcher's to judge.
"""

from collections.abc import Iterable

from volant.idl import pb
from volant.kit.quantity import parse_quantity

Entry = pb.Resources.ResourceEntry


def effective_resources(own: pb.Resources, overrides: pb.Resources | None) -> pb.Resources:
    """Requests and limits of one attempt; a missing limit is the request, a missing request the limit.

    No request is above its limit: a node that lowers the limit need not know what the task asked for.
    """
    wanted = _merged(own.requests, overrides.requests if overrides else ())
    limits = _merged(own.limits, overrides.limits if overrides else ())
    requests = {name: _at_most(value, limits.get(name, value)) for name, value in wanted.items()}
    return pb.Resources(
        requests=_entries({**limits, **requests}),
        limits=_entries({**{name: value for name, value in requests.items() if name != _CPU}, **limits}),
    )


# A cpu request is a share, not a ceiling: nobody asked for his task to be throttled by asking for a core.
_CPU = pb.Resources.CPU


def _at_most(request: str, limit: str) -> str:
    return limit if request != limit and parse_quantity(request) > parse_quantity(limit) else request


def _merged(*layers: Iterable[pb.Resources.ResourceEntry]) -> dict[int, str]:
    return {entry.name: entry.value for layer in layers for entry in layer}


def _entries(values: dict[int, str]) -> list[pb.Resources.ResourceEntry]:
    return [Entry(name=name, value=value) for name, value in sorted(values.items())]
