"""Task types "python-task", "container" and the rest, over processes in memory."""

import datetime as dt
import itertools
from pathlib import Path

import pytest
from msgspec.structs import replace
from plugin_lives import life_of, said

from volant.base.errors import Failure, FaultKind
from volant.base.ids import ActionName, AttemptKey
from volant.base.phases import RunPhase
from volant.contracts.launcher import Job, JobPhase, JobReport
from volant.contracts.plugin import NotYet
from volant.contracts.rows import LogLink
from volant.contracts.status import StatusPhase
from volant.idl import pb
from volant.idl.literals import primitive, wire
from volant.plugins import python_task
from volant.testing.kit_plan import Moment, Plan, Point
from volant.testing.kit_stage import RUN
from volant.testing.kit_work import NODE
from volant.testing.memory_launcher import MemoryLauncher, MemoryProcesses
from volant.testing.plugin_context import make_task

OUTPUTS = pb.LiteralMap(literals={"o0": primitive(1)})
WELL = JobReport(phase=JobPhase.DONE, outputs=OUTPUTS.SerializeToString(), pid=7)
PROGRAM = ("volant-execute", "--inputs", "{{.input}}", "--", "flights.load")
SHELL = ("sh", "-c", "wc -l {{.inputs.table}}")


KEY = AttemptKey(RUN, ActionName(NODE), 0)


class Scene:
    """An engine with two launchers over processes in memory, and one attempt; or what becomes of it."""

    def __init__(
        self,
        tmp_path,
        command=PROGRAM,
        *,
        task=None,
        end=WELL,
        settings=None,
        inputs=None,
        secrets=None,
        build=python_task.build,
        pool=None,
        subprocess=None,
        **more,
    ):
        self.pool, self.subprocess = pool or MemoryProcesses(end), subprocess or MemoryProcesses(end)
        self.task = task or make_task("python-task", command=command)
        self.folder = f"{tmp_path}/runs/kit-tests-life/n0/data"
        self.cast = {"settings": settings or {}, "secrets": secrets or {}, "launchers": self.launchers, **more}
        self.life = lambda plan=None: life_of(build, self.task, tmp_path, inputs, plan, **self.cast)

    def launchers(self, _):
        return {"pool": MemoryLauncher(self.pool), "subprocess": MemoryLauncher(self.subprocess)}

    def start(self):
        return said(self.life())[0]


def with_resources(task, requests=(), limits=()):
    for name, value in requests:
        task.container.resources.requests.add(name=name, value=value)
    for name, value in limits:
        task.container.resources.limits.add(name=name, value=value)
    return task


CPU, MEMORY = pb.Resources.CPU, pb.Resources.MEMORY


def test_a_worker_command_becomes_a_job_of_the_pool(tmp_path):
    scene = Scene(tmp_path, inputs={"n": primitive(1)})

    life = scene.life()

    [job] = scene.pool.launched
    assert scene.subprocess.launched == []
    assert replace(job, environment={}) == Job(
        key=KEY,
        name=life.attempts[0].generated_name,
        code="",
        command=("volant-execute", "--inputs", f"file://{scene.folder}/inputs.pb", "--", "flights.load"),
        inputs=wire(pb.LiteralMap(literals={"n": primitive(1)})),
        output_prefix=f"{scene.folder}/0",
        environment={},
        cpu=1.0,
        memory=0,
        memory_limit=0,
        fresh=False,
        log=f"{scene.folder}/0/task.log",
        log_limit=32 * 1024 * 1024,
        output_limit=10 * 1024 * 1024,
    )


def test_any_other_command_is_a_subprocess_and_sees_paths(tmp_path):
    scene = Scene(tmp_path, ("sh", "-c", "wc {{.inputs.n}} > {{.outputPrefix}}/n"), inputs={"n": primitive(1)})

    scene.start()

    assert [job.command for job in scene.subprocess.launched] == [("sh", "-c", f"wc 1 > {scene.folder}/0/n")]


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

    [job] = scene.pool.launched
    assert (job.cpu, job.memory, job.memory_limit) == (cpu, memory, memory_limit)


def test_isolation_and_settings_reach_the_job(tmp_path):
    task = make_task("python-task", command=PROGRAM, config={"isolation": "fresh"})
    scene = Scene(tmp_path, task=task, settings={"log_limit_bytes": 5, "output_limit_bytes": 6})

    scene.start()

    [job] = scene.pool.launched
    assert (job.fresh, job.log_limit, job.output_limit) == (True, 5, 6)


