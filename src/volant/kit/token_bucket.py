"""A limit on how often something is done, with the bursts it allows."""

import asyncio

from volant.base.errors import UserError


class TokenBucket:
    """Lets `per_s` takers through each second, and up to `burst` at once after a rest; in the order they came.

    It tells time by the event loop, so that a test can move it. Use it on one loop.

    Args:
        per_s: Tokens that come back each second; 0 for no limit.
        burst: Tokens it holds when full, at least 1.

    Raises:
        UserError: A number that makes no sense.
    """

    def __init__(self, per_s: float, burst: int = 1) -> None:
        if per_s < 0 or burst < 1:
            raise UserError(
                f"a limit of {per_s:g} calls a second with bursts of {burst} is not possible",
                fix="use a rate of at least 0 (0: no limit) and bursts of at least 1",
            )
        self._per_s = per_s
        self._burst = burst
        self._full_s = float("-inf")
        """When it will be full again, if nobody takes any more."""

    async def take(self) -> None:
        """Wait until it is one's turn. A taker that is cancelled while it waits has used its turn."""
        if wait_s := self.reserve(asyncio.get_running_loop().time()):
            await asyncio.sleep(wait_s)

    def reserve(self, now_s: float) -> float:
        """Take the next turn; how many seconds from now it comes."""
        if not self._per_s:
            return 0.0
        begun = max(self._full_s, now_s)
        self._full_s = begun + 1 / self._per_s
        return max(0.0, self._full_s - now_s - self._burst / self._per_s)
