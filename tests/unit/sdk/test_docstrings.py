"""What docstrings say of inputs, in the three common ways."""

import pytest

from volant.sdk.docstrings import Docs, parse

GOOGLE = """Load the flights.

More about it.

Args:
    year: Which year,
        of this century: always.
    limit (int): How many.

Returns:
    rows: All of them.
"""
NUMPY = """Load the flights.

Parameters
----------
year : int
    Which year,
    of this century: always.
limit
    How many.

Returns
-------
int
    All of them.
"""
SPHINX = """Load the flights.

:param int year: Which year, of this century: always.
:param limit: How many.
:returns: All of them.
"""


@pytest.mark.parametrize("text", [GOOGLE, NUMPY, SPHINX])
def test_summary_and_inputs_are_read(text: str) -> None:
    inputs = {"year": "Which year, of this century: always.", "limit": "How many."}
    assert parse(text) == Docs("Load the flights.", inputs)


@pytest.mark.parametrize(
    ("text", "summary"), [("", ""), ("One.\nStill one.", "One. Still one."), ("Args:\n  a: x", "")]
)
def test_short_docstrings_are_read_too(text: str, summary: str) -> None:
    assert parse(text).summary == summary
