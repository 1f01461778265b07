"""The programmable double of a job service, in virtual time, and once on a real port."""

import asyncio
import json
import subprocess
import sys
import urllib.request

import pytest

from volant.contracts.http import Request
from volant.testing.job_script import JobScript
from volant.testing.job_service import HttpJobService
from volant.testing.moved_clock import MovedClock
from volant.testing.service import OutsideJob
from volant.testing.virtual_loop import VirtualLoop


def play(scene):
    with asyncio.Runner(loop_factory=lambda: VirtualLoop(MovedClock())) as runner:
        return runner.run(scene)


async def ask(service, what, content=None):
    method, path = what.split()
    body = b"" if content is None else json.dumps(content).encode()
    response = await service.handle(Request(method=method, url=f"http://jobs{path}", body=body))
    return response.status, json.loads(response.body or "null")


def test_a_job_goes_through_its_phases_and_ends_with_its_outputs():
    service = HttpJobService(JobScript(duration_s=10, outputs={"n": 3}))

    async def scene():
        await ask(service, "POST /jobs", {"name": "a", "spec": 1})
        seen = []
        for _ in range(3):
            seen.append(await ask(service, "GET /jobs/j1"))
            await asyncio.sleep(5)
        return seen

    told = {"id": "j1", "name": "a"}
    assert play(scene()) == [
        (200, {**told, "phase": "QUEUED"}),
        (200, {**told, "phase": "RUNNING"}),
        (200, {**told, "phase": "SUCCEEDED", "outputs": {"n": 3}}),
    ]


def test_a_job_without_outputs_of_its_own_gives_back_its_spec():
    service = HttpJobService(JobScript(duration_s=0))

    assert play(ask(service, "POST /jobs", {"name": "a", "spec": [1]}))[1]["outputs"] == [1]


def test_the_script_of_a_request_wins_over_that_of_its_name_and_the_general_one():
    service = HttpJobService(scripts={"b": JobScript(duration_s=0, code="B"), "c": JobScript(duration_s=0, code="C")})

    async def scene():
        own = {"duration_s": 0, "code": "Own", "message": "no"}
        return [
            (await ask(service, "POST /jobs", {"name": "a"}))[1]["phase"],
            (await ask(service, "POST /jobs", {"name": "b"}))[1]["error"]["code"],
            (await ask(service, "POST /jobs", {"name": "c", "script": own}))[1]["error"],
        ]

    assert play(scene()) == ["QUEUED", "B", {"code": "Own", "message": "no"}]


@pytest.mark.parametrize(("idempotent", "jobs"), [(True, ["a"]), (False, ["a", "a"])])
def test_a_name_has_one_job_unless_told_otherwise(idempotent, jobs):
    service = HttpJobService(idempotent=idempotent)

    async def scene():
        await ask(service, "POST /jobs", {"name": "a"})
        await ask(service, "POST /jobs", {"name": "a"})
        return [job["name"] for job in (await ask(service, "GET /jobs?name=a"))[1]["jobs"]]

    assert play(scene()) == jobs
    assert service.jobs() == [OutsideJob(name, True) for name in jobs]


def test_many_are_asked_for_in_one_call_and_unknown_ones_are_left_out():
    service = HttpJobService()

    async def scene():
        for name in "abc":
            await ask(service, "POST /jobs", {"name": name})
        return [job["name"] for job in (await ask(service, "GET /jobs?ids=j3,nobody,j1"))[1]["jobs"]]

    assert play(scene()) == ["c", "a"]
    assert service.calls == {"POST /jobs": 3, "GET /jobs?ids": 1}


def test_a_new_job_is_known_by_its_name_before_it_is_by_its_id():
    service = HttpJobService(visible_after_s=2)

    async def scene():
        await ask(service, "POST /jobs", {"name": "a"})
        before = [await ask(service, f"GET /jobs{what}") for what in ("/j1", "?ids=j1", "?name=a")]
        await asyncio.sleep(2)
        return before, (await ask(service, "GET /jobs/j1"))[0]

    (by_id, by_ids, by_name), later = play(scene())
    assert (by_id[0], by_ids[1]["jobs"], len(by_name[1]["jobs"]), later) == (404, [], 1, 200)


