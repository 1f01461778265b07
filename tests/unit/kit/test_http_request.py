"""What may be sent, and what is refused before anything leaves."""

from typing import Any

import pytest

from volant.base.errors import UserError
from volant.kit.http_request import make_request, shown_request


@pytest.mark.parametrize(
    ("url", "sent"),
    [
        ("http://h/a%2Fb?C=AKIA%2F2023%2Bz&s=a%7Eb%21&t=a+b%20c", None),
        ("http://h/a b?q=c d", "http://h/a%20b?q=c%20d"),
        ("http://h/ä?q=ö", "http://h/%C3%A4?q=%C3%B6"),
        ("http://h/100%", "http://h/100%25"),
        ("http://me:p%40ss@Exämple.org:8080/", "http://me:p%40ss@xn--exmple-cua.org:8080/"),
        ("http://[::1]:8080/a", None),
        ("http://h/a?x=1#part", "http://h/a?x=1"),
    ],
)
def test_escapes_stay_as_they_are_and_what_a_url_cannot_hold_is_escaped(url: str, sent: str | None) -> None:
    assert make_request("GET", url).url == (sent or url)


def test_params_are_added_to_the_query_in_utf_8() -> None:
    made = make_request("GET", "https://h/a?x=1", params={"ü": "ß &="})
    assert made.url == "https://h/a?x=1&%C3%BC=%C3%9F+%26%3D"


@pytest.mark.parametrize(
    "url", ["http://h/a\r\nX: y", "http://h:99999/", "http://h:port/", "http://h/\ud800", "//h/a", 5, None]
)
def test_what_is_no_address_is_refused(url: Any) -> None:
    with pytest.raises(UserError, match="no address of a service") as caught:
        make_request("GET", url)
    assert "https://host/path" in caught.value.fix


@pytest.mark.parametrize(
    ("headers", "said"),
    [
        ({"Authorization": "Bearer s3cret\n"}, "the value of the header authorization holds a line break"),
        ({"X-A": "s3cret\x00"}, "the value of the header x-a holds a line break or another control character"),
        ({"X-A": 5}, "the value of the header x-a is no text"),
        ({"X: a\r\nX-B": "s3cret"}, "no name of a header"),
        ({"": "s3cret"}, "no name of a header"),
    ],
)
def test_a_header_smuggles_nothing_and_its_value_is_not_told(headers: Any, said: str) -> None:
    with pytest.raises(UserError, match=said) as caught:
        make_request("GET", "http://me:pass@h/a?token=t0ken", headers=headers)
    told = f"{caught.value} {caught.value.fix}"
    assert told.startswith("GET http://h/a: ")
    assert not [secret for secret in ("s3cret", "pass", "t0ken") if secret in told]


def test_a_method_smuggles_nothing() -> None:
    with pytest.raises(UserError, match="no HTTP method"):
        make_request("GET / HTTP/1.1\r\nX: y", "http://h/")


@pytest.mark.parametrize("timeout_s", [0, -1, float("nan"), float("inf"), 1e9])
def test_every_call_has_a_timeout(timeout_s: float) -> None:
    with pytest.raises(UserError, match=r"timeout_s = .* is no time to wait"):
        make_request("GET", "http://h/", timeout_s=timeout_s)


@pytest.mark.parametrize("json", [float("nan"), object(), {"a": {1, 2}}, "\ud800"])
def test_what_has_no_json_form_is_refused(json: Any) -> None:
    with pytest.raises(UserError, match=r"POST http://h/: `json` has no JSON form"):
        make_request("POST", "http://h/", json=json)


def test_a_request_is_shown_without_who_logs_in_and_without_its_query() -> None:
    assert shown_request(make_request("get", "http://me:pass@h:1/a?token=t")) == "GET http://h:1/a"
