"""What a plugin sees of an attempt."""

from typing import Any

import msgspec
import pytest
from msgspec.structs import replace
from pydantic import BaseModel, Field

from volant.base.errors import UnsupportedError
from volant.base.ids import ActionName, AttemptKey, RunId
from volant.base.log import get_log
from volant.contracts.plugin import TaskPlugin
from volant.contracts.rows import AttemptRow, RunSpec, ValueRef
from volant.contracts.status import TaskStatus
from volant.engine.attempt_answers import encoded
from volant.engine.context import Context, Facts
from volant.engine.plugin_table import Entry
from volant.engine.values import Values
from volant.idl import pb
from volant.idl.literals import wire
from volant.kit.json_form import to_json
from volant.stores.blob_memory import MemoryBlobStore
from volant.testing import builders
from volant.testing.no_http import NoHttp
from volant.testing.plugin_context import NoSecrets
from volant.testing.scripted import ints


class Job(msgspec.Struct):
    name: str
    looks: int = 0


class Plugin(TaskPlugin[Job]):
    id = "p"
    task_types = frozenset({"t"})
    state_type = Job
    state_version = 2

    def upgrade_state(self, version: int, data: dict[str, Any]) -> Job:
        if version != 1:
            return super().upgrade_state(version, data)
        return Job(data["job_name"])


SPEC = RunSpec(entity="pkg.wf")
TEMPLATE = builders.task("pkg.task", task_type="t", inputs=["x"])
TEMPLATE.container.env.add(key="OWN", value="template")
TEMPLATE.container.env.add(key="FLYTE_ATTEMPT_NUMBER", value="template")


@pytest.fixture
def blobs() -> MemoryBlobStore:
    return MemoryBlobStore("memory://b")


@pytest.fixture
def make(blobs: MemoryBlobStore) -> Any:
    def make(number: int = 0, *, spec: RunSpec = SPEC, action: str = "n0", plugin: Any = None, **row: Any) -> Context:
        made = AttemptRow(
            run=RunId("p:d:r"), action=ActionName(action), number=number, plugin="p", generated_name="g", **row
        )  # fmt: skip
        run = replace(builders.run_row("p:d:r", b""), spec=spec, code="c0de")
        facts = Facts(blobs, Values(blobs), NoSecrets(), NoHttp(), woken.append, get_log("test"))
        inputs = ValueRef(data=wire(ints(x=4)))
        return Context(facts, run, made, Entry(plugin or Plugin()), TEMPLATE, inputs, None, 3)

    woken: list[AttemptKey] = []
    make.woken = woken  # type: ignore[attr-defined]
    return make


# ---------------------------------------------------------------------------------------------------- state


def test_there_is_no_state_before_the_first(make: Any) -> None:
    assert make().state is None


def test_a_state_comes_back_as_what_it_was(make: Any) -> None:
    assert make(state=to_json(Job("j", 3)), state_version=2).state == Job("j", 3)


def test_an_older_state_is_upgraded(make: Any) -> None:
    assert make(state=b'{"job_name": "old"}', state_version=1).state == Job("old")


def test_a_version_nobody_understands_says_so(make: Any) -> None:
    with pytest.raises(ValueError, match="no upgrade from state version 9 to 2"):
        _ = make(state=b"{}", state_version=9).state


def test_a_state_of_another_shape_is_an_error_and_not_a_guess(make: Any) -> None:
    with pytest.raises(ValueError, match="name"):
        _ = make(state=b'{"looks": 1}', state_version=2).state


class Modelled(BaseModel):
    name: str = Field(alias="jobName")


class Modelling(Plugin):
    state_type = Modelled


def test_a_pydantic_model_whose_fields_have_other_names_in_json_is_a_state_too(make: Any) -> None:
    state = Modelled(jobName="b")
    assert make(plugin=Modelling(), state=encoded(TaskStatus.running(state)), state_version=2).state == state


# ----------------------------------------------------------------------------------------------- environment


