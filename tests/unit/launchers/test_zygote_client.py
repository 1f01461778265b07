"""A user's file, loaded by a zygote for the command line."""

import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import cloudpickle
import pytest

from volant.contracts import layout
from volant.contracts.worker_wire import Problem
from volant.idl import pb
from volant.kit import processes
from volant.launchers.peer import dial
from volant.launchers.zygote_client import RefusedError, ZygoteClient, start_zygote

FLOW = """
from volant import task, workflow
import numbers_of_mine.primes

print("said while imported")

@task
def double(n: int) -> int:
    return 2 * n

@workflow
def both(n: int = 3) -> int:
    return double(n=n)
"""


@pytest.fixture
def home() -> Iterator[str]:
    folder = tempfile.mkdtemp(prefix="vz-", dir="/tmp")
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def client(home: str) -> Iterator[ZygoteClient]:
    with start_zygote(home, words=("--linger", "0.05")) as client:
        yield client
        client.end()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "numbers_of_mine").mkdir()
    (tmp_path / "numbers_of_mine" / "__init__.py").write_text("")
    (tmp_path / "numbers_of_mine" / "primes.py").write_text("first = 2\n")
    (tmp_path / "unused.py").write_text("")
    (tmp_path / "flow.py").write_text(FLOW)
    return tmp_path


def test_loading_tells_entities_and_the_bytes_of_every_module_below_the_root(client: ZygoteClient, root: Path) -> None:
    loaded = client.load(str(root / "flow.py"), str(root), "flow")
    assert loaded.entities == (("double", "task"), ("both", "workflow"))
    assert dict(loaded.sources) == {
        "flow.py": FLOW.encode(),
        "numbers_of_mine/__init__.py": b"",
        "numbers_of_mine/primes.py": b"first = 2\n",
    }
    assert (loaded.may_fork, loaded.why_not) == (True, "")


def test_what_a_file_prints_while_it_is_imported_goes_to_the_zygotes_log(
    client: ZygoteClient, home: str, root: Path
) -> None:
    client.load(str(root / "flow.py"), str(root), "flow")
    assert "said while imported" in Path(layout.zygote_log(home)).read_text()


def test_an_entity_is_described_and_its_inputs_are_converted(client: ZygoteClient, root: Path) -> None:
    client.load(str(root / "flow.py"), str(root), "flow")
    described = client.describe("", "p", "d")
    inputs = pb.LiteralMap.FromString(client.convert("both", {"n": "7"}, b"", str(root)))
    assert (described.entity, described.name) == ("both", "flow.both")
    assert inputs.literals["n"].scalar.primitive.integer == 7


def test_every_wrong_input_is_refused_with_a_reason(client: ZygoteClient, root: Path) -> None:
    client.load(str(root / "flow.py"), str(root), "flow")
    with pytest.raises(RefusedError) as refused:
        client.convert("both", {"n": "seven", "m": "1"}, b"", str(root))
    assert len(refused.value.problems) == 2


@pytest.mark.parametrize(
    ("source", "place", "said"),
    [
        ("x = 1\ny = 1 / 0\n", "flow.py:2", "ZeroDivisionError"),
        ("x = 1\ndef f(:\n", "flow.py:2", "SyntaxError"),
        ("import sys\n\nsys.exit('no')\n", "flow.py:3", "SystemExit"),
    ],
)
def test_a_file_that_cannot_be_imported_is_refused_with_its_line(
    client: ZygoteClient, tmp_path: Path, source: str, place: str, said: str
) -> None:
    (tmp_path / "flow.py").write_text(source)
    with pytest.raises(RefusedError) as refused:
        client.load(str(tmp_path / "flow.py"), str(tmp_path), "flow", show_as="/shown")
    problem = refused.value.problems[0]
    assert f"/shown/{place}" in problem.message
    assert said in problem.message
    assert "volant" not in problem.trace.replace("/shown", "")


MISTAKEN = """
from volant import task, workflow

@task(retries=-1)
def one(n: int, s) -> int:
    return n

@workflow(interruptible=3)
def both(n: int) -> int:
    return one(n + 1, 2)

@workflow
def right(n: int) -> int:
    return n
"""


def test_a_file_with_mistakes_is_told_of_them_and_nothing_in_it_can_be_run(
    client: ZygoteClient, tmp_path: Path
) -> None:
    (tmp_path / "flow.py").write_text(MISTAKEN)
    loaded = client.load(str(tmp_path / "flow.py"), str(tmp_path), "flow", show_as="/shown")
    assert loaded.problems == _problems_of_import()
    assert loaded.entities == (("one", "task"), ("both", "workflow"), ("right", "workflow"))
    with pytest.raises(RefusedError) as refused:
        client.describe("right", "p", "d")
    assert refused.value.problems == _problems_of_import()


def _problems_of_import() -> tuple[Problem, ...]:
    one, both = "/shown/flow.py:4", "/shown/flow.py:8"
    return (
        Problem(f"{one}: task flow.one: retries=-1 is not possible", "write a whole number, 0 for none", place=one),
        Problem(f"{both}: workflow flow.both: interruptible=3 is not possible", "write True or False", place=both),
    )


