"""Containers, pods and the hooks by which a task's class says its template; expected pods are flytekit's own."""

import re
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any, ClassVar

import pytest

from volant.idl import pb
from volant.kit.pod_target import process_container
from volant.sdk.decorator import task
from volant.sdk.errors import AuthoringError
from volant.sdk.execute import Place, execute
from volant.sdk.function_task import PythonFunctionTask
from volant.sdk.pod import PodTemplate
from volant.sdk.resolver import TaskResolver
from volant.sdk.resources import Resources
from volant.sdk.settings import Settings
from volant.sdk.task import PythonTask
from volant.sdk.translate.task import task_template
from volant.sdk.translate.workflow import translate

Load = Callable[[str], ModuleType]
SETTINGS = Settings("proj", "prod", "v1")
IMAGE = f"volant:py{sys.version_info.major}.{sys.version_info.minor}"
SPEC: Mapping[str, Any] = {
    "containers": [
        {"name": "logs", "image": "fluentd:1", "volumeMounts": [{"mountPath": "/a", "name": "v"}]},
        {
            "name": "main",
            "env": [{"name": "OWN", "value": "1"}],
            "workingDir": "/w",
            "resources": {"limits": {"cpu": "9"}},
        },
        {"name": "bare"},
    ],
    "nodeSelector": {"disk_kind": "ssd"},
    "restartPolicy": "Never",
    "activeDeadlineSeconds": 5,
}


class _Model:
    """Looks as the models of the `kubernetes` package do."""

    openapi_types: ClassVar[Mapping[str, str]] = {}
    attribute_map: ClassVar[Mapping[str, str]] = {
        "containers": "containers", "node_selector": "nodeSelector", "restart_policy": "restartPolicy",
        "active_deadline_seconds": "activeDeadlineSeconds", "name": "name", "image": "image", "env": "env",
        "volume_mounts": "volumeMounts", "mount_path": "mountPath", "working_dir": "workingDir", "value": "value",
        "resources": "resources", "limits": "limits",
    }  # fmt: skip

    def __init__(self, **given: Any) -> None:
        for name in self.attribute_map:
            setattr(self, name, given.get(name))


SPEC_OBJECT = _Model(
    containers=[
        _Model(name="logs", image="fluentd:1", volume_mounts=[_Model(mount_path="/a", name="v")]),
        _Model(
            name="main",
            env=[_Model(name="OWN", value="1")],
            working_dir="/w",
            resources=_Model(limits={"cpu": "9"}),
        ),
        _Model(name="bare"),
    ],
    node_selector={"disk_kind": "ssd"},
    restart_policy="Never",
    active_deadline_seconds=5,
)


def _words(module: str, name: str) -> list[str]:
    return [
        "volant-execute", "--inputs", "{{.input}}", "--output-prefix", "{{.outputPrefix}}",
        "--raw-output-data-prefix", "{{.rawOutputDataPrefix}}", "--checkpoint-path", "{{.checkpointOutputPrefix}}",
        "--prev-checkpoint", "{{.prevCheckpointPrefix}}", "--resolver", "volant.sdk.resolver", "--",
        "task-module", module, "task-name", name,
    ]  # fmt: skip


@task(
    pod_template=PodTemplate(SPEC, primary_container_name="main", labels={"l": "1"}, annotations={"a": "2"}),
    requests=Resources(cpu="1", mem="1Gi", gpu="1", ephemeral_storage="2Gi"),
    environment={"E": "x"},
)
def in_a_pod(n: int) -> int:
    return n


@task(
    pod_template=PodTemplate(SPEC_OBJECT, primary_container_name="main", labels={"l": "1"}, annotations={"a": "2"}),
    requests=Resources(cpu="1", mem="1Gi", gpu="1", ephemeral_storage="2Gi"),
    environment={"E": "x"},
)
def in_a_pod_of_objects(n: int) -> int:
    return n


@task(pod_template=PodTemplate())
def in_an_empty_pod(n: int) -> int:
    return n


@pytest.mark.parametrize("made", [in_a_pod, in_a_pod_of_objects])
def test_a_pod_is_the_one_that_flytekit_makes(made: PythonTask[..., Any]) -> None:
    found = task_template(made, SETTINGS)
    assert found.WhichOneof("target") == "k8s_pod"
    assert dict(found.config) == {"primary_container_name": "main"}
    assert pb.MessageToDict(found.k8s_pod) == {
        "metadata": {"annotations": {"a": "2"}, "labels": {"l": "1"}},
        "podSpec": {
            "activeDeadlineSeconds": 5.0,
            "containers": [
                {"image": "fluentd:1", "name": "logs", "volumeMounts": [{"mountPath": "/a", "name": "v"}]},
                {
                    "args": _words(__name__, made.short_name),
                    "command": [],
                    "env": [{"name": "E", "value": "x"}, {"name": "OWN", "value": "1"}],
                    "image": IMAGE,
                    "name": "main",
                    "resources": {
                        "limits": {},
                        "requests": {"cpu": "1", "ephemeral-storage": "2Gi", "gpu": "1", "memory": "1Gi"},
                    },
                    "workingDir": "/w",
                },
                {"image": IMAGE, "name": "bare"},
            ],
            "nodeSelector": {"disk_kind": "ssd"},
            "restartPolicy": "Never",
        },
    }


