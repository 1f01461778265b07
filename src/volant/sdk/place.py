"""Where an attempt works: the folders and URIs that are its own."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Place:
    """Handed to `execute` for one attempt.

    Attributes:
        name: The job's name; comes back in `Result.name`.
        output_prefix: Path of the attempt's folder.
        raw_output_prefix: URI under which its raw data go; nothing else writes there.
        checkpoint: URI of this attempt's checkpoint, or "".
        previous_checkpoint: URI of the attempt's before, or "".
        output_limit: Bytes of serialized outputs allowed.
    """

    name: str
    output_prefix: str
    raw_output_prefix: str
    checkpoint: str = ""
    previous_checkpoint: str = ""
    output_limit: int = 10 << 20
