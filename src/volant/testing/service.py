"""What a double of an outside service must be able to do, so that the conformance kit can serve and question it.

A ready one is `testing.job_service.HttpJobService`; write your own where your service speaks otherwise.
"""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from volant.contracts.http import Request, Response


class OutsideJob(NamedTuple):
    """One job that was ever started at a service.

    Attributes:
        name: The name it was given by who started it: a plugin gives its attempt's generated name.
        is_running: Whether it still does something, or waits to.
    """

    name: str
    is_running: bool


class Service(Protocol):
    """A double: lives in the test's own process and outlives every engine of one life.

    It takes its time from asyncio (`asyncio.sleep`, `get_running_loop().time()`), which is virtual. That time
    goes on across engines. Every life of an attempt gets a fresh double.
    """

    async def handle(self, request: Request) -> Response:
        """Act on one request, and answer. A raise is a fault of the double, and fails the test."""
        ...

    def jobs(self) -> Sequence[OutsideJob]:
        """Everything ever started, in order; what was started twice is here twice."""
        ...

    def leftovers(self) -> Sequence[str]:
        """What is still held for somebody, in words; empty when all was let go, e.g. "session a7"."""
        ...
