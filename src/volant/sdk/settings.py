"""What translation must be told: the ids everything gets."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Settings:
    """Where entities are registered.

    Attributes:
        project: Of every id.
        domain: Likewise.
        version: Likewise; the digest of the source bundle, where there is one.

    Source: flytekit `SerializationSettings` (configuration/__init__.py).
    """

    project: str = "default"
    domain: str = "development"
    version: str = "local"