def test_the_template_is_left_only_where_the_command_asks_for_it(tmp_path):
    asks = Scene(tmp_path / "asks", ("cat", "{{.taskTemplatePath}}"))
    does_not = Scene(tmp_path / "does-not", ("cat", "{{.input}}"))

    asks.start()
    does_not.start()

    [job] = asks.subprocess.launched
    assert pb.TaskTemplate.FromString(Path(job.command[1]).read_bytes()).container == asks.task.container
    assert not (tmp_path / "does-not").exists()


def test_a_life_is_told_phase_by_phase(tmp_path):
    scene = Scene(tmp_path)

    life = scene.life()

    told = said(life)
    assert told[0].phase == StatusPhase.WAITING_FOR_RESOURCES
    assert told[0].check_after == dt.timedelta(seconds=10)
    assert told[-1].phase == StatusPhase.SUCCEEDED
    assert told[-1].outputs == WELL.outputs
    assert told[-1].logs == (LogLink(f"file://{scene.folder}/0/task.log", "task.log"),)


@pytest.mark.parametrize("retryable", [True, False])
def test_a_failure_is_passed_on_as_it_is(tmp_path, retryable):
    error = Failure("ValueError", "n is 0", FaultKind.USER, place="flights.py:3")
    scene = Scene(tmp_path, end=JobReport(phase=JobPhase.DONE, error=error, retryable=retryable))

    end = said(scene.life())[-1]

    assert end.error == error
    wanted = StatusPhase.RETRYABLE_FAILURE if retryable else StatusPhase.PERMANENT_FAILURE
    assert end.phase == wanted


class Leaving(MemoryProcesses):
    """Processes that leave their outputs in a file."""

    def life(self):
        folder = Path(self.launched[-1].output_prefix)
        folder.mkdir(parents=True)
        (folder / "outputs.pb").write_bytes(wire(OUTPUTS))
        yield from super().life()


def test_outputs_left_as_a_file_are_taken_up(tmp_path):
    leaving = Leaving(JobReport(phase=JobPhase.DONE))
    task = make_task("python-task", command=SHELL)
    task.interface.outputs.variables["o0"].type.simple = pb.SimpleType.INTEGER
    scene = Scene(tmp_path, task=task, subprocess=leaving, inputs={"table": primitive("t.csv")}, real_time=True)

    life = scene.life()

    assert said(life)[-1].outputs is None
    assert life.outputs == OUTPUTS


class Endless(MemoryProcesses):
    """The first process never ends; what is launched after it does."""

    def life(self):
        yield from itertools.islice(super().life(), None if len(self.launched) > 1 else 3)


def test_a_process_that_left_no_trace_at_all_is_launched_again_at_no_cost(tmp_path):
    class Losing(Scene):
        """Between its engines every process vanishes."""

        def launchers(self, _):
            for name in list(self.pool.reports):
                self.pool.lose(name)
            return super().launchers(_)

    scene = Losing(tmp_path, pool=Endless(WELL))

    life = scene.life(Plan(kills=frozenset({Point(Moment.AFTER_COMMIT, 2)})))

    [attempt] = life.attempts
    again = next(call for call in life.plugin_calls if call.engine == 2)
    assert (again.method, again.phase) == ("check_task_status", StatusPhase.WAITING_FOR_RESOURCES)
    assert scene.pool.names() == [attempt.generated_name] * 2
    assert life.phase is RunPhase.SUCCEEDED


def test_killing_says_not_yet_while_the_process_lives(tmp_path):
    told = []

    class Told(python_task.PythonTask):
        async def kill_task(self, ctx, reason):
            try:
                await super().kill_task(ctx, reason)
            except NotYet as problem:
                told.append(problem)
                raise

    scene = Scene(tmp_path, end=None, build=Told)

    life = scene.life(Plan(abort=Point(Moment.AFTER_COMMIT, 2)))

    kills = [call for call in life.plugin_calls if call.method == "kill_task"]
    assert [call.is_not_yet for call in kills] == [True, False]
    assert [problem.after for problem in told] == [dt.timedelta(seconds=1)]
    assert life.attempts[0].generated_name in str(told[0])
    assert scene.pool.reports == {}


