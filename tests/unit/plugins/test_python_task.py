"""Task types "python-task", "container" and the rest, over processes in memory."""

import asyncio
import datetime as dt
from pathlib import Path

import pytest

from volant.base.errors import Failure, FaultKind, SystemFault, UserError
from volant.contracts.launcher import Job, JobPhase, JobReport
from volant.contracts.plugin import NotYet
from volant.contracts.rows import LogLink
from volant.contracts.status import StatusPhase
from volant.idl import pb
from volant.idl.literals import primitive
from volant.plugins import python_task
from volant.testing.memory_launcher import MemoryLauncher, MemoryProcesses
from volant.testing.plugin_context import FakeAttempt, make_task
from volant.testing.plugin_host import PluginHost

OUTPUTS = pb.LiteralMap(literals={"o0": primitive(1)})
WELL = JobReport(phase=JobPhase.DONE, outputs=OUTPUTS.SerializeToString(), pid=7)
PROGRAM = ("volant-execute", "--inputs", "{{.input}}", "--", "flights.load")
SHELL = ("sh", "-c", "wc -l {{.inputs.table}}")


def leave(job, name, data):
    folder = Path(job.output_prefix)
    folder.mkdir(parents=True)
    (folder / name).write_bytes(data)


class Secrets:
    """Has what it is given, by "group/key"."""

    def __init__(self, found):
        self.found = found

    def find(self, group, key, version=""):
        return self.found.get(f"{group}/{key}")


class Attempt(FakeAttempt):
    """One with secrets."""

    secrets = None


class Scene:
    """A host with two launchers, and one attempt."""

    def __init__(self, tmp_path, command=PROGRAM, *, task=None, end=WELL, settings=None, inputs=None, secrets=None):
        self.pool, self.subprocess = MemoryProcesses(end), MemoryProcesses(end)
        self.host = PluginHost(python_task.build, settings=settings, make_launchers=self.launchers)
        self.task = task or make_task("python-task", command=command)
        self.ctx = Attempt(self.host.plugin, self.task, inputs, root=tmp_path)
        self.ctx.secrets = Secrets(secrets or {})

    def launchers(self):
        return {"pool": MemoryLauncher(self.pool), "subprocess": MemoryLauncher(self.subprocess)}

    def play(self, act):
        async def played():
            async with self.host:
                return await act(self.host, self.ctx)

        return asyncio.run(played())

    def start(self):
        return self.play(PluginHost.start)

    def live(self):
        return self.play(PluginHost.live)


def with_resources(task, requests=(), limits=()):
    for name, value in requests:
        task.container.resources.requests.add(name=name, value=value)
    for name, value in limits:
        task.container.resources.limits.add(name=name, value=value)
    return task


CPU, MEMORY = pb.Resources.CPU, pb.Resources.MEMORY


def test_a_worker_command_becomes_a_job_of_the_pool(tmp_path):
    scene = Scene(tmp_path, inputs={"n": primitive(1)})
    folder = f"{tmp_path}/runs/tests-development-run/n0/data"

    scene.start()

    assert scene.subprocess.jobs == []
    assert scene.pool.jobs == [
        Job(
            key=scene.ctx.key,
            name=scene.ctx.generated_name,
            code="",
            command=("volant-execute", "--inputs", f"file://{folder}/inputs.pb", "--", "flights.load"),
            inputs=scene.ctx.inputs_wire(),
            output_prefix=f"{folder}/0",
            environment={},
            cpu=1.0,
            memory=0,
            memory_limit=0,
            fresh=False,
            log=f"{folder}/0/task.log",
            log_limit=32 * 1024 * 1024,
            output_limit=10 * 1024 * 1024,
        )
    ]


def test_any_other_command_is_a_subprocess_and_sees_paths(tmp_path):
    scene = Scene(tmp_path, ("sh", "-c", "wc {{.inputs.n}} > {{.outputPrefix}}/n"), inputs={"n": primitive(1)})

    scene.start()

    folder = f"{tmp_path}/runs/tests-development-run/n0/data/0"
    assert [job.command for job in scene.subprocess.jobs] == [("sh", "-c", f"wc 1 > {folder}/n")]


@pytest.mark.parametrize(
    ("requests", "limits", "cpu", "memory", "memory_limit"),
    [
        ([(CPU, "500m"), (MEMORY, "1Gi")], [(MEMORY, "2Gi")], 0.5, 2**30, 2**31),
        ([], [(CPU, "2"), (MEMORY, "1Mi")], 2.0, 2**20, 2**20),
        ([(CPU, "0")], [], 1.0, 0, 0),
    ],
)
def test_requests_and_limits_become_numbers(tmp_path, requests, limits, cpu, memory, memory_limit):
    task = with_resources(make_task("python-task", command=PROGRAM), requests, limits)
    scene = Scene(tmp_path, task=task)

    scene.start()

    [job] = scene.pool.jobs
    assert (job.cpu, job.memory, job.memory_limit) == (cpu, memory, memory_limit)


