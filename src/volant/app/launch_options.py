"""What a launch plan asks of the runs it starts."""

from collections.abc import Mapping
from typing import NamedTuple

from volant.contracts.worker_wire import Described
from volant.idl import pb


class LaunchOptions(NamedTuple):
    """Empty for what is no launch plan.

    Attributes:
        labels: Of every run.
        max_parallelism: Leaves that may be active at once; 0 where it does not say.
        raw_prefix: URI under which tasks put raw data; "" for the usual place.
    """

    labels: Mapping[str, str] = {}
    max_parallelism: int = 0
    raw_prefix: str = ""


def launch_options(described: Described) -> LaunchOptions:
    """What an entity that is a launch plan says of its runs."""
    if not described.launch_plan:
        return LaunchOptions()
    spec = pb.LaunchPlan.FromString(described.launch_plan).spec
    prefix = spec.raw_output_data_config.output_location_prefix
    return LaunchOptions(dict(spec.labels.values), spec.max_parallelism, prefix)
