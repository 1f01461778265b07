"""A task's report page: which decks it has, when it is written, and what it never costs."""

import re
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from volant.contracts.worker_wire import Result
from volant.idl.literals import literal_map, primitive, wire
from volant.sdk.context import current_context
from volant.sdk.deck import Deck
from volant.sdk.deck_page import render
from volant.sdk.execute import Place, execute

Load = Callable[[str], ModuleType]
TABS = re.compile(r'<label for="deck-\d+">(.*?)</label>')


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "attempt"


def _run(load: Load, source: str, folder: Path, n: int = 3) -> Result:
    module = load("from volant import Deck, DeckField\n" + source)
    words = ("task-module", module.__name__, "task-name", "f")
    return execute(words, wire(literal_map({"n": primitive(n)})), Place("job", str(folder), folder.as_uri()))


def _page(folder: Path) -> str:
    return (folder / "deck.html").read_text(encoding="utf-8")


def _tab(page: str, name: str) -> str:
    found = re.search(rf"{re.escape(name)}</label>\n<section>(.*?)</section>", page, re.DOTALL)
    assert found is not None
    return found[1]


def test_a_task_that_wants_a_page_has_one_with_the_authors_decks_first(load: Load, folder: Path) -> None:
    source = """
@task(enable_deck=True)
def f(n: int) -> str:
    Deck("plots", "<b>one</b>")
    current_context().default_deck.append("<i>two</i>")
    return "<" + str(n)
"""
    assert _run(load, source, folder).error is None

    page = _page(folder)
    assert TABS.findall(page) == ["plots", "default", "Input", "Output", "Source Code", "Timeline"]
    assert _tab(page, "plots") == "<b>one</b>"
    assert "<i>two</i>" in _tab(page, "default")
    assert _tab(page, "Input") == "<h3>n</h3>\n<pre>3</pre>"
    assert _tab(page, "Output") == "<h3>o0</h3>\n<pre>&#x27;&lt;3&#x27;</pre>"
    assert "def f(n: int) -&gt; str:" in _tab(page, "Source Code")
    assert re.findall(r"<td>(\w+)</td>", _tab(page, "Timeline")) == ["inputs", "function", "outputs"]
    assert "http" not in page  # it needs nothing from elsewhere


def test_what_is_added_in_a_thread_is_on_the_page(load: Load, folder: Path) -> None:
    source = """
import threading
@task(enable_deck=True)
def f(n: int) -> int:
    thread = threading.Thread(target=lambda: Deck("plots", "made aside"))
    thread.start()
    thread.join()
    return n
"""
    assert _run(load, source, folder).error is None
    assert _tab(_page(folder), "plots") == "made aside"


def test_a_page_holds_no_secret(load: Load, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("_FSEC_DB_PASSWORD", "<correct> horse")
    source = """
@task(enable_deck=True)
def f(n: int) -> str:
    Deck("plots", current_context().secrets.db.password)
    return current_context().secrets.db.password
"""
    assert _run(load, source, folder).error is None
    page = _page(folder)
    assert _tab(page, "plots") == "[secret]"
    assert _tab(page, "Output") == "<h3>o0</h3>\n<pre>&#x27;[secret]&#x27;</pre>"


def test_what_is_no_text_is_shown_as_text(load: Load, folder: Path) -> None:
    source = "@task(enable_deck=True)\ndef f(n: int) -> int:\n    Deck(7, n).append(n)\n    return n"
    assert _run(load, source, folder).error is None
    assert _tab(_page(folder), "7") == "3\n3"


def test_a_task_that_wants_none_has_none(load: Load, folder: Path) -> None:
    source = "@task\ndef f(n: int) -> int:\n    Deck('plots', 'x')\n    Deck.publish()\n    return n"
    assert _run(load, source, folder).error is None
    assert not (folder / "deck.html").exists()


def test_the_author_says_which_decks_are_made(load: Load, folder: Path) -> None:
    source = "@task(enable_deck=True, deck_fields=(DeckField.DEPENDENCIES,))\ndef f(n: int) -> int:\n    return n"
    _run(load, source, folder)
    page = _page(folder)
    assert TABS.findall(page) == ["Dependencies"]
    assert "<td>msgspec</td>" in page


def test_a_page_is_written_when_the_task_fails_too(load: Load, folder: Path) -> None:
    source = "@task(enable_deck=True)\ndef f(n: int) -> int:\n    Deck('seen', 'so far')\n    return 1 // 0"
    result = _run(load, source, folder)
    assert result.error is not None
    assert result.error.code == "ZeroDivisionError"
    assert TABS.findall(_page(folder)) == ["seen", "Input", "Source Code", "Timeline"]


def test_a_page_can_be_looked_at_before_the_task_is_over(load: Load, folder: Path) -> None:
    source = f"""
from pathlib import Path

@task(enable_deck=True)
def f(n: int) -> str:
    Deck("early", "now")
    Deck.publish()
    return Path({str(folder)!r}, "deck.html").read_text()
"""
    result = _run(load, source, folder)
    assert result.outputs is not None
    assert b">early</label>" in result.outputs


def test_a_renderer_in_the_annotation_shows_the_value(load: Load, folder: Path) -> None:
    source = """
class Bold:
    def to_html(self, value):
        return f"<b>{value}</b>"

class Broken:
    def to_html(self, value):
        raise KeyError(value)

class Frame:
    def _repr_html_(self):
        return "<table>7</table>"

@task(enable_deck=True)
def f(n: Annotated[int, Bold()]) -> tuple[Annotated[int, Broken()], Any]:
    return n, Frame()
"""
    _run(load, source, folder)
    page = _page(folder)
    assert _tab(page, "Input") == "<h3>n</h3>\n<b>3</b>"
    assert "<pre>this cannot be shown: KeyError: 3</pre>" in _tab(page, "Output")
    assert "<table>7</table>" in _tab(page, "Output")


def test_a_page_that_cannot_be_written_does_not_cost_the_task(
    load: Load, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder.write_text("a file where the folder should be")
    result = _run(load, "@task(enable_deck=True)\ndef f(n: int) -> int:\n    return n", folder)
    assert result.error is None
    assert ".f cannot be written: " in capsys.readouterr().err


def test_decks_of_one_name_share_a_tab_and_names_are_texts() -> None:
    page = render("t<", [Deck("a&b", "1"), Deck("c", "2"), Deck("a&b", "3", auto_add_to_deck=False)])
    assert TABS.findall(page) == ["a&amp;b", "c"]
    assert _tab(page, "a&amp;b") == "1\n3"
    assert "<title>t&lt;</title>" in page


def test_decks_of_one_attempt_are_not_the_next_ones(load: Load, folder: Path) -> None:
    source = "@task(enable_deck=True)\ndef f(n: int) -> int:\n    Deck(str(n), '')\n    return n"
    module = load("from volant import Deck\n" + source)
    words = ("task-module", module.__name__, "task-name", "f")
    for n in (1, 2):
        place = Place("job", str(folder / str(n)), folder.as_uri())
        execute(words, wire(literal_map({"n": primitive(n)})), place)
    assert TABS.findall(_page(folder / "2"))[0] == "2"
    assert ">1</label>" not in _page(folder / "2")


def test_outside_a_task_a_deck_is_kept_and_written_nowhere() -> None:
    made = Deck("plots", "1").append("2")
    Deck.publish()
    assert (made.name, made.html) == ("plots", "1\n2")
    assert made in current_context().decks
