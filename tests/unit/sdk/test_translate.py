"""Tasks and workflows as Flyte's templates."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import pytest

from volant.idl import pb
from volant.idl.messages import from_custom
from volant.sdk.errors import AuthoringError
from volant.sdk.settings import Settings
from volant.sdk.task import PythonTask
from volant.sdk.translate.task import task_template
from volant.sdk.translate.workflow import Translated, translate

Load = Callable[[str], ModuleType]
SETTINGS = Settings("proj", "prod", "v1")


def _one_task(load: Load, options: str) -> pb.TaskTemplate:
    module = load(
        f"""
@task({options})
def double(n: int) -> int:
    '''Double it.

    Args:
        n: What.
    '''
    return 2 * n
"""
    )
    return task_template(module.double, SETTINGS)


def test_a_task_is_a_python_task_whose_command_finds_it_again(load: Load) -> None:
    found = _one_task(load, "")
    module = found.id.name.removesuffix(".double")
    assert found.id == pb.Identifier(
        resource_type=pb.ResourceType.TASK, project="proj", domain="prod", name=f"{module}.double", version="v1"
    )
    assert found.type == "python-task"
    assert list(found.container.args) == [
        "volant-execute", "--inputs", "{{.input}}", "--output-prefix", "{{.outputPrefix}}",
        "--raw-output-data-prefix", "{{.rawOutputDataPrefix}}", "--checkpoint-path", "{{.checkpointOutputPrefix}}",
        "--prev-checkpoint", "{{.prevCheckpointPrefix}}", "--resolver", "volant.sdk.resolver", "--",
        "task-module", module, "task-name", "double",
    ]  # fmt: skip
    assert not found.container.command
    assert found.container.image.startswith("volant:py3.")
    assert found.interface.inputs.variables["n"].description == "What."
    assert found.interface.outputs.variables["o0"].type.simple == pb.SimpleType.INTEGER
    assert found.metadata.runtime.flavor == "python"
    assert not found.metadata.HasField("timeout")
    assert found.metadata.WhichOneof("interruptible_value") is None
    assert not found.HasField("custom")
    assert dict(found.config) == {}


def test_every_option_has_its_place(load: Load) -> None:
    found = _one_task(
        load,
        """retries=3, timeout=dt.timedelta(minutes=5), cache=True, cache_version="2", cache_serialize=True,
        cache_ignore_input_vars=("n",), interruptible=False, requests=Resources(cpu=1, mem="1Gi"),
        limits=Resources(mem="2Gi"), environment={"MODE": "fast"}, isolation="fresh" """,
    )
    meta = found.metadata
    assert (meta.retries.retries, meta.timeout.seconds) == (3, 300)
    assert (meta.discoverable, meta.discovery_version, meta.cache_serializable) == (True, "2", True)
    assert list(meta.cache_ignore_input_vars) == ["n"]
    assert meta.WhichOneof("interruptible_value") == "interruptible"
    assert not meta.interruptible
    names = pb.Resources.ResourceName
    assert found.container.resources == pb.Resources(
        requests=[{"name": names.CPU, "value": "1"}, {"name": names.MEMORY, "value": "1Gi"}],
        limits=[{"name": names.MEMORY, "value": "2Gi"}],
    )
    assert [(each.key, each.value) for each in found.container.env] == [("MODE", "fast")]
    assert dict(found.config) == {"isolation": "fresh"}


class _Query(PythonTask[..., Any]):
    task_type = "query"

    def get_custom(self, settings: Settings) -> Any:
        return self.task_config

    def get_config(self, settings: Settings) -> dict[str, str]:
        return {"queue": settings.project}


@pytest.mark.parametrize(
    ("custom", "wire"),
    [
        ({"sql": "select", "limit": 3}, {"sql": "select", "limit": 3.0}),
        (pb.Duration(seconds=3), None),
        (pb.Alias(var="a", alias="b"), {"var": "a", "alias": "b"}),
        (Settings("p", "d", "v"), {"project": "p", "domain": "d", "version": "v"}),
        (None, None),
    ],
)
def test_a_task_type_brings_its_own_message(custom: Any, wire: Any) -> None:
    made = _Query("totals", task_config=custom)
    if isinstance(custom, pb.Duration):  # its JSON form is a text, which a Struct cannot hold
        with pytest.raises(AuthoringError, match="which has no JSON form"):
            task_template(made, SETTINGS)
        return
    found = task_template(made, SETTINGS)
    assert (found.type, dict(found.config), found.HasField("container")) == ("query", {"queue": "proj"}, False)
    assert found.HasField("custom") is (wire is not None)
    assert pb.MessageToDict(found.custom) == (wire or {})


@dataclass
class _Ask:
    limit: int
    wait: dt.timedelta = dt.timedelta(seconds=1)


def test_a_message_of_ones_own_travels_as_the_plugin_reads_it() -> None:
    ask = _Ask(2**60)

    found = task_template(_Query("totals", task_config=ask), SETTINGS)

    assert from_custom(found, _Ask) == ask


def test_a_message_whose_field_does_not_fit_is_told_with_the_task_and_the_field() -> None:
    with pytest.raises(
        AuthoringError, match=r"task .*totals: get_custom\(\) returned .*_Ask.wait: expected a timed"
    ) as told:
        task_template(_Query("totals", task_config=_Ask(1, wait=5)), SETTINGS)  # type: ignore[arg-type]

    assert told.value.fix == "write timedelta(seconds=…)"


def test_a_task_inside_a_function_is_refused(load: Load) -> None:
    module = load(
        """
