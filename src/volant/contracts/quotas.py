"""Scarce outside resources. A plugin names its pool and how much; the engine arbitrates, the store keeps tokens.

The engine refuses a plugin that asks while no pools are configured for it: the runtime comes with the
extension kit; the place in the signature is fixed now.
"""

from typing import NamedTuple, Protocol


class Grant(NamedTuple):
    """The answer to a request.

    Attributes:
        granted: Whether the token is held now; release is the engine's, at finalize.
        place: How many wait before this one; 0 when granted.
        holders: Who holds the pool, shortened, for people.
    """

    granted: bool
    place: int = 0
    holders: tuple[str, ...] = ()


class Quotas(Protocol):
    """Named pools of tokens. One token an attempt and pool; asking again is idempotent."""

    def request(self, pool: str, amount: int = 1) -> Grant:
        """Ask for tokens under the attempt's generated name.

        Raises:
            UserError: No such pool.
        """
        ...
