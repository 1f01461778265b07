"""One attempt in its process: outputs, or whose fault it was."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from volant.base.errors import FaultKind
from volant.contracts.worker_wire import Result
from volant.idl import pb
from volant.idl.literals import literal_map, primitive, wire
from volant.sdk.execute import Place, execute

Load = Callable[[str], ModuleType]
NO_INPUTS = b""


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place("job", str(tmp_path / "out"), (tmp_path / "raw").as_uri())


def _run(load: Load, source: str, place: Place, inputs: bytes = NO_INPUTS) -> Result:
    module = load(source)
    return execute(("task-module", module.__name__, "task-name", "f"), inputs, place)


def _outputs(result: Result) -> dict[str, Any]:
    assert result.error is None, result.error
    assert result.outputs is not None
    return dict(pb.LiteralMap.FromString(result.outputs).literals)


def test_a_task_gets_its_inputs_and_gives_its_outputs(load: Load, place: Place) -> None:
    source = """
class Out(NamedTuple):
    total: int
    label: str

@task
def f(n: int, label: str = "x", more: int | None = None, none: int | None = 3) -> Out:
    return Out(n + (more or 0) + (none or 0), label)
"""
    found = _outputs(_run(load, source, place, wire(literal_map({"n": primitive(3)}))))
    assert found == {"total": primitive(6), "label": primitive("x")}


def test_an_optional_input_that_is_absent_is_none(load: Load, place: Place) -> None:
    source = "@task\ndef f(n: int | None) -> bool:\n    return n is None"
    assert _outputs(_run(load, source, place)) == {"o0": primitive(True)}


def test_a_task_without_outputs_gives_an_empty_map(load: Load, place: Place) -> None:
    assert _run(load, "@task\ndef f() -> None: ...", place) == Result("job", b"")


def test_an_async_task_runs_to_its_end(load: Load, place: Place) -> None:
    source = """
import asyncio
@task
async def f() -> int:
    await asyncio.sleep(0)
    return 3
"""
    assert _outputs(_run(load, source, place)) == {"o0": primitive(3)}


def test_files_are_kept_in_the_raw_data_and_the_working_folder_goes(load: Load, place: Place) -> None:
    source = """
@task
def f() -> tuple[File, str]:
    path = current_context().working_directory / "a.txt"
    path.write_text("hello")
    return File(path), str(path)
"""
    found = _outputs(_run(load, source, place))
    uri = found["o0"].scalar.blob.uri
    assert uri.startswith(place.raw_output_prefix)
    assert Path(uri.removeprefix("file://")).read_text() == "hello"
    assert not Path(found["o1"].scalar.primitive.string_value).exists()


def test_the_context_says_where_the_task_runs(load: Load, place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "FLYTE_INTERNAL_EXECUTION_ID": "abc",
        "FLYTE_INTERNAL_EXECUTION_PROJECT": "p",
        "FLYTE_INTERNAL_EXECUTION_DOMAIN": "d",
        "FLYTE_ATTEMPT_NUMBER": "2",
        "VOLANT_NODE": "n2/0/n1",
    }.items():
        monkeypatch.setenv(name, value)
    source = """
@task
def f() -> dict[str, str]:
    c = current_context()
    return {"run": c.run_id, "name": c.run_name, "node": c.node, "attempt": str(c.attempt), "task": c.task}
"""
    found = _outputs(_run(load, source, place))["o0"].map.literals
    assert {key: each.scalar.primitive.string_value for key, each in found.items() if key != "task"} == {
        "run": "p:d:abc",
        "name": "abc",
        "node": "n2/0/n1",
        "attempt": "2",
    }


def test_the_context_has_flytekits_names_too(load: Load, place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "FLYTE_INTERNAL_EXECUTION_ID": "abc",
        "FLYTE_INTERNAL_EXECUTION_PROJECT": "p",
        "FLYTE_INTERNAL_EXECUTION_DOMAIN": "d",
        "FLYTE_INTERNAL_TASK_PROJECT": "p",
        "FLYTE_INTERNAL_TASK_DOMAIN": "d",
        "FLYTE_INTERNAL_TASK_NAME": "flights.f",
        "FLYTE_INTERNAL_TASK_VERSION": "v",
        "VOLANT_RUN_STARTED_US": "1700000000000001",
    }.items():
        monkeypatch.setenv(name, value)
    source = """
