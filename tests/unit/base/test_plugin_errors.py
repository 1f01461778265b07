"""What a plugin's exception says to its author."""

import json
from collections.abc import Callable

import pytest

from volant.base.errors import SystemFault, UserError
from volant.base.plugin_errors import told_with_place


def raised_by(call: Callable[[], object]) -> Exception:
    with pytest.raises(Exception) as caught:
        call()
    return caught.value


def test_an_exception_is_told_with_its_class_and_the_line_it_came_from() -> None:
    error = raised_by(lambda: dict[str, str]()["phase"])

    assert told_with_place(error).startswith("KeyError: 'phase' (test_plugin_errors.py:")


def test_the_line_is_the_authors_not_the_librarys() -> None:
    error = raised_by(lambda: json.loads("<html>"))

    assert "(test_plugin_errors.py:" in told_with_place(error)


def test_one_that_says_nothing_is_told_by_its_class() -> None:
    assert told_with_place(ValueError()) == "ValueError"


def test_what_volant_raises_is_told_with_what_to_do() -> None:
    assert told_with_place(UserError("no query", fix="write one")) == "UserError: no query (fix: write one)"
    assert told_with_place(SystemFault("no answer")) == "SystemFault: no answer"