def make():
    @task
    def hidden(n: int) -> int:
        return n
    return hidden
inner = make()
renamed = task(lambda: None) if False else None
"""
    )
    # Reachable under another name, it is found by that one.
    assert list(task_template(module.inner, SETTINGS).container.args)[-1] == "inner"
    with pytest.raises(AuthoringError, match="is not at the top level of the module") as caught:
        task_template(module.make(), SETTINGS)
    assert "define it outside of functions and classes" in caught.value.fix


FLOW = """
class Stats(NamedTuple):
    total: int
    name: str

@dataclass
class Config:
    rate: float

@task(retries=2, timeout=60, interruptible=True)
def one(n: int = 1) -> int:
    return n

@task
def stats(a: int, ns: list[int], label: str | None = None) -> Stats:
    return Stats(a, "x")

@task
def tidy(n: int, err: WorkflowError | None = None) -> None: ...

@workflow
def inner(n: int) -> int:
    return one(n)
"""


def _flow(load: Load, source: str) -> Translated:
    return translate(load(FLOW + source).flow, SETTINGS)


def test_a_workflow_is_its_nodes_bindings_and_order(load: Load) -> None:
    found = _flow(
        load,
        """
@workflow(
    on_failure=tidy,
    failure_policy=WorkflowFailurePolicy.FAIL_AFTER_EXECUTABLE_NODES_COMPLETE,
    interruptible=True,
)
def flow(n: int, config: Config = Config(0.5)) -> Stats:
    first = one(n)
    last = one()
    deep = inner(n=first).with_overrides(node_name="deep", retries=4)
    out = stats(a=deep, ns=[first, 7])
    last >> first
    return out