@task
def f() -> list[str]:
    c = current_context()
    return [
        c.execution_id.project, c.execution_id.domain, c.execution_id.name, *c.task_id, c.raw_output_prefix,
        c.output_metadata_prefix, c.execution_date.isoformat(),
    ]
"""
    found = _outputs(_run(load, source, place))["o0"].collection.literals
    assert [each.scalar.primitive.string_value for each in found] == [
        "p", "d", "abc", "p", "d", "flights.f", "v", place.raw_output_prefix, place.output_prefix,
        "2023-11-14T22:13:20.000001+00:00",
    ]  # fmt: skip


def test_what_a_task_logs_from_info_on_is_in_its_log() -> None:
    code = "from volant import current_context as c; l = c().logging; l.debug('a'); l.info('b'); c().logging.error('c')"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert [line.split()[-2:] for line in done.stderr.splitlines()] == [["INFO", "b"], ["ERROR", "c"]]


def test_a_checkpoint_reaches_the_next_attempt(load: Load, tmp_path: Path) -> None:
    source = """
@task
def f() -> str:
    found = current_context().checkpoint.read()
    current_context().checkpoint.write(b"half way")
    return "" if found is None else found.decode()
"""
    first, second = (tmp_path / "first").as_uri(), (tmp_path / "second").as_uri()
    raw = (tmp_path / "raw").as_uri()
    assert _outputs(_run(load, source, Place("a", "", raw, first, '""'))) == {"o0": primitive("")}
    assert _outputs(_run(load, source, Place("b", "", raw, second, first))) == {"o0": primitive("half way")}


FAULTY = """
class Trouble(Exception):
    def __str__(self):
        raise RuntimeError

def deep():
    {line}

@task
def f() -> int:
    deep()
    return 1
"""


@pytest.mark.parametrize(
    ("line", "code", "message", "retryable"),
    [
        ("raise ValueError('no luck')", "ValueError", "ValueError: no luck", True),
        ("raise RecoverableError('again')", "RecoverableError", "RecoverableError: again", True),
        ("raise NonRecoverableError('never')", "NonRecoverableError", "NonRecoverableError: never", False),
        ("1 / 0", "ZeroDivisionError", "ZeroDivisionError: division by zero", True),
        ("raise SystemExit(3)", "SystemExit", "SystemExit: 3", True),
        ("raise BaseException", "BaseException", "BaseException", True),
        ("raise Trouble", "Trouble", "Trouble: <exception str() failed>", True),
        (
            "import json; json.loads('[')",
            "JSONDecodeError",
            "JSONDecodeError: Expecting value: line 1 column 2 (char 1)",
            True,
        ),
    ],
)
def test_what_the_authors_code_raises_is_told_as_its_fault(
    load: Load, place: Place, line: str, code: str, message: str, retryable: bool
) -> None:
    module = load(FAULTY.format(line=line))
    result = execute(("task-module", module.__name__, "task-name", "f"), NO_INPUTS, place)
    assert result.outputs is None
    assert result.error is not None
    assert (result.error.code, result.error.message, result.retryable) == (code, message, retryable)
    assert result.error.kind is FaultKind.USER
    assert result.error.place == f"{module.__file__}:{module.deep.__code__.co_firstlineno + 1}"
    assert line in result.error.trace
    assert "volant/sdk" not in result.error.trace


def test_causes_are_shown_without_our_frames_too(load: Load, place: Place) -> None:
    source = """
@task
def inner(n: int) -> int:
    raise KeyError(n)
@task
def f() -> int:
    try:
        return inner(3)
    except KeyError as error:
        raise ValueError("wrong") from error
