"""Calls to outside services over one connection pool, on the engine's loop; sync callers are bridged to it.

aiohttp is imported with the first call, in a thread: an engine whose plugins call nobody never pays for it.
See docs/adr/0012-outside-calls.md.
"""

import asyncio
import importlib
import io
import threading
from collections.abc import Coroutine
from concurrent.futures import CancelledError, ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, NoReturn
from urllib.parse import urlsplit

from volant.base.errors import SystemFault, UserError
from volant.base.redacted import redacted
from volant.contracts.http import HttpError, Request, Response
from volant.kit.http_request import make_request, shown_request

if TYPE_CHECKING:
    import aiohttp

CONNECTIONS = 100
"""Open at once, to all hosts. Who finds none free waits in line, within its own timeout."""

MOST_BYTES = 64 * 1024 * 1024
"""An answer may have so many: it is held in memory, which all runs share."""

_LONG_BODY = 1024 * 1024
"""What is sent from here on is read in pieces: the loop is everybody's."""

_BRIDGE_SPARE_S = 5.0
"""A thread waits this much longer than the call may take: then the loop itself is gone."""


class HttpClient:
    """Makes the calls of one engine's plugins. Implements `contracts.http.EngineHttp`.

    Proxies are those of `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY`. There are no cookies and no `.netrc`: what
    a call carries is what its caller said. Messages name neither who logs in nor a query.
    """

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread = 0
        self._session: asyncio.Task[_Session] | None = None

    async def open(self) -> None:
        """Belong to the running loop from now on."""
        self._loop = asyncio.get_running_loop()
        self._thread = threading.get_ident()

    async def close(self) -> None:
        """Let go of all connections; calls still out end as an `HttpError`."""
        self._loop = None
        opened, self._session = self._session, None
        if opened is not None:
            await asyncio.wait([opened])  # where there is no aiohttp it has failed, and every call has said so
            if not opened.cancelled() and opened.exception() is None:
                await opened.result().close()

    def request(self, method: str, url: str, **what: Any) -> Response:
        """Make a call and wait for its answer; for sync methods.

        Raises:
            HttpError: No answer came.
            SystemFault: It was called on the engine's loop, or no engine runs.
            UserError: The URL is none of a service.
        """
        request = make_request(method, url, **what)
        loop = self._opened(request)
        if threading.get_ident() == self._thread:
            raise SystemFault(
                f"{shown_request(request)}: `request` would block the engine's loop",
                fix="an async method says `await http.arequest(...)`",
            )
        return _waited(loop, self._send(request), request)

    async def arequest(self, method: str, url: str, **what: Any) -> Response:
        """The same for async methods.

        Raises:
            HttpError: No answer came.
            SystemFault: It was called on another loop than the engine's, or no engine runs.
            UserError: The URL is none of a service.
        """
        request = make_request(method, url, **what)
        if asyncio.get_running_loop() is not self._opened(request):
            raise SystemFault(
                f"{shown_request(request)}: this is not the engine's loop", fix="say `http.request(...)` in a thread"
            )
        return await self._send(request)

    def _opened(self, request: Request) -> asyncio.AbstractEventLoop:
        if self._loop is None:
            raise HttpError(f"{shown_request(request)}: no engine runs that could make the call")
        return self._loop

    async def _send(self, request: Request) -> Response:
        self._opened(request)
        if self._session is None:
            self._session = asyncio.get_running_loop().create_task(_Session.made())
        # Shielded: the next caller wants the session, also when this one is cancelled.
        session = await asyncio.shield(self._session)
        self._opened(request)  # it may have been closed meanwhile
        return await session.send(request)


