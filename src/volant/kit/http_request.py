"""A call to an outside service, put together once for all who make calls: bytes are the same in tests and outside."""

import json as json_codec
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import SplitResult, quote, urlencode, urlsplit, urlunsplit

from volant.base.errors import UserError
from volant.base.redacted import redacted_uri
from volant.contracts.http import DEFAULT_TIMEOUT_S, Request

LONGEST_TIMEOUT_S = 86_400.0
_JSON = "application/json"
_WORD = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
"""A method, or the name of a header. Source: RFC 9110 5.6.2."""
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_BARE_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
_KEPT = "!$%&'()*+,/:;=?@[]~"
"""What a URL may hold as it is; a signature over it needs that."""


def make_request(
    method: str,
    url: str,
    *,
    headers: Mapping[str, str] = {},
    params: Mapping[str, str] = {},
    json: Any = None,
    body: bytes = b"",
    timeout_s: float = DEFAULT_TIMEOUT_S,
) -> Request:
    """The request the arguments of `contracts.http.Http.request` mean.

    What a URL cannot hold is escaped in UTF-8; escapes that are there stay as they are.

    Raises:
        UserError: It cannot be sent: the URL is not absolute, or neither http nor https; a method, header or timeout
            is none; `json` has no JSON form. Names no value of a header and none of a query.
    """
    names = {str(name).lower(): value for name, value in headers.items()}
    if json is not None:
        names.setdefault("content-type", _JSON)
    made = Request(method=method.upper(), url=_whole(url, params), headers=names, body=body, timeout_s=timeout_s)
    _check(made)
    return made if json is None else _with_json(made, json)


def shown_request(request: Request) -> str:
    """It for messages: "METHOD url" without who logs in, query and fragment."""
    parts = urlsplit(request.url)
    host = parts.netloc.rpartition("@")[2]
    return f"{request.method} {urlunsplit((parts.scheme, host, parts.path, '', ''))}"


def _check(request: Request) -> None:
    if not _WORD.fullmatch(request.method):
        raise UserError(f"{request.method!r} is no HTTP method", fix="write GET, POST, PUT, PATCH or DELETE")
    shown = shown_request(request)
    for name, value in request.headers.items():
        if not _WORD.fullmatch(name):
            raise UserError(f"{shown}: {name!r} is no name of a header", fix="use letters, digits and -")
        if not isinstance(value, str) or _CONTROL.search(value.replace("\t", " ")):
            told = "holds a line break or another control character" if isinstance(value, str) else "is no text"
            raise UserError(f"{shown}: the value of the header {name} {told}", fix="give it a text, and strip() it")
    if not 0 < request.timeout_s <= LONGEST_TIMEOUT_S:
        fix = f"write seconds above 0, at most {LONGEST_TIMEOUT_S:.0f}"
        raise UserError(f"{shown}: timeout_s = {request.timeout_s} is no time to wait", fix=fix)


def _with_json(request: Request, json: Any) -> Request:
    try:
        body = json_codec.dumps(json, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()
    except (TypeError, ValueError, RecursionError) as error:
        fix = "send texts, finite numbers, booleans, None, lists, and dicts of them"
        raise UserError(f"{shown_request(request)}: `json` has no JSON form: {error}", fix=fix) from error
    return Request(
        method=request.method, url=request.url, headers=request.headers, body=body, timeout_s=request.timeout_s
    )  # fmt: skip


def _whole(url: str, params: Mapping[str, str]) -> str:
    """The URL with its query, escaped."""
    try:
        parts = urlsplit("" if _CONTROL.search(url) else url)
        is_web = parts.scheme in ("http", "https") and bool(parts.hostname)
        _ = parts.port  # raises where it is none
        query = "&".join(part for part in (_escaped(parts.query), urlencode(params)) if part)
        whole = urlunsplit((parts.scheme, _host(parts), _escaped(parts.path), query, ""))
    except (ValueError, TypeError):  # a bracket that nothing closes, a port that is none, half a character
        is_web, whole = False, ""
    if not is_web:
        fix = "write it whole: https://host/path; its parts and `params` are texts"
        raise UserError(f"{redacted_uri(str(url))!r} is no address of a service", fix=fix)
    return whole


def _host(parts: SplitResult) -> str:
    """Who logs in, host and port, in ASCII."""
    user, at, host = parts.netloc.rpartition("@")
    name = parts.hostname or ""
    if not host.isascii():
        host = host.lower().replace(name, name.encode("idna").decode(), 1)
    return f"{_escaped(user)}{at}{host}"


def _escaped(part: str) -> str:
    return quote(_BARE_PERCENT.sub("%25", part), safe=_KEPT)