""",
    )
    flow = found.workflow
    assert [each.id for each in flow.nodes] == ["n0", "n1", "deep", "n3"]
    assert [list(each.upstream_node_ids) for each in flow.nodes] == [["n1"], [], ["n0"], ["deep", "n0"]]
    assert [each.var for each in flow.nodes[3].inputs] == ["a", "label", "ns"]
    assert flow.nodes[0].inputs[0].binding.promise == pb.OutputReference(node_id="", var="n")
    assert flow.nodes[1].inputs[0].binding.scalar.primitive.integer == 1
    assert flow.nodes[3].inputs[1].binding.scalar.union.type.structure.tag == "none"
    assert [each.WhichOneof("value") for each in flow.nodes[3].inputs[2].binding.collection.bindings] == [
        "promise", "scalar",
    ]  # fmt: skip
    assert flow.nodes[2].workflow_node.sub_workflow_ref.name.endswith(".inner")
    assert flow.nodes[2].metadata.retries.retries == 4
    assert {each.var: each.binding.promise.var for each in flow.outputs} == {"total": "total", "name": "name"}
    assert flow.metadata.on_failure == 1
    assert flow.metadata_defaults.interruptible
    assert flow.failure_node.id == "fn0"
    assert flow.failure_node.inputs[0].binding.scalar.union.value.scalar.HasField("none_type")
    assert [each.id.name.rpartition(".")[2] for each in found.tasks] == ["one", "stats", "tidy"]
    assert [each.id.name.rpartition(".")[2] for each in found.sub_workflows] == ["inner"]


def test_a_node_says_what_its_task_says_unless_it_says_otherwise(load: Load) -> None:
    found = _flow(
        load,
        """
@workflow
def flow() -> int:
    one(1)
    one(2).with_overrides(
        name="two", retries=5, timeout=dt.timedelta(seconds=7), interruptible=False,
        cache=True, cache_version="9", cache_serialize=True, requests=Resources(cpu="2"),
    )
    return one(3).with_overrides(retries=0)
""",
    )
    plain, changed, none = found.workflow.nodes
    meta = plain.metadata
    assert (meta.name, meta.retries.retries, meta.timeout.seconds, meta.interruptible) == ("one", 2, 60, True)
    assert meta.WhichOneof("cacheable_value") is None
    meta = changed.metadata
    assert (meta.name, meta.retries.retries, meta.timeout.seconds, meta.interruptible) == ("two", 5, 7, False)
    assert meta.WhichOneof("interruptible_value") == "interruptible"
    assert (meta.cacheable, meta.cache_version, meta.cache_serializable) == (True, "9", True)
    assert changed.task_node.overrides.resources.requests[0].value == "2"
    assert none.metadata.retries.retries == 0


def test_paths_below_promises_are_told(load: Load) -> None:
    found = _flow(
        load,
        """
@workflow
def flow(config: Config, names: dict[str, list[int]]) -> tuple[float, int]:
    return config.rate, names["a"][2]
""",
    )
    o0, o1 = (each.binding.promise for each in found.workflow.outputs)
    assert (o0.var, [each.string_value for each in o0.attr_path]) == ("config", ["rate"])
    assert [each.string_value or each.int_value for each in o1.attr_path] == ["a", 2]


def test_the_same_source_gives_the_same_bytes(load: Load) -> None:
    module = load(
        FLOW
        + """
@workflow
def flow(n: int) -> int:
    return one(inner(one(n)))