def test_the_authors_pod_stays_as_it_was() -> None:
    before = repr(SPEC)
    task_template(in_a_pod, SETTINGS)
    assert repr(SPEC) == before


def test_a_pod_without_a_spec_holds_the_primary_container_alone() -> None:
    found = task_template(in_an_empty_pod, SETTINGS)
    assert pb.MessageToDict(found.k8s_pod) == {
        "metadata": {},
        "podSpec": {
            "containers": [
                {
                    "args": _words(__name__, "in_an_empty_pod"),
                    "command": [],
                    "env": [],
                    "image": IMAGE,
                    "name": "primary",
                }
            ]
        },
    }


def test_a_run_on_this_machine_reads_the_pods_primary_container() -> None:
    found = process_container(task_template(in_a_pod, SETTINGS))
    assert list(found.args) == _words(__name__, "in_a_pod")
    assert {pair.key: pair.value for pair in found.env} == {"E": "x", "OWN": "1"}
    names = pb.Resources.ResourceName
    assert {entry.name: entry.value for entry in found.resources.requests} == {
        names.CPU: "1",
        names.MEMORY: "1Gi",
        names.GPU: "1",
        names.EPHEMERAL_STORAGE: "2Gi",
    }


def test_a_node_can_put_its_task_into_a_pod(load: Load) -> None:
    module = load(
        """
from volant import PodTemplate

@task
def plain(n: int) -> int:
    return n

@workflow
def flow(n: int) -> int:
    return plain(n).with_overrides(pod_template=PodTemplate({"hostNetwork": True}, "main", labels={"l": "1"}))
"""
    )
    [node] = translate(module.flow, SETTINGS).workflow.nodes
    assert pb.MessageToDict(node.task_node.overrides.pod_template) == {
        "metadata": {"labels": {"l": "1"}},
        "podSpec": {
            "containers": [
                {
                    "args": _words(module.__name__, "plain"),
                    "command": [],
                    "env": [],
                    "image": IMAGE,
                    "name": "main",
                }
            ],
            "hostNetwork": True,
        },
        "primaryContainerName": "main",
    }


class _Shell(PythonTask[..., Any]):
    task_type = "shell"
    task_type_version = 2

    def get_container(self, settings: Settings) -> pb.Container:
        return pb.Container(image="bash:5", command=["bash", "-c"], args=[f"echo {settings.version} {{{{.inputs.n}}}}"])

    def get_custom(self, settings: Settings) -> Any:
        return {"shell": "bash"}

    def get_config(self, settings: Settings) -> dict[str, str]:
        return {"domain": settings.domain}


def test_a_class_can_say_every_part_of_its_template() -> None:
    made = _Shell("hello", labels={"a": "b"})

    found = task_template(made, SETTINGS)

    found.metadata.ClearField("runtime")
    assert found == pb.TaskTemplate(
        id={"resource_type": 1, "project": "proj", "domain": "prod", "name": f"{__name__}.hello", "version": "v1"},
        type="shell",
        task_type_version=2,
        metadata=pb.TaskMetadata(
            retries=pb.RetryStrategy(),
            generates_deck=pb.BoolValue(),
            metadata=pb.K8sObjectMetadata(labels={"a": "b"}),
        ),
        interface=pb.TypedInterface(inputs=pb.VariableMap(), outputs=pb.VariableMap()),
        custom=pb.ParseDict({"shell": "bash"}, pb.Struct()),
        config={"domain": "prod"},
        container=pb.Container(image="bash:5", command=["bash", "-c"], args=["echo v1 {{.inputs.n}}"]),
    )


class _Pod(PythonTask[..., Any]):
    task_type = "sidecar"

    def get_k8s_pod(self, settings: Settings) -> pb.K8sPod:
        return pb.K8sPod(primary_container_name="main")


class _Query(PythonTask[..., Any]):
    task_type = "query"

    def get_sql(self, settings: Settings) -> pb.Sql:
        return pb.Sql(statement="select 1", dialect=pb.Sql.Dialect.ANSI)

    def get_extended_resources(self, settings: Settings) -> pb.ExtendedResources:
        return pb.ExtendedResources(gpu_accelerator=pb.GPUAccelerator(device="own"))


def test_a_class_can_have_a_pod_or_a_query() -> None:
    assert task_template(_Pod("a"), SETTINGS).k8s_pod.primary_container_name == "main"
    query = task_template(_Query("b"), SETTINGS)
    assert query.sql.statement == "select 1"
    assert query.extended_resources.gpu_accelerator.device == "own"
    assert query.WhichOneof("target") == "sql"


class _Both(_Pod):
    def get_container(self, settings: Settings) -> pb.Container:
        return pb.Container(image="a")


class _Wrong(PythonTask[..., Any]):
    task_type = "wrong"

    def get_container(self, settings: Settings) -> Any:
        return {"image": "a"}


class _Odd(PythonTask[..., Any]):
    task_type = "odd"

    def get_config(self, settings: Settings) -> Any: ...


