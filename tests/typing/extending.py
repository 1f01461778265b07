"""What type checkers know of `volant.extend`: tasks, types and plugins of one's own. Read, never run."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, ClassVar, assert_type

from volant import create_node, task, workflow
from volant.extend import (
    AttemptKey,
    Builder,
    ConversionError,
    ExternalResource,
    Failure,
    FaultKind,
    Grant,
    Http,
    Input,
    Interface,
    Job,
    JobLimits,
    JobPhase,
    JobReport,
    Launcher,
    LogLink,
    NotFoundError,
    NotYet,
    PluginProperties,
    PluginSetup,
    PoolLimits,
    PythonFunctionTask,
    PythonTask,
    Quotas,
    RawData,
    Response,
    RunId,
    SecretSource,
    Settings,
    StatusPhase,
    SystemFault,
    TaskContext,
    TaskPlugin,
    TaskStatus,
    TemplateValues,
    TypeTransformer,
    UnsupportedError,
    UserError,
    VolantError,
    command_job,
    command_words,
    from_custom,
    parse_quantity,
    pb,
    render,
    to_custom,
)


class Sensor(PythonTask[[str], int]):
    """A task without a function: its inputs by position."""

    task_type = "sensor"

    def __init__(self, name: str, every_s: float = 1.0) -> None:
        super().__init__(name, Interface({"path": Input(str)}, {"o0": int}), retries=3, environment={"A": "b"})
        self.every_s = every_s

    def get_custom(self, settings: Settings) -> dict[str, Any]:
        return {"every_s": self.every_s, "project": settings.project}

    def get_config(self, settings: Settings) -> Mapping[str, str]:
        return {"domain": settings.domain, "version": settings.version}


class Query(PythonTask[..., int]):
    """A task without a function: its inputs by name."""

    task_type = "query"

    def get_sql(self, settings: Settings) -> pb.Sql | None:
        return pb.Sql(statement="SELECT 1")

    def get_extended_resources(self, settings: Settings) -> pb.ExtendedResources | None:
        return None


class Shell(PythonTask[[], None]):
    """A task with a container of its own."""

    task_type = "container"

    def get_container(self, settings: Settings) -> pb.Container | None:
        return pb.Container(image=self.get_image(settings), command=["true"])

    def get_k8s_pod(self, settings: Settings) -> pb.K8sPod | None:
        return None


@dataclass
class Spark:
    executors: int = 2


class SparkTask(PythonFunctionTask[..., Any]):
    """Functions that run in another way."""

    task_type = "spark"

    def get_custom(self, settings: Settings) -> Spark:
        assert isinstance(self.task_config, Spark)
        return self.task_config


SparkTask.bind(Spark)
wait = Sensor("wait", every_s=0.5)
ask = Query("ask", Interface({"day": Input(str, "today")}, {"o0": int}), timeout=dt.timedelta(hours=1))


shell = Shell("shell")


@task(task_config=Spark(executors=3))
def crunch(n: int) -> float:
    return n / 2


@workflow
def flow(path: str) -> float:
    n = wait(path)
    assert_type(n, int)
    assert_type(ask(day=path), int)
    assert_type(crunch(n=n), float)
    assert_type(create_node(shell).id, str)
    return crunch(n)


class Image:
    def __init__(self, pixels: bytes) -> None:
        self.pixels = pixels


class ImageTransformer(TypeTransformer):
    """Three methods are enough."""

    def literal_type(self) -> pb.LiteralType:
        return pb.LiteralType(blob=pb.BlobType(format="png"))

    def to_literal(self, value: Image, raw: RawData) -> pb.Literal:
        uri = raw.put("image.png", lambda path: path.write_bytes(value.pixels))
        assert_type(uri, str)
        return pb.Literal(scalar=pb.Scalar(blob=pb.Blob(uri=uri)))

    def take(self, literal: pb.Literal) -> Image:
        if not literal.scalar.blob.uri:
            raise ConversionError("no image", fix="make one", path="[0]")
        return Image(b"")


ImageTransformer.bind(Image)


@task
def turn(image: Image) -> Image:
    return image


@dataclass(frozen=True)
class Looks:
    number: int


Status = TaskStatus[Looks]


class Plugin(TaskPlugin[Looks]):
    """A plugin: sync and async methods as its author likes."""

    id = "sensor"
    task_types = frozenset({"sensor"})
    state_type = Looks
    quotas: ClassVar[Mapping[str, PoolLimits]] = {"licences": PoolLimits(total=3, per_project=1)}
    properties = PluginProperties(generated_name_max_length=40)

    def initialize(self, setup: PluginSetup) -> None:
        launchers: Mapping[str, Launcher] = setup.launchers
        self.launcher = launchers["subprocess"]
        setup.log.info("ready")

    async def start_task(
        self, ctx: TaskContext[Looks], task: pb.TaskTemplate, inputs: pb.LiteralMap
    ) -> TaskStatus[Looks]:
        quotas: Quotas = ctx.quotas
        grant = await quotas.arequest("licences", 2)
        assert_type(grant, Grant)
        if not grant.granted:
            return Status.not_ready(grant.message)
        http: Http = ctx.http
        response = await http.arequest("GET", "https://example.org")
        assert_type(response, Response)
        assert_type(response.status, int)
        assert_type(response.body, bytes)
        assert_type(response.headers, Mapping[str, str])
        return Status.queued(Looks(0))

    def check_task_status(self, ctx: TaskContext[Looks]) -> TaskStatus[Looks]:
        assert_type(ctx.state, Looks | None)
        secrets: SecretSource = ctx.secrets
        assert_type(secrets.find("db", "password"), str | None)
        if ctx.state is None:
            return Status.permanent_failure("Lost", "no state", FaultKind.SYSTEM)
        if ctx.state.number > 3:
            return Status.failed(Failure("Late", "too many looks", FaultKind.USER), retryable=True)
        return Status(
            phase=StatusPhase.RUNNING,
            state=Looks(ctx.state.number + 1),
            logs=(LogLink(uri="https://example.org/log", name="log"),),
            external_resources=(ExternalResource("job-1"),),
        )

    async def kill_task(self, ctx: TaskContext[Looks], reason: str) -> None:
        if not self.launcher.stop(ctx.key, ctx.generated_name, grace_s=1.0):
            raise NotYet("it still ends", after=dt.timedelta(seconds=1))

    def upgrade_state(self, version: int, data: dict[str, Any]) -> Looks:
        return Looks(int(data["looks"]))


build: Builder = Plugin


def jobs(launcher: Launcher, ctx: TaskContext[Looks], task: pb.TaskTemplate) -> JobReport:
    job = command_job(ctx, task, JobLimits(log_bytes=1, output_bytes=1), place=lambda uri: uri)
    assert_type(job, Job)
    assert_type(command_words(task), tuple[str, ...])
    report = launcher.launch(job)
    assert_type(report.phase, JobPhase)
    assert_type(report.error, Failure | None)
    return report


def kit(task: pb.TaskTemplate, values: TemplateValues, key: AttemptKey) -> RunId:
    assert_type(render(["--in", "{{.input}}"], values), tuple[str, ...])
    assert_type(parse_quantity("500m"), Decimal)
    found = from_custom(task, pb.Struct)
    assert_type(found, pb.Struct)
    assert_type(to_custom(found), pb.Struct)
    return key.run


def errors_have_a_fix(error: VolantError) -> str:
    if isinstance(error, UserError | SystemFault | NotFoundError | UnsupportedError):
        return error.fix
    return str(error)
