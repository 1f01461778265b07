"""What type checkers must refuse: a line ends in "# wrong:", the codes of mypy, "|" and the rules of pyright."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from volant.extend import (
    ConversionError,
    ExternalResource,
    Input,
    Interface,
    JobLimits,
    PluginProperties,
    PythonFunctionTask,
    PythonTask,
    RawData,
    Settings,
    TaskContext,
    TaskPlugin,
    TaskResolver,
    TaskStatus,
    TypeTransformer,
    command_words,
    from_custom,
    parse_quantity,
    pb,
    render,
)


@dataclass
class Looks:
    number: int


class Query(PythonTask[[str], int]):
    task_type = 3  # wrong: assignment | reportAssignmentType

    def get_custom(self, settings: str) -> dict[str, Any]:  # wrong: override | reportIncompatibleMethodOverride
        return {"project": settings}

    def get_config(self, settings: Settings) -> list[str]:  # wrong: override | reportIncompatibleMethodOverride
        return [settings.project]

    def execute(self, day: int) -> int:  # wrong: override | reportIncompatibleMethodOverride
        return day


query = Query("query", Interface({"day": Input(str)}), retries=3)
query(3)  # wrong: arg-type | reportArgumentType
query("x", "y")  # wrong: call-arg | reportCallIssue
query(day="x")  # wrong: call-arg | reportCallIssue
text: str = query("x")  # wrong: assignment | reportAssignmentType
Query("query", retries="3")  # wrong: arg-type | reportArgumentType
Query("query", retry=3)  # wrong: call-arg | reportCallIssue
Query("query", timeout="5m")  # wrong: arg-type | reportArgumentType
Query("query", Interface({"day": str}))  # wrong: dict-item | reportArgumentType
Query("query", {"day": str})  # wrong: arg-type | reportArgumentType
Query()  # wrong: call-arg | reportCallIssue
PythonFunctionTask.bind(Looks(3))  # wrong: arg-type | reportArgumentType


class Image: ...


class ImageTransformer(TypeTransformer):
    # The package flyteidl shows no types of its messages to mypy.
    def literal_type(self) -> str:  # wrong: - | reportIncompatibleMethodOverride
        return "png"

    def to_literal(self, value: Image) -> Any:  # wrong: override | reportIncompatibleMethodOverride
        return pb.Literal()

    def take(self, literal: Any, raw: RawData) -> Any:  # wrong: override | reportIncompatibleMethodOverride
        return Image()


class Half(TypeTransformer):
    def literal_type(self) -> pb.LiteralType:
        return pb.LiteralType()


Half(Image)  # wrong: abstract | reportAbstractUsage
ImageTransformer.bind(Image())  # wrong: arg-type | reportArgumentType
RawData().put("a.png", "bytes")  # wrong: arg-type | reportArgumentType
ConversionError("no", "make one")  # wrong: call-arg | reportCallIssue


class Resolver(TaskResolver):
    def load_task(self, loader_args: str) -> Any:  # wrong: override | reportIncompatibleMethodOverride
        return None


class Plugin(TaskPlugin[Looks]):
    id = 3  # wrong: assignment | reportAssignmentType
    task_types = ("sensor",)  # wrong: assignment | reportAssignmentType

    def start_task(  # wrong: override | reportIncompatibleMethodOverride
        self, ctx: TaskContext[Looks]
    ) -> TaskStatus[Looks]:
        return TaskStatus[Looks].queued()

    def check_task_status(self, ctx: TaskContext[Looks]) -> TaskStatus[Looks]:
        print(ctx.state.number)  # wrong: union-attr | reportOptionalMemberAccess
        ctx.log.info(3, number=3)
        return TaskStatus[int].running(3)  # wrong: arg-type | reportReturnType

    def finalize(self, ctx: TaskContext[Looks]) -> bool:  # wrong: override | reportIncompatibleMethodOverride
        return True


TaskStatus[Looks].not_ready("later", wait=3)  # wrong: call-arg | reportCallIssue
told: TaskStatus[Looks] = TaskStatus.running(3)  # wrong: arg-type | reportAssignmentType
TaskStatus[Looks].permanent_failure("Lost")  # wrong: call-arg | reportCallIssue
TaskStatus[Looks](phase="RUNNING")  # wrong: arg-type | reportArgumentType
PluginProperties(inline="yes", max=3)  # wrong: arg-type, call-arg | reportCallIssue
ExternalResource(index=1)  # wrong: call-arg | reportCallIssue
JobLimits(log_bytes=dt.timedelta())  # wrong: arg-type, call-arg | reportCallIssue


def kit(task: pb.TaskTemplate) -> None:
    render("{{.input}}", {})  # wrong: arg-type | reportArgumentType
    parse_quantity(3)  # wrong: arg-type | reportArgumentType
    command_words(task, 1)  # wrong: call-arg | reportCallIssue
    from_custom(task, "Looks")  # wrong: arg-type | reportArgumentType