class _Wordless(PythonTask[..., Any]):
    task_type = "wordless"
    needs_container = True

    def get_command(self, settings: Settings) -> Any: ...


class _Blind(_Wordless):
    def get_image(self, settings: Settings) -> Any: ...


class _Mute(TaskResolver):
    def loader_args(self, settings: Settings, task: Any) -> Any:
        return ["task", 3]


mute, bare = _Mute(), TaskResolver()


def test_words_of_a_resolver_that_are_none_are_refused() -> None:
    for resolver, message, fix in (
        (mute, f"task {__name__}._train: _Mute.loader_args() returned ['task', 3]", "return a list of texts"),
        (bare, "the task resolver TaskResolver has no loader_args()", "write one in its class"),
    ):
        with pytest.raises(AuthoringError, match=re.escape(message)) as caught:
            task_template(task(task_resolver=resolver)(_train), SETTINGS)
        assert caught.value.fix == fix


@pytest.mark.parametrize(
    ("kind", "message", "fix"),
    [
        (_Odd, "get_config() returned None", "return texts by name, {} for none"),
        (_Wordless, "get_command() returned None", "return a list of texts"),
        (_Blind, "get_image() returned None", "return a text"),
        (
            _Both,
            "get_container() and get_k8s_pod() both return something; a task has one target",
            "return None from all but one",
        ),
        (
            _Wrong,
            "get_container() returned {'image': 'a'}",
            "return a pb.Container, or None for none",
        ),
    ],
)
def test_a_target_that_cannot_be_is_refused(kind: Any, message: str, fix: str) -> None:
    made = kind("a")
    with pytest.raises(AuthoringError) as caught:
        task_template(made, SETTINGS)
    assert str(caught.value) == f"{made.place}: task {made.name}: {message}"
    assert caught.value.fix == fix


class _Torch(PythonFunctionTask[..., Any]):
    task_type = "torch"

    def get_command(self, settings: Settings) -> list[str]:
        return ["torchrun", *super().get_command(settings)]

    def get_image(self, settings: Settings) -> str:
        return "torch:2"


def _train(n: int) -> int:
    return n


train = _Torch(_train)


def test_a_class_can_change_command_and_image_of_its_container() -> None:
    found = task_template(train, SETTINGS).container
    assert (found.image, found.args[0], found.args[-1]) == ("torch:2", "torchrun", "train")


class _Factory(TaskResolver):
    """Makes tasks of a number, and finds them again by it."""

    def make(self, number: int) -> PythonTask[..., Any]:
        @task(task_resolver=self)
        def add(n: int) -> int:
            return n + number

        add.number = number  # type: ignore[attr-defined]
        return add

    def loader_args(self, settings: Settings, task: Any) -> list[str]:
        return [str(task.number)]

    def load_task(self, loader_args: list[str]) -> PythonTask[..., Any]:
        return self.make(int(loader_args[0]))


factory = _Factory()


def test_a_task_made_in_a_function_is_found_again_by_its_resolver(tmp_path: Path) -> None:
    template = task_template(factory.make(3), SETTINGS)
    args = list(template.container.args)

    location, words = args[args.index("--resolver") + 1], args[args.index("--") + 1 :]
    inputs = pb.LiteralMap(literals={"n": pb.Literal(scalar={"primitive": {"integer": 4}})}).SerializeToString()
    result = execute(words, inputs, Place("job", str(tmp_path), tmp_path.as_uri()), location)

    assert (location, words) == (f"{__name__}.factory", ["3"])
    assert result.error is None
    assert result.outputs is not None
    assert pb.LiteralMap.FromString(result.outputs).literals["o0"].scalar.primitive.integer == 7


def test_a_resolver_that_nobody_can_find_is_refused() -> None:
    hidden = _Factory()
    with pytest.raises(AuthoringError) as caught:
        task_template(hidden.make(3), SETTINGS)
    line = test_a_resolver_that_nobody_can_find_is_refused.__code__.co_firstlineno + 1
    place = f"{__file__}:{line}"
    assert str(caught.value) == f"{place}: the task resolver _Factory is not at the top level of the module {__name__}"
    assert caught.value.fix == "give it a name there, so that another process can find it"


@pytest.mark.parametrize(
    ("location", "code", "message", "fix"),
    [
        (
            f"{__name__}.gone",
            "AuthoringError",
            f"AuthoringError: there is no task resolver {__name__}.gone",
            "was it renamed since the run was created?",
        ),
        (
            "nowhere",
            "AuthoringError",
            "AuthoringError: there is no task resolver nowhere",
            "was it renamed since the run was created?",
        ),
        (f"{__name__}.factory", "ValueError", "ValueError: invalid literal for int() with base 10: 'x'", ""),
    ],
)
def test_words_that_no_resolver_understands_are_final(
    tmp_path: Path, location: str, code: str, message: str, fix: str
) -> None:
    result = execute(["x"], b"", Place("job", str(tmp_path), tmp_path.as_uri()), location)
    assert result.error is not None
    assert (result.error.code, result.error.message, result.error.fix) == (code, message, fix)
    assert not result.retryable