"""
    error = _run(load, source, place).error
    assert error is not None
    assert "KeyError: 3" in error.trace
    assert "direct cause" in error.trace
    assert "volant/sdk" not in error.trace


def test_an_interrupt_is_told_as_one_and_may_be_tried_again(load: Load, place: Place) -> None:
    result = _run(load, "@task\ndef f() -> None:\n    raise KeyboardInterrupt", place)
    assert result.error is not None
    assert (result.error.code, result.error.kind, result.retryable) == ("KeyboardInterrupt", FaultKind.USER, True)
    assert result.error.message == "the task was interrupted: KeyboardInterrupt"


FAULT = "from volant.base.errors import SystemFault\n"
GENERATOR = "from collections.abc import Iterator\n@task\ndef f() -> Iterator[int]:\n    yield 1\n"


def test_a_fault_of_the_world_in_a_task_is_no_mistake_of_its_author(load: Load, place: Place) -> None:
    source = f"{FAULT}@task\ndef f() -> None:\n    raise SystemFault('the store is away', fix='wait')"
    result = _run(load, source, place)
    assert result.error is not None
    assert (result.error.kind, result.retryable, result.error.fix) == (FaultKind.SYSTEM, True, "wait")
    assert result.error.message == "SystemFault: the store is away"


@pytest.mark.parametrize(
    ("line", "message", "kind"),
    [
        ("raise ValueError('no luck')", "ValueError: no luck", FaultKind.USER),
        ("open('/nope')", "FileNotFoundError: [Errno 2] No such file or directory: '/nope'", FaultKind.USER),
        ("raise SystemFault('the store is away')", "SystemFault: the store is away", FaultKind.SYSTEM),
    ],
)
def test_what_a_generator_raises_while_its_values_are_stored_is_told_as_raised_in_the_task(
    load: Load, place: Place, line: str, message: str, kind: FaultKind
) -> None:
    result = _run(load, f"{FAULT}{GENERATOR}    {line}", place)
    assert result.error is not None
    assert (result.error.message, result.error.kind, result.retryable) == (message, kind, True)
    assert line in result.error.trace
    assert "volant/sdk" not in result.error.trace


def test_a_generator_that_says_never_is_not_asked_again(load: Load, place: Place) -> None:
    assert not _run(load, f"{GENERATOR}    raise NonRecoverableError('never')", place).retryable


def test_raw_data_that_cannot_be_written_is_no_mistake_of_the_author(load: Load, tmp_path: Path) -> None:
    (tmp_path / "raw").write_text("in the way")
    source = """
@task
def f() -> File:
    path = current_context().working_directory / "a.txt"
    path.write_text("hello")
    return File(path)
"""
    result = _run(load, source, Place("job", "", (tmp_path / "raw").as_uri()))
    assert result.error is not None
    assert (result.error.kind, result.retryable) == (FaultKind.SYSTEM, True)
    assert result.error.message.startswith("its result could not be stored: ")


def test_a_fault_of_ours_is_told_with_all_its_lines_and_may_be_tried_again(load: Load, place: Place) -> None:
    result = _run(load, "@task\ndef f() -> None: ...", place, b"no map")
    assert result.error is not None
    assert (result.error.code, result.error.kind, result.retryable) == ("SYSTEM", FaultKind.SYSTEM, True)
    assert result.error.message.startswith("Volant failed to run the task: DecodeError")
    assert "volant/sdk/execute.py" in result.error.trace


def test_the_threads_of_a_task_have_its_context(load: Load, place: Place) -> None:
    source = """