def test_the_environment_is_the_templates_then_flytes_then_the_runs_and_the_last_wins(make: Any) -> None:
    spec = RunSpec(entity="pkg.wf", environment={"OWN": "run", "MORE": "1"})

    found = make(2, spec=spec, action="n0/0/n1").environment

    assert found == {
        "OWN": "run",
        "MORE": "1",
        "FLYTE_INTERNAL_EXECUTION_WORKFLOW": "p:d:pkg.wf",
        "FLYTE_INTERNAL_EXECUTION_ID": "r",
        "FLYTE_INTERNAL_EXECUTION_PROJECT": "p",
        "FLYTE_INTERNAL_EXECUTION_DOMAIN": "d",
        "FLYTE_ATTEMPT_NUMBER": "2",
        "FLYTE_INTERNAL_TASK_PROJECT": "p",
        "FLYTE_INTERNAL_TASK_DOMAIN": "d",
        "FLYTE_INTERNAL_TASK_NAME": "pkg.task",
        "FLYTE_INTERNAL_TASK_VERSION": "v",
        "VOLANT_NODE": "n0/0/n1",
        "VOLANT_RUN_STARTED_US": "1",
    }


# ------------------------------------------------------------------------------------------------------ URIs


def test_files_lie_where_flyte_puts_them(make: Any) -> None:
    """Engine spec 0.3."""
    ctx = make(1, action="n0/0/n1")

    assert ctx.input_uri == "memory://b/runs/p-d-r/n0/data/0/n1/inputs.pb"
    assert ctx.output_prefix == "memory://b/runs/p-d-r/n0/data/0/n1/1"


def test_raw_data_and_checkpoints_are_sharded_and_each_attempt_has_its_own(make: Any) -> None:
    first, second = make(0), make(1)

    shard, name = first.raw_output_prefix.removeprefix("memory://b/runs/p-d-r/raw/").split("/")
    assert (len(shard), name) == (2, "r-n0-0")
    assert first.checkpoint_uri == f"{first.raw_output_prefix}/_flytecheckpoints"
    assert first.previous_checkpoint_uri == ""
    assert second.previous_checkpoint_uri == first.checkpoint_uri
    assert second.raw_output_prefix != first.raw_output_prefix


def test_a_run_may_say_where_raw_data_go(make: Any) -> None:
    """Scenario 82."""
    ctx = make(spec=RunSpec(entity="wf", raw_prefix="s3://mine/raw"))

    assert ctx.raw_output_prefix.startswith("s3://mine/raw/")
    assert ctx.raw_output_prefix.endswith("/r-n0-0")


# ------------------------------------------------------------------------------------------------- the rest


def test_it_knows_who_it_is(make: Any) -> None:
    ctx = make(1, spec=RunSpec(entity="wf", labels={"team": "x"}), interruptible=True)

    assert ctx.key == AttemptKey(RunId("p:d:r"), ActionName("n0"), 1)
    assert (ctx.generated_name, ctx.code, ctx.max_attempts, ctx.interruptible) == ("g", "c0de", 3, True)
    assert ctx.labels == {"team": "x"}
    assert ctx.template() is TEMPLATE
    assert ctx.secrets.find("g", "k") is None
    assert isinstance(ctx.http, NoHttp)


def test_inputs_come_as_a_message_and_as_bytes(make: Any) -> None:
    ctx = make()

    assert ctx.inputs() == ints(x=4)
    assert pb.LiteralMap.FromString(ctx.inputs_wire()) == ints(x=4)


def test_what_an_attempt_left_is_found_and_nothing_else(make: Any, blobs: MemoryBlobStore) -> None:
    ctx = make()
    blobs.write(f"{ctx.output_prefix}/outputs.pb", b"left")

    assert ctx.left("outputs.pb") == b"left"
    assert ctx.left("error.pb") is None


def test_a_wake_names_the_attempt(make: Any) -> None:
    ctx = make(1)

    ctx.wake()

    assert make.woken == [ctx.key]


def test_an_engine_without_quotas_says_so(make: Any) -> None:
    with pytest.raises(UnsupportedError, match="quotas are not configured"):
        _ = make().quotas


def test_its_log_says_for_whom(make: Any, caplog: pytest.LogCaptureFixture) -> None:
    make(1).log.warning("hello")

    assert caplog.messages == ["[run=p:d:r node=n0 attempt=1] hello"]
