"""What a file holds, and inputs as people write them."""

from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from volant.contracts.worker_wire import Problem
from volant.idl import pb
from volant.sdk.entities import ProblemsError, convert, describe, find, kind_of
from volant.sdk.settings import Settings

Load = Callable[[str], ModuleType]

SOURCE = """
@dataclass
class Config:
    rate: float
    names: list[str]

@task
def one(n: int = 1) -> int:
    return n

alias = one

@workflow
def report(config: Config, n: int = 4, when: dt.date | None = None) -> int:
    '''Make the report.

    Args:
        config: How.
    '''
    return one(n)
"""


@pytest.fixture
def entities(load: Load) -> dict[str, Any]:
    return find(load(SOURCE))


def test_a_module_shows_its_own_entities_in_order(load: Load) -> None:
    first = load(SOURCE)
    other = load(f"from {first.__name__} import one\n@workflow\ndef flow() -> int:\n    return one()\n")
    assert [(name, kind_of(each)) for name, each in find(first).items()] == [("one", "task"), ("report", "workflow")]
    assert list(find(other)) == ["flow"]


def test_an_entity_is_described_for_people_and_engine(entities: dict[str, Any]) -> None:
    found = describe(entities, "report", Settings("p", "d", "v"))
    assert (found.entity, found.name) == ("report", entities["report"].name)
    assert pb.WorkflowTemplate.FromString(found.workflow).id.version == "v"
    assert len(found.tasks) == 1
    assert sorted(pb.LiteralMap.FromString(found.defaults).literals) == ["n", "when"]
    assert found.python_types == {"config": "Config", "n": "int", "when": "date | None"}
    assert (found.docs, found.input_docs) == ("Make the report.", {"config": "How."})


def test_the_only_workflow_need_not_be_named(entities: dict[str, Any]) -> None:
    assert describe(entities, "").entity == "report"


@pytest.mark.parametrize(
    ("names", "wanted", "message", "fix"),
    [
        (
            ["one", "report"],
            "reprot",
            "there is no task or workflow 'reprot'",
            "did you mean 'report'? There is one, report",
        ),
        (["one", "report"], "x", "there is no task or workflow 'x'", "there is one, report"),
        (["one"], "", "there is no workflow", "name one of one"),
        ([], "", "there is no workflow", "write @task or @workflow before a function of it, and save the file"),
    ],
)
def test_a_wrong_name_lists_the_choices(
    entities: dict[str, Any], names: list[str], wanted: str, message: str, fix: str
) -> None:
    with pytest.raises(ProblemsError) as caught:
        describe({name: entities[name] for name in names}, wanted)
    assert caught.value.problems == (Problem(message, fix, usage=True),)


def test_several_workflows_ask_for_a_name(load: Load) -> None:
    found = find(load("@workflow\ndef a() -> None: ...\n@workflow\ndef b() -> None: ..."))
    with pytest.raises(ProblemsError) as caught:
        describe(found, "")
    assert caught.value.problems == (Problem("there are several workflows", "name one of a, b", usage=True),)


def test_a_mistake_of_the_author_is_a_problem_with_its_fix(load: Load) -> None:
    found = find(load("@task\ndef f(a: list) -> None: ..."))
    with pytest.raises(ProblemsError) as caught:
        describe(found, "f")
    (problem,) = caught.value.problems
    assert problem.message.endswith("input 'a': list does not say of what")
    assert (problem.fix, problem.usage) == ("write list[int] or the like", False)


def test_a_body_that_raises_is_a_problem_with_the_authors_traceback(load: Load) -> None:
    module = load("@workflow\ndef f() -> None:\n    {}['x']")
    with pytest.raises(ProblemsError) as caught:
        describe(find(module), "f")
    (problem,) = caught.value.problems
    line = module.f.function.__code__.co_firstlineno + 2
    assert problem.message == f"{module.__file__}:{line}: KeyError: 'x'"
    assert "{}['x']" in problem.trace
    assert "volant/sdk" not in problem.trace


def test_a_default_that_does_not_fit_is_a_problem(load: Load) -> None:
    found = find(load("@workflow\ndef f(n: int = None) -> None: ..."))
    with pytest.raises(ProblemsError, match=r"the default of 'n': expected int, got None"):
        describe(found, "")


def test_inputs_come_from_words_values_and_defaults(entities: dict[str, Any]) -> None:
    data = convert(entities, "report", {"n": "7"}, {"config": {"rate": 1, "names": ["a"]}, "n": 5}, "/")
    found = pb.LiteralMap.FromString(data).literals
    assert found["n"].scalar.primitive.integer == 7
    assert found["config"].scalar.binary.tag == "msgpack"
    assert found["when"].scalar.union.value.scalar.HasField("none_type")


def test_every_problem_with_the_inputs_is_told_at_once(entities: dict[str, Any]) -> None:
    with pytest.raises(ProblemsError) as caught:
        convert(entities, "report", {"n": "many", "whem": "2024-01-31"}, {"when": "soon"}, "/")
    assert caught.value.problems == (
        Problem("there is no input 'whem'", "did you mean 'when'?", usage=True),
        Problem("input 'config': a value of type Config is missing", """add --config {"rate": …}""", usage=True),
        Problem("input 'n': expected int, got 'many' of type str", "write a number", usage=True),
        Problem("input 'when': expected date, got 'soon' of type str", "write it like 2024-01-31", usage=True),
    )


def test_files_are_found_from_the_base(load: Load, tmp_path: Path) -> None:
    found = find(load("@workflow\ndef f(file: File) -> File:\n    return file"))
    (tmp_path / "a.txt").write_text("1")
    literals = pb.LiteralMap.FromString(convert(found, "", {"file": "a.txt"}, {}, str(tmp_path))).literals
    assert literals["file"].scalar.blob.uri == (tmp_path / "a.txt").as_uri()
    with pytest.raises(ProblemsError, match="input 'file': there is no file"):
        convert(found, "", {"file": "b.txt"}, {}, str(tmp_path))