from concurrent.futures import ThreadPoolExecutor
@task
def f() -> str:
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(lambda: current_context().task).result()
"""
    assert _outputs(_run(load, source, place))["o0"].scalar.primitive.string_value.endswith(".f")


@pytest.mark.parametrize(
    ("source", "code", "message", "fix"),
    [
        (
            "@task\ndef f() -> int:\n    return 'x'",
            "OutputConversionFailed",
            "its result: expected int, got 'x' of type str",
            "return what its annotation says, int, or correct that",
        ),
        (
            "@task\ndef f() -> tuple[int, str]:\n    return 1, 2",
            "OutputConversionFailed",
            "output 'o1': expected str, got 2 of type int",
            "write str(…) around it",
        ),
        (
            "@task\ndef f() -> tuple[int, str]:\n    return 1",
            "OutputConversionFailed",
            "it returned 1, its annotation says o0 and o1",
            "return a tuple of 2",
        ),
        (
            "@task\ndef f():\n    return 1",
            "OutputConversionFailed",
            "it returned 1, but declares no result",
            "annotate what it returns, e.g. -> int, or return nothing",
        ),
        (
            "import threading\n@task\ndef f() -> Any:\n    return threading.Lock()",
            "OutputConversionFailed",
            "its result: <unlocked _thread.lock object at ",
            "return plain values, a dataclass, a DataFrame or a File instead",
        ),
        (
            "@task\ndef f() -> str:\n    return 'x' * 2000",
            "OutputSizeExceeded",
            "its outputs take 2,019 bytes, 1,000 are allowed",
            "return a File or a DataFrame: its bytes are kept beside the outputs",
        ),
        ("@task\ndef f(n: int) -> None: ...", "InputConversionFailed", "input 'n' is missing", ""),
    ],
)
def test_what_cannot_be_converted_is_final_and_says_what_to_do(
    load: Load, tmp_path: Path, source: str, code: str, message: str, fix: str
) -> None:
    module = load(source)
    small = Place("job", "", (tmp_path / "raw").as_uri(), output_limit=1000)
    result = execute(("task-module", module.__name__, "task-name", "f"), NO_INPUTS, small)
    assert result.error is not None
    assert (result.error.code, result.retryable) == (code, False)
    assert result.error.message.startswith(f"task {module.__name__}.f: {message}")
    assert result.error.fix == fix
    assert result.error.place == module.f.place


def test_an_input_of_another_type_is_told_with_its_name(load: Load, place: Place) -> None:
    source = "@task\ndef f(n: int) -> None: ..."
    error = _run(load, source, place, wire(literal_map({"n": primitive("x")}))).error
    assert error is not None
    assert error.code == "InputConversionFailed"
    assert error.message.endswith("input 'n': expected int, got a literal that holds string_value")


@pytest.mark.parametrize(
    ("loader", "code", "message"),
    [
        (("task-module", "json", "task-name", "f"), "AuthoringError", "AuthoringError: module json has no task 'f'"),
        (
            ("task-module", "no_such", "task-name", "f"),
            "ModuleNotFoundError",
            "ModuleNotFoundError: No module named 'no_such'",
        ),
        (("something", "else"), "AuthoringError", "AuthoringError: the words 'something else' do not name a task"),
    ],
)
def test_a_task_that_cannot_be_found_is_final(place: Place, loader: tuple[str, ...], code: str, message: str) -> None:
    result = execute(loader, NO_INPUTS, place)
    assert result.error is not None
    assert (result.error.code, result.error.message, result.retryable) == (code, message, False)


def test_an_endless_message_is_cut_in_the_middle(load: Load, place: Place) -> None:
    error = _run(load, "@task\ndef f() -> None:\n    raise ValueError('a' * 10**6 + 'z')", place).error
    assert error is not None
    assert len(error.message) <= 100 << 10
    assert error.message.startswith("ValueError: a")
    assert "… cut …" in error.message
    assert error.message.endswith("z")


def test_outside_a_run_the_context_is_an_empty_one() -> None:
    from volant.sdk.checkpoint import Checkpoint
    from volant.sdk.context import TaskContext

    context = TaskContext()
    assert (context.run_id, context.attempt, context.working_directory.is_dir()) == ("", 0, True)
    context.folder.remove()
    kept = Checkpoint()
    kept.write(b"1")
    assert kept.read() == b"1"