def test_a_check_tells_every_mistake_once_with_the_paths_the_user_knows(client: ZygoteClient, tmp_path: Path) -> None:
    (tmp_path / "flow.py").write_text(MISTAKEN)
    client.load(str(tmp_path / "flow.py"), str(tmp_path), "flow", show_as="/shown")
    checked = client.check("p", "d")
    assert checked.problems == (
        *_problems_of_import(),
        Problem(
            "/shown/flow.py:4: task flow.one: the parameter 's' has no type",
            "annotate it, e.g. s: int",
            place="/shown/flow.py:4",
            entity="one",
        ),
        Problem(
            "/shown/flow.py:10: workflow flow.both: arithmetic is not possible here: n is a promise of int, "
            "not yet a value",
            "a workflow's body is traced once, before any task runs: do this in a task",
            place="/shown/flow.py:10",
            entity="both",
        ),
    )
    (right,) = checked.described
    assert right.places == {"p:d:flow.right:local": {"": "/shown/flow.py:12"}}
    with pytest.raises(RefusedError) as refused:
        client.describe("both", "p", "d")
    assert set(refused.value.problems) == set(checked.problems)


def test_mistakes_and_what_ends_the_import_are_told_together(client: ZygoteClient, tmp_path: Path) -> None:
    (tmp_path / "flow.py").write_text("from volant import workflow\n@workflow(x=1)\ndef f() -> None: ...\n1 / 0\n")
    with pytest.raises(RefusedError) as refused:
        client.load(str(tmp_path / "flow.py"), str(tmp_path), "flow")
    assert [each.place.rpartition(":")[2] for each in refused.value.problems] == ["2", "4"]


def test_a_file_that_ends_its_process_is_refused_with_what_it_said(client: ZygoteClient, tmp_path: Path) -> None:
    (tmp_path / "flow.py").write_text("import os\nprint('last words', flush=True)\nos._exit(1)\n")
    with pytest.raises(RefusedError, match="last words"):
        client.load(str(tmp_path / "flow.py"), str(tmp_path), "flow")


def test_a_missing_file_and_a_taken_name_are_refused(client: ZygoteClient, home: str, tmp_path: Path) -> None:
    with pytest.raises(RefusedError, match="there is no file"):
        client.load(str(tmp_path / "none.py"), str(tmp_path), "none")
    (tmp_path / "json.py").write_text("")
    with pytest.raises(RefusedError, match="but that name means"):
        client.load(str(tmp_path / "json.py"), str(tmp_path), "json")


def test_a_zygote_holds_one_file(client: ZygoteClient, root: Path) -> None:
    client.load(str(root / "flow.py"), str(root), "flow")
    with pytest.raises(RefusedError, match="start another"):
        client.load(str(root / "unused.py"), str(root), "unused")


def test_a_file_that_starts_threads_is_told_not_to_be_forkable(client: ZygoteClient, tmp_path: Path) -> None:
    source = (
        "import threading, time\nthreading.Thread(target=time.sleep, args=(60,), name='mine', daemon=True).start()\n"
    )
    (tmp_path / "flow.py").write_text(source)
    loaded = client.load(str(tmp_path / "flow.py"), str(tmp_path), "flow")
    assert not loaded.may_fork
    assert "mine" in loaded.why_not


def test_entities_typed_into_a_notebook_come_as_a_pickle(client: ZygoteClient, root: Path) -> None:
    sys.path.insert(0, str(root))
    try:
        import flow  # type: ignore[import-not-found]

        entities = {"double": flow.double}
        (root / "cells.pkl").write_bytes(cloudpickle.dumps(entities))
    finally:
        sys.path.remove(str(root))
        for name in ("flow", "numbers_of_mine", "numbers_of_mine.primes"):
            sys.modules.pop(name, None)
    loaded = client.load(str(root / "cells.pkl"), str(root), "cells", kind="pickle")
    assert loaded.entities == (("double", "task"),)


def test_a_zygote_nobody_needs_ends_and_takes_its_socket_along(home: str, root: Path) -> None:
    with start_zygote(home, words=("--linger", "0.05")) as client:
        loaded = client.load(str(root / "flow.py"), str(root), "flow")
        zygote = processes.identify(loaded.pid)
        client.adopt_as("abc")
        other = dial(layout.zygote_socket(home, "abc"))
        assert zygote is not None
        assert other is not None
        other.close()
    wait_for_end(zygote)
    assert not Path(layout.zygote_socket(home, "abc")).exists()


def test_a_zygote_that_is_told_to_end_does_not_linger(home: str, root: Path) -> None:
    client = start_zygote(home)
    loaded = client.load(str(root / "flow.py"), str(root), "flow")
    zygote = processes.identify(loaded.pid)
    client.end()
    wait_for_end(zygote)


def test_a_zygote_that_could_not_load_its_file_does_not_linger(home: str, tmp_path: Path) -> None:
    source = "import os, pathlib\npathlib.Path(__file__).with_name('pid').write_text(str(os.getpid()))\nraise OSError\n"
    (tmp_path / "flow.py").write_text(source)
    with start_zygote(home) as client, pytest.raises(RefusedError):
        client.load(str(tmp_path / "flow.py"), str(tmp_path), "flow")
    pid = int((tmp_path / "pid").read_text())
    while processes.identify(pid):
        pass


def wait_for_end(process: processes.Process | None) -> None:
    assert process is not None
    # The runner's own time limit ends a wait that never does.
    while processes.is_alive(process):
        pass
