"""Calls to outside services, against a real server on this machine."""

import asyncio
import contextlib
import datetime as dt
import gc
import socket
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from typing import Any

import pytest
from aiohttp import web

from volant.base.errors import SystemFault, UserError
from volant.contracts.http import Http, HttpError, HttpRefusedError, HttpUnavailableError, Response
from volant.kit import http_client
from volant.kit.http_client import CONNECTIONS, HttpClient

PATIENCE_S = 20
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def in_loop(scene: Callable[[], Coroutine[Any, Any, None]]) -> None:
    async def within() -> None:
        await asyncio.wait_for(scene(), PATIENCE_S)

    asyncio.run(within())


@contextlib.asynccontextmanager
async def opened() -> AsyncIterator[HttpClient]:
    client = HttpClient()
    await client.open()
    try:
        yield client
    finally:
        await client.close()


@contextlib.asynccontextmanager
async def served(handler: Handler) -> AsyncIterator[str]:
    """The address of a server that answers everything with `handler`."""
    runner = web.ServerRunner(web.Server(handler), shutdown_timeout=0.01)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    try:
        yield f"http://{host}:{port}"
    finally:
        await runner.cleanup()


async def mirror(request: web.Request) -> web.Response:
    """What arrived."""
    return web.json_response(
        {
            "method": request.method,
            "path": request.path_qs,
            "body": (await request.read()).decode(),
            "headers": {name.lower(): value for name, value in request.headers.items()},
        },
        headers={"X-Mine": "Yes"},
    )


