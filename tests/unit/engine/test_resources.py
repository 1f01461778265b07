"""Requests and limits. Engine spec 3.8."""

from collections.abc import Mapping

import pytest

from volant.engine.resources import effective_resources
from volant.idl import pb

CPU, MEMORY, GPU = pb.Resources.CPU, pb.Resources.MEMORY, pb.Resources.GPU


def resources(requests: Mapping[int, str] = {}, limits: Mapping[int, str] = {}) -> pb.Resources:
    entry = pb.Resources.ResourceEntry
    return pb.Resources(
        requests=[entry(name=name, value=value) for name, value in requests.items()],
        limits=[entry(name=name, value=value) for name, value in limits.items()],
    )


@pytest.mark.parametrize(
    ("own", "overrides", "expected"),
    [
        (resources(), None, resources()),
        (resources({MEMORY: "1Gi"}), None, resources({MEMORY: "1Gi"}, {MEMORY: "1Gi"})),
        (resources({}, {MEMORY: "1Gi"}), None, resources({MEMORY: "1Gi"}, {MEMORY: "1Gi"})),
        (resources({CPU: "2"}), None, resources({CPU: "2"})),
        (resources({}, {CPU: "2"}), None, resources({CPU: "2"}, {CPU: "2"})),
        (resources({GPU: "1"}), resources({GPU: "2"}), resources({GPU: "2"}, {GPU: "2"})),
        (
            resources({CPU: "1", MEMORY: "1Gi"}),
            resources({MEMORY: "2Gi"}),
            resources({CPU: "1", MEMORY: "2Gi"}, {MEMORY: "2Gi"}),
        ),
    ],
)
def test_overrides_win_and_requests_and_limits_fill_each_other_in(
    own: pb.Resources, overrides: pb.Resources | None, expected: pb.Resources
) -> None:
    assert effective_resources(own, overrides) == expected


def test_no_request_is_above_its_limit() -> None:
    lowered = effective_resources(resources({MEMORY: "4Gi", CPU: "500m"}), resources({}, {MEMORY: "1024Mi", CPU: "1"}))

    assert lowered == resources({CPU: "500m", MEMORY: "1024Mi"}, {CPU: "1", MEMORY: "1024Mi"})
