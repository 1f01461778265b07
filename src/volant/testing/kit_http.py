"""The outside world of one life: serves a double in this process, numbers calls, and lets them go wrong."""

import asyncio
import threading
from typing import Any
from urllib.parse import urlsplit

from msgspec.structs import replace

from volant.base.errors import SystemFault, UnsupportedError
from volant.contracts.http import HttpError, Request, Response
from volant.kit.http_request import make_request, shown_request
from volant.testing.kit_loops import KitLoop
from volant.testing.kit_plan import EngineKilled, Fault, Moment
from volant.testing.kit_stage import Mortal, Stage
from volant.testing.service import Service

LATE_S = 20.0
TRAVEL_S = 0.05
"""Of two attempts at once, both have asked before either is answered."""
_BUSY = Response(status=429, headers={"retry-after": "7"}, body=b"slow down")
_BROKEN = Response(status=500, body=b"an internal error")


class Line:
    """The line to the service, which outlives engines.

    Args:
        service: The double; None where the plugin needs none.
        stage: Of this life.
    """

    def __init__(self, service: Service | None, stage: Stage) -> None:
        self._service = service
        self._stage = stage
        self._answers: dict[tuple[str, str, bytes], Response] = {}

    async def call(self, request: Request, mortal: Mortal) -> Response:
        """Make one call in the name of one engine.

        Raises:
            HttpError: No answer came.
            UnsupportedError: There is no double.
            EngineKilled: The engine died of it.
        """
        mortal.check()
        path = urlsplit(request.url).path or "/"
        call = self._stage.outside_call(request.method, path, is_again=_key(request) in self._answers)
        self._stage.reach(Moment.BEFORE_CALL, call.number, call.what)
        fault = self._fault(call.number, call.what)
        try:
            async with asyncio.timeout(request.timeout_s):
                if self._stage.plan.is_pair:
                    await asyncio.sleep(TRAVEL_S)
                response = await self._answer(request, fault)
        except TimeoutError:
            raise HttpError(f"{shown_request(request)}: no answer within {request.timeout_s:g} s") from None
        mortal.check()
        self._stage.reach(Moment.AFTER_CALL, call.number, call.what)
        return replace(response, request=shown_request(request))

    def _fault(self, number: int, what: str) -> Fault | None:
        plan = self._stage.plan
        if plan.fault is None or plan.fault[0] != number:
            return None
        self._stage.steps.append(f"outside call {number}, {what}, {plan.fault[1]}")
        return plan.fault[1]

    async def _answer(self, request: Request, fault: Fault | None) -> Response:
        match fault:
            case Fault.LOST:
                await _silence()
            case Fault.UNHEARD:
                await self._ask(request)
                await _silence()
            case Fault.RESET:
                await self._ask(request)
                raise HttpError(f"{shown_request(request)}: connection reset by peer")
            case Fault.BUSY:
                return _BUSY
            case Fault.BROKEN:
                return _BROKEN
            case Fault.LATE:
                await asyncio.sleep(LATE_S)
            case Fault.REPEATED:
                await self._ask(request)
            case Fault.STALE if before := self._answers.get(_key(request)):
                return before
        return await self._ask(request)

    async def _ask(self, request: Request) -> Response:
        if self._service is None:
            text = f"{shown_request(request)}: this suite has no double of the service"
            raise UnsupportedError(text, fix="override the fixture `service`")
        try:
            response = await self._service.handle(request)
        except Exception as error:
            self._stage.break_off(f"the double raised {type(error).__name__}: {error}")
            raise
        self._answers[_key(request)] = response
        return response


class KitHttp:
    """What one engine calls through. Implements `contracts.http.EngineHttp`.

    Args:
        line: To the service.
        stage: Of this life.
        mortal: The engine.
        loop: Its loop, running in this thread.
    """

    def __init__(self, line: Line, stage: Stage, mortal: Mortal, loop: KitLoop) -> None:
        self._line = line
        self._stage = stage
        self._mortal = mortal
        self._loop = loop
        self._thread = threading.get_ident()

    async def open(self) -> None:
        """Nothing is to be opened."""

    async def close(self) -> None:
        """Nothing is to be closed."""

    def request(self, method: str, url: str, **how: Any) -> Response:
        """Make a call from a thread, in the loop's time.

        Raises:
            SystemFault: It was called on the loop; that is on record.
            EngineKilled: The engine died meanwhile.
        """
        if threading.get_ident() == self._thread:
            self._stage.blocked(f"http.request({method} {url})")
            raise SystemFault(f"{method} {url}: called on the engine's loop", fix="use `await ctx.http.arequest(…)`")
        self._mortal.check()
        try:
            return self._loop.wait_in_thread(self._line.call(make_request(method, url, **how), self._mortal))
        except BaseException:
            if self._mortal.is_dead:
                raise EngineKilled from None
            raise

    async def arequest(self, method: str, url: str, **how: Any) -> Response:
        """Make a call from a coroutine."""
        return await self._line.call(make_request(method, url, **how), self._mortal)


async def _silence() -> None:
    """Nothing comes any more: the caller's timeout is what ends it."""
    await asyncio.Event().wait()


def _key(request: Request) -> tuple[str, str, bytes]:
    return request.method, request.url, request.body