def free_port() -> int:
    """Where nobody listens."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return int(held.getsockname()[1])


# ------------------------------------------------------------------------------------------------- what is sent


def test_a_call_arrives_as_it_was_said_and_its_answer_comes_whole() -> None:
    async def scene() -> None:
        async with served(mirror) as url, opened() as http:
            answer = await http.arequest(
                "post", f"{url}/jobs?a=1", headers={"X-Token": "t"}, params={"b": "2 3"}, json={"name": "é"}
            )

        assert (answer.status, answer.request) == (200, f"POST {url}/jobs")
        assert answer.headers["x-mine"] == "Yes"
        assert all(name == name.lower() for name in answer.headers)
        said = answer.json()
        assert (said["method"], said["path"], said["body"]) == ("POST", "/jobs?a=1&b=2+3", '{"name":"é"}')
        assert said["headers"]["content-type"] == "application/json"
        assert (said["headers"]["x-token"], said["headers"]["user-agent"]) == ("t", "volant")

    in_loop(scene)


def test_bytes_are_sent_as_they_are() -> None:
    async def scene() -> None:
        async with served(mirror) as url, opened() as http:
            said = (await http.arequest("PUT", url, body=b"raw", headers={"Content-Type": "text/plain"})).json()

        assert (said["body"], said["headers"]["content-type"]) == ("raw", "text/plain")

    in_loop(scene)


def test_a_long_body_arrives_whole_and_nobody_is_warned() -> None:
    async def count(request: web.Request) -> web.Response:
        return web.json_response(sum([len(part) async for part in request.content.iter_any()]))

    async def scene() -> None:
        async with served(count) as url, opened() as http:
            assert (await http.arequest("PUT", url, body=b"x" * 3_000_000)).json() == 3_000_000

    in_loop(scene)


def test_an_answer_too_big_to_hold_is_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    async def long(_: web.Request) -> web.Response:
        return web.Response(body=b"x" * 3_000_000)

    monkeypatch.setattr(http_client, "MOST_BYTES", 2 * 1024 * 1024)

    async def scene() -> None:
        async with served(long) as url, opened() as http:
            with pytest.raises(SystemFault, match="answered more than 2 MiB"):
                await http.arequest("GET", url)

    in_loop(scene)


def test_a_sync_method_waits_in_its_thread_while_the_loop_goes_on() -> None:
    async def scene() -> None:
        async with served(mirror) as url, opened() as http:
            answers = await asyncio.gather(
                *(asyncio.to_thread(http.request, "GET", f"{url}/{number}") for number in range(8))
            )

        assert [answer.json()["path"] for answer in answers] == [f"/{number}" for number in range(8)]

    in_loop(scene)


def test_redirects_are_not_followed_and_cookies_not_kept() -> None:
    seen: list[str] = []

    async def elsewhere(request: web.Request) -> web.Response:
        seen.append(request.headers.get("cookie", ""))
        return web.Response(status=302, headers={"Location": "/other", "Set-Cookie": "who=me"})

    async def scene() -> None:
        async with served(elsewhere) as url, opened() as http:
            for _ in range(2):
                answer = await http.arequest("GET", url)
                assert (answer.status, answer.headers["location"]) == (302, "/other")

    in_loop(scene)
    assert seen == ["", ""]


def test_a_signature_in_a_query_arrives_unchanged() -> None:
    async def scene() -> None:
        async with served(mirror) as url, opened() as http:
            said = (await http.arequest("GET", f"{url}/a%2Fb?sig=x%2By%3D&by=AKIA%2F1&of=%7Ea%21")).json()

        assert said["path"] == "/a%2Fb?sig=x%2By%3D&by=AKIA%2F1&of=%7Ea%21"

    in_loop(scene)


def test_many_at_once_share_a_bounded_number_of_connections() -> None:
    most = open_now = 0

    async def counting(_: web.Request) -> web.Response:
        nonlocal most, open_now
        open_now += 1
        most = max(most, open_now)
        await asyncio.sleep(0)
        open_now -= 1
        return web.Response()

    async def scene() -> None:
        async with served(counting) as url, opened() as http:
            answers = await asyncio.gather(*(http.arequest("GET", url) for _ in range(CONNECTIONS + 20)))
            assert {answer.status for answer in answers} == {200}

    in_loop(scene)
    assert most <= CONNECTIONS


# ----------------------------------------------------------------------------------------------- no answer came


async def nothing(_: web.Request) -> web.Response:
    """Answers never."""
    return await asyncio.get_running_loop().create_future()


def test_a_call_that_takes_too_long_names_itself_and_the_time_but_no_secret() -> None:
    async def scene() -> None:
        async with served(nothing) as url, opened() as http:
            address = url.replace("://", "://me:pass@") + "/jobs?token=hidden"
            with pytest.raises(HttpError) as caught:
                await http.arequest("GET", address, timeout_s=0.01)

        assert str(caught.value) == f"GET {url}/jobs: no answer within 0.01 s"

    in_loop(scene)


def test_a_thread_learns_of_a_timeout_as_well() -> None:
    async def scene() -> None:
        async with served(nothing) as url, opened() as http:
            with pytest.raises(HttpError, match="no answer within"):
                await asyncio.to_thread(http.request, "GET", url, timeout_s=0.01)

    in_loop(scene)


def test_a_refused_connection_says_where_and_nothing_secret() -> None:
    async def scene() -> None:
        port = free_port()
        async with opened() as http:
            with pytest.raises(HttpError, match=f"POST http://127.0.0.1:{port}/jobs: no answer came: .*connect") as one:
                await http.arequest("POST", f"http://me:pass@127.0.0.1:{port}/jobs?token=hidden")

        assert "pass" not in str(one.value)
        assert "hidden" not in str(one.value)

    in_loop(scene)


def test_a_connection_reset_midway_is_no_answer() -> None:
    async def reset(request: web.Request) -> web.Response:
        assert request.transport is not None
        request.transport.abort()
        return web.Response()

    async def scene() -> None:
        async with served(reset) as url, opened() as http:
            with pytest.raises(HttpError, match="no answer came"):
                await http.arequest("POST", url, json=1)

    in_loop(scene)


def test_half_an_answer_is_none() -> None:
    async def half(request: web.Request) -> web.StreamResponse:
        answer = web.StreamResponse(headers={"Content-Length": "100"})
        await answer.prepare(request)
        await answer.write(b"half")
        assert request.transport is not None
        request.transport.abort()
        return answer

    async def scene() -> None:
        async with served(half) as url, opened() as http:
            with pytest.raises(HttpError, match="no answer came"):
                await http.arequest("GET", url)

    in_loop(scene)


def test_a_name_nobody_knows_is_no_answer() -> None:
    async def scene() -> None:
        async with opened() as http:
            with pytest.raises(HttpError, match=r"GET http://nobody\.invalid/: no answer came"):
                await http.arequest("GET", "http://nobody.invalid/")

    in_loop(scene)


# ------------------------------------------------------------------------------------------------- wrong calls


@pytest.mark.parametrize("url", ["/jobs", "ftp://host/jobs", "http://", "host/jobs", "http://[::1/"])
def test_an_address_of_no_service_is_the_authors_error(url: str) -> None:
    async def scene() -> None:
        async with opened() as http:
            with pytest.raises(UserError, match="no address of a service"):
                await http.arequest("GET", url)

    in_loop(scene)


def test_a_request_that_cannot_be_sent_is_the_authors_error_and_its_secrets_stay_hidden() -> None:
    async def scene() -> None:
        async with opened() as http:
            with pytest.raises(UserError, match="GET http://localhost/ cannot be sent") as caught:
                await http.arequest("GET", "http://me:pass@localhost/?token=hidden", headers={"Authorization": "x"})

        assert "pass" not in str(caught.value)
        assert "hidden" not in str(caught.value)

    in_loop(scene)


def test_the_engines_loop_is_never_blocked() -> None:
    async def scene() -> None:
        async with opened() as http:
            with pytest.raises(SystemFault, match="would block the engine's loop") as caught:
                http.request("GET", "http://localhost/")

        assert caught.value.fix == "an async method says `await http.arequest(...)`"

    in_loop(scene)


def test_another_loop_than_the_engines_is_refused() -> None:
    async def scene() -> None:
        async with opened() as http:
            with pytest.raises(SystemFault, match="not the engine's loop"):
                await asyncio.to_thread(asyncio.run, http.arequest("GET", "http://localhost/"))

    in_loop(scene)


def test_nobody_calls_before_it_is_opened_or_after_it_is_closed() -> None:
    async def scene() -> None:
        http = HttpClient()
        with pytest.raises(HttpError, match="no engine runs"):
            await http.arequest("GET", "http://localhost/")
        await http.open()
        await http.close()
        await http.close()
        with pytest.raises(HttpError, match="no engine runs"):
            await asyncio.to_thread(http.request, "GET", "http://localhost/")

    in_loop(scene)


def test_closing_ends_the_calls_that_are_out() -> None:
    arrived = threading.Semaphore(0)

    async def silent(_: web.Request) -> web.Response:
        arrived.release()
        return await asyncio.get_running_loop().create_future()

    async def scene() -> None:
        async with served(silent) as url, opened() as http:
            calls = [
                asyncio.create_task(http.arequest("GET", url)),
                asyncio.create_task(asyncio.to_thread(http.request, "GET", url)),
            ]
            for _ in calls:
                await asyncio.to_thread(arrived.acquire)
            await http.close()

            ends = await asyncio.gather(*calls, return_exceptions=True)

        assert [type(end) for end in ends] == [HttpError, HttpError]

    in_loop(scene)


def test_a_call_that_finds_the_client_closed_when_it_is_loaded_gets_no_answer() -> None:
    async def scene() -> None:
        http = HttpClient()
        await http.open()
        calling = asyncio.create_task(http.arequest("GET", "http://127.0.0.1:9/"))
        await asyncio.sleep(0)
        await http.close()
        with pytest.raises(HttpError, match="no engine runs"):
            await calling

    in_loop(scene)


def test_a_caller_who_gives_up_takes_nothing_from_the_next() -> None:
    async def scene() -> None:
        async with served(mirror) as url, opened() as http:
            first = asyncio.create_task(http.arequest("GET", url))
            await asyncio.sleep(0)
            first.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await first

            assert (await http.arequest("GET", url)).is_success

    in_loop(scene)


def test_nothing_is_left_open() -> None:
    async def scene() -> None:
        async with served(mirror) as url, opened() as http:
            await http.arequest("GET", url)

    in_loop(scene)
    gc.collect()  # what was left open would warn now


# ------------------------------------------------------------------------------------------------ surroundings


def test_a_proxy_of_the_environment_is_used_and_its_exceptions_are_respected(monkeypatch: pytest.MonkeyPatch) -> None:
    async def proxy(request: web.Request) -> web.Response:
        return web.json_response({"asked": str(request.raw_path), "auth": request.headers.get("proxy-authorization")})

    async def scene() -> None:
        async with served(proxy) as through, served(mirror) as direct:
            monkeypatch.setenv("http_proxy", through.replace("://", "://me:pass@"))
            monkeypatch.setenv("no_proxy", "127.0.0.1")
            async with opened() as http:
                said = (await http.arequest("GET", "http://service.invalid/jobs")).json()
                answer = (await http.arequest("GET", f"{direct}/mine")).json()

        assert said == {"asked": "http://service.invalid/jobs", "auth": "Basic bWU6cGFzcw=="}
        assert answer["path"] == "/mine"

    in_loop(scene)


def test_an_engine_that_calls_nobody_loads_no_client() -> None:
    program = "import sys, volant.kit.http_client; print([name for name in sys.modules if name == 'aiohttp'])"

    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert found.stdout.strip() == "[]"


# ---------------------------------------------------------------------------------------------------- answers


async def answer_with(status: int, text: str = "", **headers: str) -> Any:
    async def handler(_: web.Request) -> web.Response:
        return web.Response(status=status, text=text, headers=headers)

    async with served(handler) as url, opened() as http:
        client: Http = http
        return await client.arequest("GET", f"{url}/jobs?token=hidden")


@pytest.mark.parametrize("status", [408, 425, 429, 500, 503])
def test_a_service_that_cannot_now_may_be_asked_again(status: int) -> None:
    async def scene() -> None:
        answer = await answer_with(status, "busy", **{"Retry-After": "7"})
        with pytest.raises(HttpUnavailableError, match=f"/jobs answered {status}: busy") as caught:
            answer.checked()

        assert (caught.value.status, caught.value.retry_after) == (status, dt.timedelta(seconds=7))
        assert "hidden" not in str(caught.value)

    in_loop(scene)


@pytest.mark.parametrize("status", [302, 400, 404, 409])
def test_a_service_that_refuses_is_not_asked_again(status: int) -> None:
    async def scene() -> None:
        with pytest.raises(HttpRefusedError, match=f"answered {status}: nothing") as caught:
            (await answer_with(status)).checked()

        assert caught.value.status == status

    in_loop(scene)


def test_an_answer_that_is_no_json_says_what_it_is_instead() -> None:
    async def scene() -> None:
        with pytest.raises(SystemFault, match="answered no JSON: <html>"):
            (await answer_with(200, "<html>" + "x" * 1000)).checked().json()

    in_loop(scene)


@pytest.mark.parametrize("said", ["86401", "9" * 30, "9" * 5000])
def test_a_service_that_asks_to_come_in_ages_is_asked_in_a_day(said: str) -> None:
    assert Response(status=429, headers={"retry-after": said}).retry_after == dt.timedelta(days=1)


def test_json_that_is_too_deep_is_none() -> None:
    with pytest.raises(SystemFault, match="answered no JSON"):
        Response(status=200, body=b"[" * 100_000, request="GET http://h/").json()


def test_what_a_service_repeats_of_a_request_is_told_without_its_credentials() -> None:
    refusal = Response(status=403, body=b"no: https://me:pass@h/a?token=t0ken", request="GET http://h/a")
    with pytest.raises(HttpRefusedError) as caught:
        refusal.checked()
    assert "https://[secret]@h/a?token=[secret]" in str(caught.value)


def test_a_date_to_retry_after_counts_as_not_said() -> None:
    async def scene() -> None:
        answer = await answer_with(503, **{"Retry-After": "Wed, 21 Oct 2037 07:28:00 GMT"})

        assert answer.retry_after is None

    in_loop(scene)