def test_isolation_and_settings_reach_the_job(tmp_path):
    task = make_task("python-task", command=PROGRAM, config={"isolation": "fresh"})
    scene = Scene(tmp_path, task=task, settings={"log_limit_bytes": 5, "output_limit_bytes": 6})

    scene.start()

    [job] = scene.pool.jobs
    assert (job.fresh, job.log_limit, job.output_limit) == (True, 5, 6)


def test_the_template_is_left_only_where_the_command_asks_for_it(tmp_path):
    asks = Scene(tmp_path / "asks", ("cat", "{{.taskTemplatePath}}"))
    does_not = Scene(tmp_path / "does-not", ("cat", "{{.input}}"))

    asks.start()
    does_not.start()

    [job] = asks.subprocess.jobs
    assert pb.TaskTemplate.FromString(Path(job.command[1]).read_bytes()) == asks.task
    assert not (tmp_path / "does-not").exists()


def test_a_life_is_told_phase_by_phase(tmp_path):
    scene = Scene(tmp_path)

    async def act(host, ctx):
        said = []
        while not said or not said[-1].phase.is_terminal:
            said.append(await host.step(ctx, said[-1] if said else None))
            host.save(ctx, said[-1])
        return said

    said = scene.play(act)

    assert said[0].phase == StatusPhase.WAITING_FOR_RESOURCES
    assert said[0].check_after == dt.timedelta(seconds=10)
    assert said[-1].phase == StatusPhase.SUCCEEDED
    assert said[-1].outputs == WELL.outputs
    assert said[-1].logs == (LogLink(f"{scene.ctx.output_prefix}/task.log", "task.log"),)


@pytest.mark.parametrize("retryable", [True, False])
def test_a_failure_is_passed_on_as_it_is(tmp_path, retryable):
    error = Failure("ValueError", "n is 0", FaultKind.USER, place="flights.py:3")
    scene = Scene(tmp_path, end=JobReport(phase=JobPhase.DONE, error=error, retryable=retryable))

    end = scene.live()

    assert end.error == error
    wanted = StatusPhase.RETRYABLE_FAILURE if retryable else StatusPhase.PERMANENT_FAILURE
    assert end.phase == wanted


def test_outputs_left_as_a_file_are_taken_up(tmp_path):
    scene = Scene(tmp_path, SHELL, end=JobReport(phase=JobPhase.DONE), inputs={"table": primitive("t.csv")})

    async def act(host, ctx):
        end = await host.live(ctx)
        leave(scene.subprocess.jobs[0], "outputs.pb", OUTPUTS.SerializeToString())
        return await host.outputs(ctx, end)

    assert scene.play(act) == OUTPUTS


def test_a_process_that_left_no_trace_at_all_is_launched_again_at_no_cost(tmp_path):
    scene = Scene(tmp_path, end=None)

    async def act(host, ctx):
        host.save(ctx, await host.start(ctx))
        scene.pool.lose(ctx.generated_name)
        await host.restart()
        return await host.look(ctx)

    status = scene.play(act)

    assert status.phase in (StatusPhase.WAITING_FOR_RESOURCES, StatusPhase.RUNNING)
    assert [job.name for job in scene.pool.jobs] == [scene.ctx.generated_name] * 2


def test_killing_says_not_yet_while_the_process_lives(tmp_path):
    scene = Scene(tmp_path, end=None)

    async def act(host, ctx):
        host.save(ctx, await host.start(ctx))
        with pytest.raises(NotYet, match=ctx.generated_name) as told:
            await host.plugin.kill_task(ctx, "enough")
        await host.kill(ctx)
        return told.value.after, host.launchers["pool"].look(ctx.key, ctx.generated_name).phase

    assert scene.play(act) == (dt.timedelta(seconds=1), JobPhase.UNKNOWN)


def test_finalize_lets_the_launcher_forget(tmp_path):
    scene = Scene(tmp_path)

    async def act(host, ctx):
        await host.live(ctx)
        await host.finalize(ctx)

    scene.play(act)

    assert scene.pool.released == {scene.ctx.generated_name}


def raw_container():
    task = make_task("raw-container", command=("sh",))
    task.container.data_config.enabled = True
    return task