def test_finalize_lets_the_launcher_forget(tmp_path):
    scene = Scene(tmp_path)

    life = scene.life()

    assert scene.pool.released == {life.attempts[0].generated_name}


def raw_container():
    task = make_task("raw-container", command=("sh",))
    task.container.data_config.enabled = True
    return task


def without_command():
    task = make_task("container")
    task.container.image = "busybox"
    return task


def in_a_pod(**primary):
    task = pb.TaskTemplate(type="python-task", config={"primary_container_name": "main"})
    task.k8s_pod.pod_spec.update({"containers": [{"name": "side"}, {"name": "main", "args": list(PROGRAM), **primary}]})
    return task


@pytest.mark.parametrize(
    ("task", "named"),
    [
        (make_task("spark"), "'spark'"),
        (raw_container(), "data_config"),
        (without_command(), "without a command"),
        (make_task("python-task", command=("echo", "{{.inputs.gone}}")), "'gone'"),
        (in_a_pod(resources={"requests": {"memory": "1 GB"}}), "'1 GB'"),
    ],
)
def test_a_task_that_can_never_run_is_refused_with_its_reason(tmp_path, task, named):
    scene = Scene(tmp_path, task=task)

    status = scene.start()

    assert (status.phase, status.error.code) == (StatusPhase.PERMANENT_FAILURE, "BadTaskSpecification")
    assert named in status.error.message
    assert status.error.fix
    assert scene.pool.launched == scene.subprocess.launched == []


@pytest.mark.parametrize("settings", [{"kill_grace": 3}, {"kill_grace_s": "long"}])
def test_a_wrong_setting_is_named_when_the_engine_starts(tmp_path, settings):
    problem = Scene(tmp_path, settings=settings).life().problem

    assert problem.startswith("UserError: settings [plugins.python-task]: ")
    assert "kill_grace" in problem


def test_a_launcher_the_engine_lacks_is_the_systems_fault(tmp_path):
    life = life_of(python_task.build, make_task("t", command=PROGRAM), tmp_path)

    assert life.plugin_calls[0].raised == "SystemFault: this engine has no launcher 'pool'"


def with_secrets(*secrets, command=PROGRAM):
    task = make_task("python-task", command=command)
    task.container.env.add(key="MODE", value="fast")
    task.security_context.secrets.extend(secrets)
    return task


def test_secrets_reach_the_job_apart_from_what_may_be_written_down(tmp_path):
    task = with_secrets(pb.Secret(group="db", key="password", env_var="MODE"))
    scene = Scene(tmp_path, task=task, secrets={"db/password": "s3cret"})

    scene.start()

    [job] = scene.pool.launched
    assert job.environment["MODE"] == "fast"
    assert "s3cret" not in job.environment.values()
    assert job.secrets == {"_FSEC_DB_PASSWORD": "s3cret", "FLYTE_SECRETS_ENV_PREFIX": "_FSEC_", "MODE": "s3cret"}
    assert job.whole_environment["MODE"] == "fast"  # a secret never takes the place of what the author set
    assert "s3cret" not in repr(job.without_secrets())
    assert "s3cret" not in repr(job.command)


def test_a_file_of_a_secret_is_there_until_the_attempt_is_finalized(tmp_path, monkeypatch):
    class Reading(MemoryProcesses):
        """Processes that read their secret."""

        def life(self):
            self.folder = Path(self.launched[-1].secrets["FLYTE_SECRETS_DEFAULT_DIR"])
            self.read = (self.folder / "tls/cert").read_text()
            yield from super().life()

    monkeypatch.setattr("volant.kit.secret_mounts._IN_MEMORY", tmp_path / "memory")
    (tmp_path / "memory").mkdir()
    task = with_secrets(pb.Secret(group="tls", key="cert", mount_requirement=pb.Secret.MountType.FILE))
    reading = Reading(WELL)

    Scene(tmp_path / "data", task=task, pool=reading, secrets={"tls/cert": "s3cret"}).life()

    assert (reading.read, reading.folder.exists()) == ("s3cret", False)
    assert reading.folder.is_relative_to(tmp_path / "memory")


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
    assert scene.pool.launched == []


def test_a_task_in_a_pod_runs_its_primary_containers_command(tmp_path):
    scene = Scene(tmp_path, task=in_a_pod())

    scene.start()

    assert [job.command[0] for job in scene.pool.launched] == ["volant-execute"]
