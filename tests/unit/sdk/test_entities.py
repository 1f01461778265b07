"""What a file holds, and inputs as people write them."""

from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from volant.compiler.compile import compile_workflow
from volant.compiler.problems import CompileError
from volant.contracts.worker_wire import Described, Problem
from volant.idl import pb
from volant.sdk.descriptions import check, describe
from volant.sdk.entities import ProblemsError, convert, find, kind_of
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


BROKEN = """
@task
def load(n: list, *more: int) -> int:
    return 1

@task
def one(n: int = None) -> int:
    return n

@task
def text(s: str) -> str:
    return s

@workflow
def first(n: int) -> int:
    if n > 3:
        text(s=1)
    text(s=n + 1)
    a, b = text(s="x")
    return one(load(n=[a, b]))

@workflow
def second(n: int) -> int:
    return load(n=[n])

@workflow
def third(n: int) -> str:
    return text(second(n), t=1)

plan = LaunchPlan.get_or_create(third, "third-plan", default_inputs={"n": "x"})

@workflow
def mixed(n: int) -> str:
    text(s=3)
    return text(s=one(n))
"""


def _lines(problems: tuple[Problem, ...], module: ModuleType) -> list[tuple[int, str]]:
    assert all(each.message.startswith(f"{each.place}: ") for each in problems)
    start = (module.first.function.__code__.co_firstlineno - 14) if hasattr(module, "first") else 0
    return [(int(each.place.rpartition(":")[2]) - start, each.entity) for each in problems]


def test_everything_wrong_with_a_file_is_told_once_in_its_order(load: Load) -> None:
    module = load(BROKEN)
    checked = check(find(module))
    assert _lines(checked.problems, module) == [
        (2, "load"), (2, "load"), (6, "one"), (16, "first"), (18, "first"), (19, "first"), (28, "third"), (30, "plan"),
        (34, "mixed"),
    ]  # fmt: skip
    assert [each.message.partition(": ")[2].replace(module.__name__, "m") for each in checked.problems] == [
        "task m.load: the parameter '*more: int' has no name of its own to bind",
        "task m.load: input 'n': list does not say of what",
        "task m.one: the default of 'n': expected int, got None",
        "workflow m.first: comparing is not possible here: n is a promise of int, not yet a value",
        "workflow m.first: arithmetic is not possible here: n is a promise of int, not yet a value",
        "workflow m.first: unpacking it into 2 names is not possible here: n1.o0 is a promise of str, not yet a value",
        "workflow m.third, node n1 (m.text): there is no input 't'",
        "launch plan third-plan: the default of 'n': expected int, got 'x' of type str",
        "workflow m.mixed, node n0 (m.text): input 's': expected str, got 3 of type int",
    ]


def test_an_entity_that_is_asked_for_tells_all_that_it_reaches_and_nothing_else(load: Load) -> None:
    module = load(BROKEN)
    for _ in range(2):  # what was traced is kept; the mistakes with it
        with pytest.raises(ProblemsError) as caught:
            describe(find(module), "third")
        assert _lines(caught.value.problems, module) == [(2, "load"), (2, "load"), (28, "third")]
    assert describe(find(module), "text").entity == "text"


def test_what_is_right_beside_a_mistake_is_described_and_compiled(load: Load) -> None:
    module = load(BROKEN)
    described = {each.entity: each for each in check(find(module)).described}
    # A workflow of which nothing is left, and a task that cannot be called, are not there.
    assert list(described) == ["one", "text", "first", "third", "plan", "mixed"]
    for name in ("one", "text", "first", "third", "plan"):
        assert _compile(described[name]) == []
    # The mistake in types, which the author did not make twice, is found all the same.
    (problem,) = _compile(described["mixed"])
    assert (problem.code, problem.node) == ("MismatchingTypes", "n2")
    line = module.mixed.function.__code__.co_firstlineno + 3
    assert described["mixed"].places[problem.workflow][problem.node] == f"{module.__file__}:{line}"


def _compile(described: Described) -> list[Any]:
    try:
        compile_workflow(
            pb.WorkflowTemplate.FromString(described.workflow),
            [pb.WorkflowTemplate.FromString(each) for each in described.sub_workflows],
            [pb.TaskTemplate.FromString(each) for each in described.tasks],
        )
    except CompileError as error:
        return list(error.problems)
    return []


def test_what_an_author_imports_and_uses_is_told_with_its_own_name(load: Load) -> None:
    other = load("@task\ndef far(n) -> int: ...")
    module = load(f"from {other.__name__} import far\n@workflow\ndef f() -> int:\n    return far(1)")
    (problem,) = check(find(module)).problems
    assert (problem.entity, problem.place) == (f"{other.__name__}.far", other.far.place)


def test_a_body_that_fails_after_a_mistake_is_told_of_the_mistake_alone(load: Load) -> None:
    module = load("@workflow\ndef f(n: int) -> int:\n    {3: 1}[int(n)]\n    return n")
    (problem,) = check(find(module)).problems
    assert "making a number of it is not possible here" in problem.message
    assert problem.trace == ""


def test_places_name_the_line_of_every_call(load: Load) -> None:
    module = load(
        """
@task
def one(n: int = 1) -> int:
    return n

@workflow
def inner(n: int) -> int:
    return one(n)

@workflow
def outer(n: int) -> int:
    first = inner(
        n
    ).with_overrides(node_name="first")
    return one(first)
"""
    )
    line = module.outer.function.__code__.co_firstlineno
    file, prefix = module.__file__, f"default:development:{module.__name__}"
    assert describe(find(module), "outer").places == {
        f"{prefix}.outer:local": {"": f"{file}:{line}", "first": f"{file}:{line + 2}", "n1": f"{file}:{line + 5}"},
        f"{prefix}.inner:local": {"": f"{file}:{line - 4}", "n0": f"{file}:{line - 2}"},
    }
    task = describe(find(module), "one")
    node = pb.WorkflowTemplate.FromString(task.workflow).nodes[0].id
    assert list(task.places.values()) == [{"": module.one.place, node: module.one.place}]