class _Session:
    """aiohttp, and the proxies to use."""

    def __init__(self, library: Any, url: Any, proxies: dict[str, str], is_bypassed: Any) -> None:
        self._aiohttp = library
        self._url = url
        self._proxies = proxies
        self._is_bypassed = is_bypassed
        self._client: aiohttp.ClientSession = library.ClientSession(
            connector=library.TCPConnector(limit=CONNECTIONS),
            cookie_jar=library.DummyCookieJar(),
            headers={"user-agent": "volant"},
        )

    @classmethod
    async def made(cls) -> "_Session":
        # A thread of its own: the loop's may all wait for us.
        with ThreadPoolExecutor(1, "volant-http") as thread:
            load = asyncio.get_running_loop().run_in_executor
            names = ("aiohttp", "yarl", "urllib.request")
            library, yarl, web = [await load(thread, importlib.import_module, name) for name in names]
        return cls(library, yarl.URL, web.getproxies_environment(), web.proxy_bypass_environment)

    async def close(self) -> None:
        await self._client.close()

    async def send(self, request: Request) -> Response:
        """The answer, whole.

        Raises:
            HttpError: None came.
            SystemFault: It is too big.
            UserError: The request cannot be sent as it is.
        """
        try:
            return await self._sent(request)
        except TimeoutError as error:
            raise HttpError(f"{shown_request(request)}: no answer within {request.timeout_s:g} s") from error
        except (self._aiohttp.InvalidURL, self._aiohttp.NonHttpUrlClientError, ValueError) as error:
            _refuse(request, error)
        except (self._aiohttp.ClientError, OSError) as error:
            raise HttpError(f"{shown_request(request)}: no answer came: {_told(error, request)}") from error

    async def _sent(self, request: Request) -> Response:
        calling = self._client.request(
            request.method,
            self._url(request.url, encoded=True),  # as it was made: a signature may be over it
            headers=request.headers,
            data=_sendable(request.body),
            proxy=self._proxy(request.url),
            allow_redirects=False,
            timeout=self._aiohttp.ClientTimeout(total=request.timeout_s),
        )
        async with calling as answer:
            headers = {name.lower(): ", ".join(answer.headers.getall(name)) for name in answer.headers}
            body = await _whole(answer, request)
            return Response(status=answer.status, headers=headers, body=body, request=shown_request(request))

    def _proxy(self, url: str) -> str | None:
        parts = urlsplit(url)
        found = self._proxies.get(parts.scheme)
        return None if found is None or self._is_bypassed(parts.netloc.rpartition("@")[2]) else found


def _sendable(body: bytes) -> bytes | io.BytesIO | None:
    return io.BytesIO(body) if len(body) >= _LONG_BODY else body or None


async def _whole(answer: "aiohttp.ClientResponse", request: Request) -> bytes:
    """The body of an answer."""
    found = bytearray()
    async for part in answer.content.iter_any():
        found += part
        if len(found) > MOST_BYTES:
            raise SystemFault(
                f"{shown_request(request)} answered more than {MOST_BYTES // 1024**2} MiB",
                fix="ask for less at a time, or leave the data where it is and hand on its address",
            )
    return bytes(found)


def _waited(loop: asyncio.AbstractEventLoop, call: Coroutine[Any, Any, Response], request: Request) -> Response:
    """What the loop answers a thread."""
    try:
        found = asyncio.run_coroutine_threadsafe(call, loop)
    except RuntimeError as error:
        call.close()
        raise HttpError(f"{shown_request(request)}: the engine is gone") from error
    try:
        return found.result(request.timeout_s + _BRIDGE_SPARE_S)
    except (CancelledError, TimeoutError) as error:
        found.cancel()
        raise HttpError(f"{shown_request(request)}: the engine stopped before the answer came") from error


def _told(error: Exception, request: Request) -> str:
    """What went wrong, without the URL itself: it may say who logs in."""
    said = str(error).replace(request.url, shown_request(request).partition(" ")[2])
    return redacted(said) or type(error).__name__


def _refuse(request: Request, error: Exception) -> NoReturn:
    raise UserError(f"{shown_request(request)} cannot be sent: {_told(error, request)}") from None  # it names the URL
