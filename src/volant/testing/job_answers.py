"""What the double `HttpJobService` is asked, and how it answers."""

import json
from collections.abc import Mapping
from typing import Any

import msgspec

from volant.contracts.http import Response
from volant.testing.job_script import JobScript


class Asked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The body of a POST.

    Attributes:
        name: The job's.
        spec: Whatever the caller likes.
        script: How it should go.
    """

    name: str
    spec: Any = None
    script: JobScript | None = None


class RefusalError(Exception):
    """A request is wrong.

    Attributes:
        status: 400, 404 or 409.
    """

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


def asked_for(body: bytes) -> Asked:
    """The body of a POST, read.

    Raises:
        RefusalError: It is no such body.
    """
    try:
        return msgspec.json.decode(body, type=Asked)
    except (msgspec.DecodeError, ValueError) as error:
        raise RefusalError(400, f'the body should be {{"name": "…", "spec": …}}: {error}') from error


def number_in(query: Mapping[str, str], key: str) -> float:
    """A number of a query; 0 where it is left out.

    Raises:
        RefusalError: It is none, or below 0.
    """
    text = query.get(key, "0")
    if not text.replace(".", "", 1).isdecimal():
        raise RefusalError(400, f"{key}={text!r} is no number of 0 or more")
    return float(text)


def answer(status: int, content: Any) -> Response:
    """An answer in JSON."""
    body = json.dumps(content, sort_keys=True).encode()
    return Response(status=status, headers={"content-type": "application/json"}, body=body)