def test_a_deleted_job_stops_and_is_gone():
    service = HttpJobService()

    async def scene():
        await ask(service, "POST /jobs", {"name": "a"})
        return [(await ask(service, what))[0] for what in ("DELETE /jobs/j1", "DELETE /jobs/j1", "GET /jobs/j1")]

    assert play(scene()) == [204, 404, 404]
    assert service.jobs() == [OutsideJob("a", False)]


def test_who_waits_for_a_change_hears_of_it_when_it_comes():
    service = HttpJobService(JobScript(duration_s=10))

    async def scene():
        loop = asyncio.get_running_loop()
        await ask(service, "POST /jobs", {"name": "a"})
        waiting = asyncio.create_task(ask(service, "GET /events?after=0&wait_s=30"))
        await asyncio.sleep(1)
        await ask(service, "POST /jobs", {"name": "b", "script": {"duration_s": 2}})
        first = ((await waiting)[1], loop.time())
        await ask(service, "DELETE /jobs/j2")
        second = ((await ask(service, "GET /events?after=1&wait_s=30"))[1], loop.time())
        nothing = ((await ask(service, "GET /events?after=2&wait_s=1.5"))[1], loop.time())
        return first, second, nothing

    assert play(scene()) == (
        ({"last": 1, "names": ["b"]}, 2.0),
        ({"last": 2, "names": ["b"]}, 2.0),
        ({"last": 2, "names": []}, 3.5),
    )


def test_a_session_not_given_back_is_left_over():
    service = HttpJobService()

    async def scene():
        told = [await ask(service, f"PUT /sessions/{name}") for name in ("a", "a", "b")]
        return [status for status, _ in [*told, await ask(service, "DELETE /sessions/b")]]

    assert play(scene()) == [204, 204, 204, 204]
    assert service.leftovers() == ["session a"]


@pytest.mark.parametrize(
    ("what", "content", "status", "why"),
    [
        ("POST /jobs", {"spec": 1}, 400, "name"),
        ("POST /jobs", {"name": "a", "spec": "other"}, 409, "exists already, with another spec"),
        ("POST /jobs", {"name": "b", "script": {"speed": 9}}, 400, "speed"),
        ("GET /jobs", None, 400, "say which jobs"),
        ("GET /jobs?ids=a,b,c", None, 400, "3 ids in one call; at most 2"),
        ("GET /jobs/j9", None, 404, "there is no job 'j9'"),
        ("GET /events?after=soon", None, 400, "after='soon' is no number"),
        ("GET /events?after=5", None, 400, "begin with after=0"),
        ("DELETE /sessions/a", None, 404, "there is no session 'a'"),
        ("PATCH /jobs/j1", None, 404, "there is no PATCH /jobs/j1 here"),
    ],
)
def test_what_is_wrong_is_answered_with_the_reason(what, content, status, why):
    service = HttpJobService(bulk_limit=2)

    async def scene():
        await ask(service, "POST /jobs", {"name": "a", "spec": 1})
        return await ask(service, what, content)

    answered, told = play(scene())
    assert answered == status
    assert why in told["error"]


def test_a_served_double_is_reached_by_its_url():
    async def scene():
        async with HttpJobService(JobScript(duration_s=0)).serve() as url:
            return await asyncio.to_thread(fetch, f"{url}/jobs", b'{"name": "a", "spec": 7}')

    assert asyncio.run(scene()) == (201, 7)


def test_it_runs_as_a_program_whose_first_line_is_its_url():
    words = [sys.executable, "-m", "volant.testing.job_service", "--duration-s", "0"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as program:
        try:
            url = program.stdout.readline().strip()
            assert fetch(f"{url}/jobs", b'{"name": "a", "spec": 7}') == (201, 7)
        finally:
            program.terminate()
        assert program.stderr.read() == "POST /jobs 201\n"


def fetch(url, body):
    with urllib.request.urlopen(url, data=body, timeout=10) as response:
        return response.status, json.load(response)["outputs"]
