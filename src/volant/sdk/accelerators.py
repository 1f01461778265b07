"""Devices a task can ask for by name: `@task(accelerator=T4)`. Source: flytekit extras/accelerators.py.

A run on this machine uses what is there; the name is for the cluster the task is registered with.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Final

from volant.sdk.checked import check


@dataclass(frozen=True)
class GPUAccelerator:
    """A device, or a part of one.

    Attributes:
        device: Its name on the cluster, e.g. "nvidia-tesla-t4".
        partition: The part that is asked for, e.g. "1g.5gb"; "" for no part, None where nothing is said.
    """

    device: str
    partition: str | None = None

    def __post_init__(self) -> None:
        """Refuse what cannot be."""
        is_name = isinstance(self.device, str) and bool(self.device)
        is_part = self.partition is None or isinstance(self.partition, str)
        check(
            self,
            (
                ("device", is_name, 'write the device\'s name, e.g. "nvidia-l4"'),
                ("partition", is_part, 'write the part\'s name, e.g. "1g.5gb"'),
            ),
        )

    @property
    def unpartitioned(self) -> "GPUAccelerator":
        """The whole device."""
        return GPUAccelerator(self.device, "")

    def partitioned(self, partition: str) -> "GPUAccelerator":
        """A part of it, as the device's maker calls it."""
        return GPUAccelerator(self.device, partition)


class PartitionedAccelerator(GPUAccelerator):
    """A device whose makers sell parts of it: `A100.partition_2g_10gb`, `V5E.slice_2x4`."""

    sizes: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "nvidia-tesla-a100": ("1g.5gb", "2g.10gb", "3g.20gb", "4g.20gb", "7g.40gb"),
        "nvidia-a100-80gb": ("1g.10gb", "2g.20gb", "3g.40gb", "4g.40gb", "7g.80gb"),
        "tpu-v5-lite-podslice": ("1x1", "2x2", "2x4", "4x4", "4x8", "8x8", "8x16", "16x16"),
        "tpu-v5p-slice": (
            "2x2x1", "2x2x2", "2x4x4", "4x4x4", "4x4x8", "4x8x8", "8x8x8", "8x8x16", "8x16x16", "16x16x16", "16x16x24",
        ),
        "tpu-v6e-slice": ("1x1", "2x2", "2x4", "4x4", "4x8", "8x8", "8x16", "16x16"),
    }  # fmt: skip
    """By device. Sizes that are not listed are named with `partitioned`."""

    def __getattr__(self, name: str) -> GPUAccelerator:
        """The part that flytekit calls so."""
        device = vars(self).get("device", "")  # what is being copied has none yet
        sizes = self.sizes.get(device, ())
        for size in sizes:
            if name in (f"partition_{size.replace('.', '_')}", f"slice_{size}"):
                return self.partitioned(size)
        raise AttributeError(f"{device} has no {name!r}; its sizes are {', '.join(sizes) or 'not known'}")


A10G: Final = GPUAccelerator("nvidia-a10g")
L4: Final = GPUAccelerator("nvidia-l4")
L4_VWS: Final = GPUAccelerator("nvidia-l4-vws")
L40S: Final = GPUAccelerator("nvidia-l40s")
K80: Final = GPUAccelerator("nvidia-tesla-k80")
M60: Final = GPUAccelerator("nvidia-tesla-m60")
P4: Final = GPUAccelerator("nvidia-tesla-p4")
P100: Final = GPUAccelerator("nvidia-tesla-p100")
T4: Final = GPUAccelerator("nvidia-tesla-t4")
V100: Final = GPUAccelerator("nvidia-tesla-v100")
H100: Final = GPUAccelerator("nvidia-h100")
H200: Final = GPUAccelerator("nvidia-h200")
RTX_PRO_6000: Final = GPUAccelerator("nvidia-rtx-pro-6000")
A100: Final = PartitionedAccelerator("nvidia-tesla-a100")
A100_80GB: Final = PartitionedAccelerator("nvidia-a100-80gb")
V5E: Final = PartitionedAccelerator("tpu-v5-lite-podslice")
V5P: Final = PartitionedAccelerator("tpu-v5p-slice")
V6E: Final = PartitionedAccelerator("tpu-v6e-slice")
