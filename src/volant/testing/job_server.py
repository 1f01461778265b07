"""Serves a double on a real port, for examples, benchmarks, and clients that are no plugin of ours."""

import argparse
import asyncio
import logging
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress

from aiohttp import web

from volant.contracts.http import Request
from volant.testing.job_script import JobScript
from volant.testing.service import Service

HOST = "127.0.0.1"
_log = logging.getLogger("volant.job_service")


@asynccontextmanager
async def served(service: Service, *, port: int = 0) -> AsyncIterator[str]:
    """Serve a double on this machine.

    Args:
        service: What answers.
        port: 0 for any free one.

    Yields:
        Its URL, without a slash at the end.
    """

    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        return await _answered(service, request)

    runner = web.ServerRunner(web.Server(answer, access_log=None), shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, HOST, port).start()
        yield f"http://{HOST}:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


async def _answered(service: Service, request: web.BaseRequest) -> web.StreamResponse:
    headers = {name.lower(): value for name, value in request.headers.items()}
    body = await request.read()
    asked = Request(method=request.method, url=str(request.url), headers=headers, body=body)
    given = await service.handle(asked)
    if request.method != "GET":
        _log.info("%s %s %d", request.method, request.path, given.status)
    return web.Response(status=given.status, headers=dict(given.headers), body=given.body)


def serve_jobs(make: Callable[..., Service], arguments: Sequence[str] | None = None) -> None:
    """The program: serve a double until interrupted. Its URL is the first line of output; progress goes to stderr.

    Args:
        make: `HttpJobService`.
        arguments: Of the command line; None for the process's own.
    """
    parser = argparse.ArgumentParser(prog="python -m volant.testing.job_service", description="A job service to try.")
    parser.add_argument("--port", type=int, default=0, help="0 for any free one")
    parser.add_argument("--duration-s", type=float, default=5.0, help="how long a job takes")
    parser.add_argument("--bulk-limit", type=int, default=100, help="how many ids one call may ask for")
    asked = parser.parse_args(arguments)
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(message)s")
    service = make(JobScript(duration_s=asked.duration_s), bulk_limit=asked.bulk_limit)
    with suppress(KeyboardInterrupt):
        asyncio.run(_serve_until_interrupted(service, asked.port))


async def _serve_until_interrupted(service: Service, port: int) -> None:
    async with served(service, port=port) as url:
        sys.stdout.write(f"{url}\n")
        sys.stdout.flush()
        await asyncio.Event().wait()
