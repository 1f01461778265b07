"""Files elsewhere: a real web server, and fsspec's memory file system."""

import http.server
import importlib
import io
import subprocess
import sys
import threading
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Annotated, Any

import pytest
from fsspec.implementations.memory import MemoryFileSystem  # type: ignore[import-untyped]

from volant.base.errors import FaultKind, SystemFault
from volant.idl import pb
from volant.idl.literals import literal_map, wire
from volant.sdk import context, remote
from volant.sdk.errors import ConversionError
from volant.sdk.execute import execute
from volant.sdk.files import JSON, Directory, File
from volant.sdk.place import Place
from volant.sdk.type_engine.engine import transformer
from volant.sdk.type_engine.raw_data import RawData

Load = Callable[[str], ModuleType]
NOBODY = "http://127.0.0.1:1"


@dataclass
class Web:
    """A web server over a folder.

    Attributes:
        folder: What it serves.
        url: Where.
        sent: The paths it sent bodies of, in order.
    """

    folder: Path
    url: str = ""
    sent: list[str] = field(default_factory=list)


@pytest.fixture
def web(tmp_path: Path) -> Iterator[Web]:
    """It serves a folder; /busy is 503, /closed 403, /went 410, /broken ends in the middle, /endless has no size."""
    found = Web(tmp_path / "served")
    found.folder.mkdir()

    class Handler(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *args: Any) -> None:
            super().__init__(*args, directory=str(found.folder))

        def do_GET(self) -> None:
            found.sent.append(self.path)
            if self.path == "/broken":
                self._break()
            elif self._status():
                self.send_error(self._status())
            elif self.path == "/endless":
                self.send_response(200)
                self.end_headers()
            else:
                super().do_GET()

        def do_HEAD(self) -> None:
            if self.path in ("/broken", "/endless"):
                self.send_response(200)
                self.end_headers()
            elif self._status():
                self.send_error(self._status())
            else:
                super().do_HEAD()

        def _status(self) -> int:
            return {"/busy": 503, "/closed": 403, "/went": 410}.get(self.path.partition("?")[0], 0)

        def _break(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", "1000")
            self.end_headers()
            self.wfile.write(b"only this")
            self.close_connection = True

        def log_message(self, *args: Any) -> None:
            """Nothing."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    found.url = f"http://127.0.0.1:{server.server_port}"
    yield found
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def memory() -> Iterator[str]:
    """A prefix in fsspec's memory file system, empty at first."""
    MemoryFileSystem.store.clear()
    yield "memory://top"
    MemoryFileSystem.store.clear()


@pytest.fixture(autouse=True)
def running() -> Iterator[context.WorkingDirectory]:
    """The working directory of a task that runs, with raw data in memory."""
    folder = context.WorkingDirectory()
    context.enter(context.TaskContext(folder=folder, raw_output_prefix="memory://raw/1"))
    yield folder
    context.enter(None)
    folder.remove()


def test_a_file_of_the_web_is_downloaded_once_when_its_path_is_asked_for(
    web: Web, running: context.WorkingDirectory
) -> None:
    (web.folder / "a b.csv").write_text("a\n1\n")
    value = File(f"{web.url}/a%20b.csv")
    assert web.sent == []
    paths = {value.path, value.download(), str(Path(value))}
    assert [Path(each).read_text() for each in paths] == ["a\n1\n"]
    assert Path(value).is_relative_to(running.path)
    assert Path(value).name == "a b.csv"
    assert web.sent == ["/a%20b.csv"]


def test_many_threads_that_ask_for_a_path_download_it_once(web: Web) -> None:
    (web.folder / "a").write_bytes(b"x" * 100_000)
    value = File(f"{web.url}/a")
    found: list[str] = []
    threads = [threading.Thread(target=lambda: found.append(value.path)) for _ in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert (len(found), len(set(found)), web.sent) == (8, 1, ["/a"])


def test_a_local_copy_that_is_gone_is_fetched_again(web: Web) -> None:
    (web.folder / "a").write_text("1")
    value = File(f"{web.url}/a")
    Path(value).unlink()
    assert Path(value).read_text() == "1"


def test_opening_a_file_of_the_web_streams_it(web: Web, running: context.WorkingDirectory) -> None:
    (web.folder / "a").write_text("grüße\n" * 3)
    with File(f"{web.url}/a").open() as file:
        assert file.readline() == "grüße\n"
    with File(f"{web.url}/a").open("rb", cache_type="none", block_size=0) as file:
        assert file.read(4) == "grü".encode()
    assert list(running.path.iterdir()) == []


def test_a_file_of_the_web_knows_its_size_and_whether_it_is_there(web: Web) -> None:
    (web.folder / "a").write_text("12345")
    assert (File(f"{web.url}/a").size(), File(f"{web.url}/a").exists()) == (5, True)
    assert not File(f"{web.url}/gone").exists()


def test_a_directory_of_the_web_is_what_its_pages_link(web: Web) -> None:
    for name in ("b.txt", "sub dir/one"):
        (web.folder / name).parent.mkdir(exist_ok=True)
        (web.folder / name).write_text(name)
    top = Directory(web.url)
    assert list(top) == [File(f"{web.url}/b.txt"), Directory(f"{web.url}/sub%20dir")]
    assert [each.name for each in top.walk()] == ["b.txt", "one"]
    assert [each.name for each in top.walk(maxdepth=1)] == ["b.txt"]
    assert (top / "sub dir" / "one").read_text() == "sub dir/one"


@pytest.mark.parametrize(
    "ask", [lambda file: file.path, lambda file: file.open(), lambda file: file.size()], ids=["path", "open", "size"]
)
def test_what_is_not_there_is_a_missing_file(web: Web, ask: Callable[[File], Any]) -> None:
    with pytest.raises(FileNotFoundError, match="No such file or directory: 'http"):
        ask(File(f"{web.url}/gone"))


def test_a_directory_that_is_not_there_is_a_missing_file(web: Web, memory: str) -> None:
    for uri in (f"{web.url}/gone", f"{memory}/gone"):
        with pytest.raises(FileNotFoundError):
            _ = Directory(uri).path
        with pytest.raises(FileNotFoundError):
            Directory(uri).listdir()


ASKED: dict[str, Callable[[str], Any]] = {
    "downloaded": lambda uri: File(uri).path,
    "opened": lambda uri: File(uri).open(),
    "measured": lambda uri: File(uri).size(),
    "looked up": lambda uri: File(uri).exists(),
    "listed": lambda uri: Directory(uri).listdir(),
}


@pytest.mark.parametrize("done", ASKED)
def test_a_server_nobody_answers_at_is_the_worlds_fault(done: str) -> None:
    with pytest.raises(remote.RemoteError) as caught:
        ASKED[done](f"{NOBODY}/a")
    assert isinstance(caught.value, SystemFault)
    assert str(caught.value).startswith(f"'{NOBODY}/a' could not be {done}: ClientConnectorError: Cannot connect")
    assert caught.value.fix == "see whether the other side is up and lets you in, then try again"


@pytest.mark.parametrize("done", ASKED)
def test_a_server_that_is_busy_is_the_worlds_fault(web: Web, done: str) -> None:
    with pytest.raises(remote.RemoteError, match=f"could not be {done}: ClientResponseError: 503"):
        ASKED[done](f"{web.url}/busy")


def test_a_connection_that_breaks_leaves_no_half_file(web: Web, running: context.WorkingDirectory) -> None:
    with pytest.raises(remote.RemoteError, match="could not be downloaded: ClientPayloadError"):
        _ = File(f"{web.url}/broken").path
    assert [each for each in running.path.rglob("*") if each.is_file()] == []


def test_a_stream_that_breaks_in_the_middle_is_the_worlds_fault(web: Web) -> None:
    for mode in ("r", "rb"):
        with pytest.raises(remote.RemoteError, match="could not be read: ClientPayloadError"):
            File(f"{web.url}/broken").open(mode).read()


@pytest.mark.parametrize("done", ASKED)
def test_no_message_tells_the_credentials_of_a_uri(web: Web, done: str) -> None:
    uri = f"{web.url}/busy?X-Amz-Signature=hidden".replace("//", "//me:hidden@")
    for given in (uri, uri.replace("/busy", "/gone"), uri.replace("/busy", "/closed")):
        if done == "looked up" and "/gone" in given:
            continue
        with pytest.raises((remote.RemoteError, OSError)) as caught:
            ASKED[done](given)
        told = "".join(traceback.format_exception(caught.value))
        assert "hidden" not in told
        assert "X-Amz-Signature=[secret]" in told


@pytest.mark.parametrize("done", ASKED)
def test_a_server_that_lets_nobody_in_refuses(web: Web, done: str) -> None:
    with pytest.raises(PermissionError, match=r"Permission denied: 'http.*/closed'"):
        ASKED[done](f"{web.url}/closed")


def test_what_is_gone_for_good_is_a_missing_file(web: Web) -> None:
    assert not File(f"{web.url}/went").exists()
    for done in ("downloaded", "opened", "measured", "listed"):
        with pytest.raises(FileNotFoundError):
            ASKED[done](f"{web.url}/went")


def test_a_size_nobody_tells_is_said_so(web: Web) -> None:
    with pytest.raises(io.UnsupportedOperation) as caught:
        File(f"{web.url}/endless").size()
    told = f"'{web.url}/endless' has no size that the other side tells: measure its local copy"
    assert str(caught.value) == told


def test_a_stream_is_written_with_its_encoding(memory: str) -> None:
    with File(f"{memory}/a").open("w", encoding="latin-1", newline="\r\n") as file:
        file.write("é\n")
    with File(f"{memory}/a").open("rb") as file:
        assert (file.read(1), file.tell(), file.seek(0), file.read()) == (b"\xe9", 1, 0, b"\xe9\r\n")
    with File(f"{memory}/a").open("a") as file:
        file.write("é")
    assert File(f"{memory}/a").size() == 5


def test_a_thread_of_a_task_works_in_the_tasks_directory(web: Web, running: context.WorkingDirectory) -> None:
    (web.folder / "a").write_text("1")
    found: list[str] = []
    thread = threading.Thread(target=lambda: found.extend([File(f"{web.url}/a").path, File.new("b").uri]))
    thread.start()
    thread.join()
    assert Path(found[0]).is_relative_to(running.path)
    assert found[1].startswith("memory://raw/1/")


def test_without_a_run_the_working_directory_goes_with_the_process() -> None:
    program = "from volant.sdk.context import current_context; print(current_context().working_directory)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert not Path(done.stdout.strip()).exists()


def test_the_web_is_not_written(web: Web) -> None:
    with pytest.raises(io.UnsupportedOperation, match="cannot be opened: http does not offer it"):
        File(f"{web.url}/a").open("w")


def test_a_stream_is_not_changed_in_place() -> None:
    with pytest.raises(io.UnsupportedOperation, match=r"is a stream: open its local copy, open\(file\.path, 'r\+'\)"):
        File("memory://a").open("r+")


@pytest.mark.parametrize(
    ("uri", "message", "fix"),
    [
        ("s3://b/x", "'s3://b/x' is not on this machine, and to reach it needs s3fs", "pip install s3fs"),
        ("gs://b/x", "'gs://b/x' is not on this machine, and to reach it needs gcsfs", "pip install gcsfs"),
        (
            "nobody-knows://x",
            "'nobody-knows://x': nothing here knows the scheme 'nobody-knows'",
            "correct the URI, or install the package that brings this scheme to fsspec",
        ),
    ],
)
def test_a_missing_library_is_told_with_its_installation(uri: str, message: str, fix: str) -> None:
    with pytest.raises(ConversionError) as caught:
        File(uri).open()
    assert (str(caught.value), caught.value.fix) == (message, fix)


def test_without_fsspec_its_installation_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "fsspec.core", None)
    with pytest.raises(ConversionError) as caught:
        File("https://example.com/a").open()
    assert str(caught.value) == "'https://example.com/a' is not on this machine, and to reach it needs fsspec"
    assert caught.value.fix == "pip install 'volant[remote]'"


def test_a_directory_elsewhere_is_written_file_by_file(memory: str) -> None:
    top = Directory(f"{memory}/d")
    with top.new_file("sub/a.txt").open("w") as file:
        file.write("hé")
    with top.new_dir("other").new_file().open("wb") as file:
        file.write(b"1")
    assert [type(each) for each in top] == [Directory, Directory]
    assert top.file("sub/a.txt").size() == 3
    assert (top / "sub" / "a.txt").read_text() == "hé"
    assert [len(list(top.walk(depth))) for depth in (1, 2, None)] == [0, 2, 2]


def test_files_and_directories_are_uploaded_to_raw_data_elsewhere(memory: str, tmp_path: Path) -> None:
    (tmp_path / "d" / "sub").mkdir(parents=True)
    (tmp_path / "d" / "sub" / "a.txt").write_text("1")
    raw = RawData(f"{memory}/raw")
    file = _passed(File, File(tmp_path / "d" / "sub" / "a.txt"), raw)
    folder = _passed(Directory, Directory(tmp_path / "d"), raw)
    with file.open() as stream:
        assert (stream.read(), file.name, file.uri.startswith(f"{memory}/raw/")) == ("1", "a.txt", True)
    assert [name for _, name in folder.crawl()] == ["sub/a.txt"]


def test_pickles_and_json_lines_are_kept_elsewhere_too(memory: str) -> None:
    raw = RawData(f"{memory}/raw")
    assert _passed(Any, {"a": complex(1, 2)}, raw) == {"a": complex(1, 2)}
    assert list(_passed(Iterator[JSON], iter([1, {"a": "é"}]), raw)) == [1, {"a": "é"}]


def test_a_file_is_copied_to_a_place_elsewhere_that_the_author_names(memory: str, tmp_path: Path) -> None:
    (tmp_path / "a").write_text("1")
    raw = RawData((tmp_path / "raw").as_uri())
    assert _passed(File, File(tmp_path / "a", remote_path=f"{memory}/x.csv"), raw).uri == f"{memory}/x.csv"
    assert File(f"{memory}/x.csv").size() == 1


def test_a_new_file_is_streamed_to_raw_data_elsewhere(memory: str, running: context.WorkingDirectory) -> None:
    value = File.new("a.txt")
    with value.open("w") as file:
        file.write("1")
    assert value.uri.startswith("memory://raw/1/")
    assert _passed(File, value, RawData("memory://raw/1")).size() == 1
    assert running.path.exists()


def test_a_new_file_written_by_its_path_is_uploaded_when_it_is_returned(memory: str) -> None:
    value = File.new("a.txt")
    Path(value).write_text("1")
    back = _passed(File, value, RawData("memory://raw/1"))
    assert (back.uri, back.size()) == (value.uri, 1)


def test_a_new_directory_filled_by_its_path_is_uploaded_when_it_is_returned(memory: str) -> None:
    value = Directory.new()
    (value / "a.txt").write_text("1")
    with value.new_file("b.txt").open("w") as file:
        file.write("2")
    back = _passed(Directory, value, RawData("memory://raw/1"))
    assert [name for _, name in back.crawl()] == ["a.txt", "b.txt"]


def test_what_was_streamed_into_something_new_is_in_its_local_copy(memory: str) -> None:
    with (file := File.new("a.txt")).open("w") as stream:
        stream.write("1")
    folder = Directory.new()
    with folder.new_file("a.txt").open("w") as stream:
        stream.write("2")
    assert (Path(file).read_text(), (folder / "a.txt").read_text()) == ("1", "2")


def test_where_folders_are_parts_of_names_one_listing_tells_all(memory: str, monkeypatch: pytest.MonkeyPatch) -> None:
    class Bucket(MemoryFileSystem):  # type: ignore[misc]
        protocol = ("s3",)

        @classmethod
        def _strip_protocol(cls, path: str) -> str:
            stripped: str = super()._strip_protocol(path.removeprefix("s3://"))
            return stripped

    monkeypatch.setitem(importlib.import_module("fsspec.registry")._registry, "s3", Bucket)
    with File("s3://bucket/d/sub/a").open("w") as file:
        file.write("1")
    assert list(Directory("s3://bucket/d").crawl()) == [("s3://bucket/d", "sub/a")]
    assert list(Directory("s3://bucket/d").crawl(maxdepth=1)) == []
    assert (Directory("s3://bucket/d") / "sub" / "a").read_text() == "1"
    with pytest.raises(FileNotFoundError):
        list(Directory("s3://bucket/gone").crawl())


def test_a_path_input_is_downloaded_before_the_task_sees_it(web: Web) -> None:
    (web.folder / "a.csv").write_text("1")
    kind = transformer(Annotated[Path, "csv"])
    assert kind.from_literal(transformer(File).to_literal(f"{web.url}/a.csv", RawData())).read_text() == "1"
    with pytest.raises(ConversionError, match=r"there is no file 'http://.*/gone'"):
        kind.from_literal(transformer(File).to_literal(f"{web.url}/gone", RawData()))


def test_a_frame_that_cannot_be_reached_may_be_tried_again(load: Load, tmp_path: Path) -> None:
    module = load("import pandas as pd\n@task\ndef f(table: pd.DataFrame) -> None: ...")
    place = Place("job", str(tmp_path / "out"), (tmp_path / "raw").as_uri())
    dataset = pb.StructuredDataset(uri=f"{NOBODY}/x.csv")
    inputs = wire(literal_map({"table": pb.Literal(scalar=pb.Scalar(structured_dataset=dataset))}))
    done = execute(("task-module", module.__name__, "task-name", "f"), inputs, place)
    assert done.error is not None
    assert (done.error.code, done.error.kind, done.retryable) == ("RemoteError", FaultKind.SYSTEM, True)
    assert done.error.message.startswith(f"input 'table' could not be read: '{NOBODY}/x.csv' could not be opened: ")


COUNT = """
@task
def f(lines: File) -> tuple[str, str]:
    with open(lines) as file:
        return file.read(), lines.path
"""


def test_a_task_downloads_into_its_working_directory_which_goes(load: Load, web: Web, tmp_path: Path) -> None:
    (web.folder / "a").write_text("1")
    done = execute(*_attempt(load, COUNT, f"{web.url}/a", tmp_path))
    assert done.error is None
    found = pb.LiteralMap.FromString(done.outputs or b"").literals
    assert found["o0"].scalar.primitive.string_value == "1"
    assert not Path(found["o1"].scalar.primitive.string_value).exists()


def test_a_task_whose_file_cannot_be_reached_may_be_tried_again(load: Load, tmp_path: Path) -> None:
    done = execute(*_attempt(load, COUNT, f"{NOBODY}/a", tmp_path))
    assert done.error is not None
    assert (done.error.code, done.error.kind, done.retryable) == ("RemoteError", FaultKind.SYSTEM, True)
    assert "Cannot connect to host" in done.error.message


def _attempt(load: Load, source: str, uri: str, tmp_path: Path) -> tuple[tuple[str, ...], bytes, Place]:
    module = load(source)
    inputs = wire(literal_map({"lines": transformer(File).to_literal(uri, RawData())}))
    place = Place("job", str(tmp_path / "out"), (tmp_path / "raw").as_uri())
    return ("task-module", module.__name__, "task-name", "f"), inputs, place


def _passed(hint: Any, value: Any, raw: RawData) -> Any:
    kind = transformer(hint)
    return kind.from_literal(kind.to_literal(value, raw))
