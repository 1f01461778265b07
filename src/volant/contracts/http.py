"""The one way of plugins to outside services, so that tests can stand in for them and calls can be recorded.

Every call is given to an `Http`; nobody opens a connection of his own. Two spellings: `request` blocks and is for
sync methods, which run in threads; `arequest` is for async ones, which share the engine's loop.
Implementation: `kit.http_client`. In tests the conformance kit serves a double in the same process.
"""

import datetime as dt
import json as json_codec
from collections.abc import Mapping
from typing import Any, Protocol, Self

from msgspec import Struct

from volant.base.errors import SystemFault, UserError
from volant.base.redacted import redacted

DEFAULT_TIMEOUT_S = 30.0
"""Shorter than an engine's deadline for a plugin call, so that the cause is told and not the consequence."""

_TRANSIENT = frozenset({408, 425, 429})
_EXCERPT = 300
_LONGEST_WAIT = dt.timedelta(days=1)


class HttpError(SystemFault):
    """No answer came: refused, reset, timed out, not resolved. Whether the service acted on it is not known."""


class HttpUnavailableError(SystemFault):
    """The service answered that it cannot now: 408, 425, 429 or 5xx.

    Attributes:
        status: The code.
        retry_after: What the service asked for; None where it did not say.
    """

    def __init__(self, message: str, *, status: int, retry_after: dt.timedelta | None) -> None:
        super().__init__(message, fix="the call is made again by itself; see the service if it stays so")
        self.status = status
        self.retry_after = retry_after


class HttpRefusedError(UserError):
    """The service answered that the request is wrong: any other 3xx or 4xx. Repeating it cannot help.

    Attributes:
        status: The code.
    """

    def __init__(self, message: str, *, status: int) -> None:
        super().__init__(message)
        self.status = status


class Request(Struct, frozen=True, kw_only=True):
    """One call, as it leaves.

    Attributes:
        method: Upper case.
        url: Whole, with its query.
        headers: Names in lower case.
        body: Empty for none.
        timeout_s: From first to last byte.
    """

    method: str
    url: str
    headers: Mapping[str, str] = {}
    body: bytes = b""
    timeout_s: float = DEFAULT_TIMEOUT_S


class Response(Struct, frozen=True, kw_only=True):
    """One answer, whole.

    Attributes:
        request: What it answers, as "METHOD url" without the query, for messages.
        status: 100 to 599.
        headers: Names in lower case.
        body: Empty for none.
    """

    status: int
    headers: Mapping[str, str] = {}
    body: bytes = b""
    request: str = ""

    @property
    def is_success(self) -> bool:
        """Whether it is a 2xx."""
        return 200 <= self.status < 300

    def text(self) -> str:
        """The body as UTF-8; what is none is replaced."""
        return self.body.decode("utf-8", errors="replace")

    def json(self) -> Any:
        """The body, parsed.

        Raises:
            SystemFault: It is no JSON.
        """
        try:
            return json_codec.loads(self.body)
        except (ValueError, RecursionError) as error:
            raise SystemFault(f"{self.request} answered no JSON: {self._excerpt()}") from error

    def checked(self) -> Self:
        """This answer, if it is a 2xx.

        Raises:
            HttpUnavailableError: The service cannot now; the same call may succeed later.
            HttpRefusedError: The request is wrong; a plugin call that raises it ends its attempt.
        """
        if self.is_success:
            return self
        message = f"{self.request} answered {self.status}: {self._excerpt()}"
        if self.status in _TRANSIENT or self.status >= 500:
            raise HttpUnavailableError(message, status=self.status, retry_after=self.retry_after)
        raise HttpRefusedError(message, status=self.status)

    @property
    def retry_after(self) -> dt.timedelta | None:
        """How long the service asks to wait, at most a day (in seconds; its date form counts as not said)."""
        said = self.headers.get("retry-after", "").strip()
        if not (said.isascii() and said.isdigit()):
            return None
        most = int(_LONGEST_WAIT.total_seconds())
        return dt.timedelta(seconds=min(int(said), most) if len(said) <= len(str(most)) else most)

    def _excerpt(self) -> str:
        head = self.body[: 16 * _EXCERPT].decode("utf-8", errors="replace")
        text = redacted(" ".join(head.split()))  # services like to repeat what they were asked
        return (text if len(text) <= _EXCERPT else f"{text[:_EXCERPT]}…") or "nothing"


class Http(Protocol):
    """Makes calls. From any thread; every call has a timeout; redirects are not followed."""

    def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] = {},
        params: Mapping[str, str] = {},
        json: Any = None,
        body: bytes = b"",
        timeout_s: float = DEFAULT_TIMEOUT_S,
    ) -> Response:
        """Make a call and wait for its answer; for sync methods.

        Args:
            method: "GET", "POST", …
            url: Absolute, http or https.
            headers: Added.
            params: Added to the query.
            json: Sent as JSON; None for none.
            body: Sent as it is, where there is no `json`.
            timeout_s: For the whole call; above 0, at most a day.

        Raises:
            HttpError: No answer came.
            SystemFault: It was called on the engine's loop, which it would block: use `arequest` there.
            UserError: It cannot be sent as it is.
        """
        ...

    async def arequest(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] = {},
        params: Mapping[str, str] = {},
        json: Any = None,
        body: bytes = b"",
        timeout_s: float = DEFAULT_TIMEOUT_S,
    ) -> Response:
        """The same for async methods.

        Raises:
            HttpError: No answer came.
            UserError: It cannot be sent as it is.
        """
        ...


class EngineHttp(Http, Protocol):
    """What an engine is given: it opens it before any plugin is initialized, and closes it last."""

    async def open(self) -> None:
        """Belong to the running loop from now on; connects nowhere yet."""
        ...

    async def close(self) -> None:
        """Let go of all connections; calls still out end as an `HttpError`. Idempotent; also if never opened."""
        ...