"""
    )
    first, again = (translate(module.flow, SETTINGS) for _ in range(2))
    assert first == again


def test_a_task_alone_is_wrapped_as_flyte_does_it(load: Load) -> None:
    module = load(FLOW)
    found = translate(module.one, SETTINGS)
    name = module.one.name
    assert found.workflow.id.name == f".flytegen.{name}"
    (node,) = found.workflow.nodes
    assert node.id == name.replace("_", "").replace(".", "")
    assert node.metadata.retries.retries == 2
    assert node.inputs[0].binding.promise == pb.OutputReference(node_id="", var="n")
    assert found.workflow.outputs[0].binding.promise == pb.OutputReference(node_id=node.id, var="o0")
    assert found.workflow.interface == found.tasks[0].interface


@pytest.mark.parametrize(
    ("body", "message", "fix"),
    [
        (
            "one('x')",
            "workflow {w}, node n0 ({m}.one): input 'n': expected int, got 'x' of type str",
            "write a value of type int there",
        ),
        (
            "stats(1, [one(), 'x'])",
            "workflow {w}, node n1 ({m}.stats): input 'ns': at [1]: expected int, got 'x' of type str",
            "write a value of type list[int] there",
        ),
        (
            "one({'a': n})",
            "workflow {w}, node n0 ({m}.one): input 'n': expected int, got a dict that holds results of tasks",
            "results of tasks may stand in a list[…] or dict[str, …]; make anything else in a task",
        ),
        (
            "one(stats(1, []))",
            "workflow {w}, node n1 ({m}.one): input 'n': n0 ({m}.stats) returns several outputs",
            "pass one of them: total, name",
        ),
        (
            "one(tidy(1))",
            "workflow {w}, node n1 ({m}.one): input 'n': n0 ({m}.tidy) returns nothing that could be passed on",
            "write >> to run one after the other",
        ),
        (
            "inner(n).with_overrides(cache=True)",
            "workflow {w}, node n0: with_overrides(cache=…) needs a task, {m}.inner is a workflow",
            "override the tasks inside it",
        ),
    ],
)
def test_a_mistake_in_a_body_names_node_input_and_line(load: Load, body: str, message: str, fix: str) -> None:
    module = load(FLOW + f"\n@workflow\ndef flow(n: int) -> int:\n    {body}\n    return n\n")
    with pytest.raises(AuthoringError) as caught:
        translate(module.flow, SETTINGS)
    line = module.flow.function.__code__.co_firstlineno + 2
    told = message.format(w=module.flow.name, m=module.__name__)
    assert str(caught.value) == f"{module.__file__}:{line}: {told}"
    assert caught.value.fix == fix


def test_two_nodes_of_one_name_are_refused(load: Load) -> None:
    with pytest.raises(AuthoringError, match="two nodes are called 'n1'") as caught:
        _flow(load, "@workflow\ndef flow() -> int:\n    one().with_overrides(node_name='n1')\n    return one()")
    assert caught.value.fix == "give one of them another node_name"


def test_a_node_name_no_id_can_have_is_refused(load: Load) -> None:
    with pytest.raises(AuthoringError, match="node n0: node_name='Deep One' is not possible"):
        _flow(load, "@workflow\ndef flow() -> int:\n    return one().with_overrides(node_name='Deep One')")


def test_a_workflow_within_itself_is_refused(load: Load) -> None:
    with pytest.raises(AuthoringError, match="which contains it"):
        _flow(
            load,
            """
@workflow
def middle(n: int) -> int:
    return flow(n)
@workflow
def flow(n: int) -> int:
    return middle(n)
""",
        )


def test_a_type_that_cannot_be_passed_is_refused_with_its_input(load: Load) -> None:
    module = load("@task\ndef f(xs: list) -> None: ...")
    with pytest.raises(AuthoringError) as caught:
        task_template(module.f, SETTINGS)
    assert str(caught.value) == f"{module.f.place}: task {module.f.name}: input 'xs': list does not say of what"
    assert caught.value.fix == "write list[int] or the like"


def test_results_of_tasks_may_stand_in_a_list_for_a_sequence_and_in_a_dict_for_a_mapping(load: Load) -> None:
    module = load(
        """
from collections.abc import Mapping, Sequence
@task
def one(n: int) -> int: return n
@task
def total(numbers: Sequence[int], named: Mapping[str, int]) -> int: return 0
@workflow
def flow() -> int: return total(numbers=[one(n=1), 2], named={"a": one(n=3)})
"""
    )
    inputs = {each.var: each.binding for each in translate(module.flow, SETTINGS).workflow.nodes[2].inputs}
    assert [each.WhichOneof("value") for each in inputs["numbers"].collection.bindings] == ["promise", "scalar"]
    assert inputs["named"].map.bindings["a"].promise.node_id == "n1"