def without_command():
    task = make_task("container")
    task.container.image = "busybox"
    return task


@pytest.mark.parametrize(
    ("task", "named"),
    [
        (make_task("spark"), "'spark'"),
        (raw_container(), "data_config"),
        (without_command(), "without a command"),
        (make_task("python-task", command=("echo", "{{.inputs.gone}}")), "'gone'"),
        (with_resources(make_task("t", command=PROGRAM), [(MEMORY, "1 GB")]), "'1 GB'"),
    ],
)
def test_a_task_that_can_never_run_is_refused_with_its_reason(tmp_path, task, named):
    scene = Scene(tmp_path, task=task)

    status = scene.start()

    assert (status.phase, status.error.code) == (StatusPhase.PERMANENT_FAILURE, "BadTaskSpecification")
    assert named in status.error.message
    assert status.error.fix
    assert scene.pool.jobs == scene.subprocess.jobs == []


@pytest.mark.parametrize("settings", [{"kill_grace": 3}, {"kill_grace_s": "long"}])
def test_a_wrong_setting_is_named_when_the_engine_starts(tmp_path, settings):
    with pytest.raises(UserError, match=r"\[plugins.python-task\].*kill_grace"):
        Scene(tmp_path, settings=settings).start()


def test_a_launcher_the_engine_lacks_is_the_systems_fault(tmp_path):
    async def act():
        async with PluginHost(python_task.build) as host:
            await host.start(FakeAttempt(host.plugin, make_task("t", command=PROGRAM), root=tmp_path))

    with pytest.raises(SystemFault, match="'pool'"):
        asyncio.run(act())


def with_secrets(*secrets, command=PROGRAM):
    task = make_task("python-task", command=command)
    task.container.env.add(key="MODE", value="fast")
    task.security_context.secrets.extend(secrets)
    return task


def test_secrets_reach_the_job_apart_from_what_may_be_written_down(tmp_path):
    task = with_secrets(pb.Secret(group="db", key="password", env_var="MODE"))
    scene = Scene(tmp_path, task=task, secrets={"db/password": "s3cret"})

    scene.start()

    [job] = scene.pool.jobs
    assert job.environment == {"MODE": "fast"}
    assert job.secrets == {"_FSEC_DB_PASSWORD": "s3cret", "FLYTE_SECRETS_ENV_PREFIX": "_FSEC_", "MODE": "s3cret"}
    assert job.whole_environment["MODE"] == "fast"  # a secret never takes the place of what the author set
    assert "s3cret" not in repr(job.without_secrets())
    assert "s3cret" not in repr(job.command)


def test_a_file_of_a_secret_is_there_until_the_attempt_is_finalized(tmp_path, monkeypatch):
    monkeypatch.setattr("volant.kit.secret_mounts._IN_MEMORY", tmp_path / "memory")
    (tmp_path / "memory").mkdir()
    task = with_secrets(pb.Secret(group="tls", key="cert", mount_requirement=pb.Secret.MountType.FILE))
    scene = Scene(tmp_path / "data", task=task, secrets={"tls/cert": "s3cret"})

    async def act(host, ctx):
        await host.live(ctx)
        folder = Path(scene.pool.jobs[0].secrets["FLYTE_SECRETS_DEFAULT_DIR"])
        before = (folder / "tls/cert").read_text()
        await host.finalize(ctx)
        return folder, before

    folder, before = scene.play(act)

    assert (before, folder.exists()) == ("s3cret", False)
    assert folder.is_relative_to(tmp_path / "memory")


def test_a_task_whose_secret_is_not_there_fails_for_good_before_anything_starts(tmp_path):
    scene = Scene(tmp_path, task=with_secrets(pb.Secret(group="db", key="password")))

    status = scene.start()

    assert status.phase == StatusPhase.PERMANENT_FAILURE
    assert status.error == Failure(
        "SecretNotFound",
        "task tests.python-task: there is no secret 'password' in group 'db'",
        FaultKind.USER,
        fix="set the variable _FSEC_DB_PASSWORD where the engine runs",
    )
    assert scene.pool.jobs == []


def test_a_task_in_a_pod_runs_its_primary_containers_command(tmp_path):
    task = pb.TaskTemplate(type="python-task", config={"primary_container_name": "main"})
    spec = {"containers": [{"name": "side"}, {"name": "main", "args": list(PROGRAM)}]}
    task.k8s_pod.pod_spec.update(spec)
    scene = Scene(tmp_path, task=task)

    scene.start()

    assert [job.command[0] for job in scene.pool.jobs] == ["volant-execute"]
