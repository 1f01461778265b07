"""Docstrings as descriptions of inputs and outputs. The golden cases compare the same with flytekit."""

import inspect

import pytest

from volant.sdk.variable_docs import input_docs, output_docs

GOOGLE = """Load it.

    Args:
        year (int): Which
            year.
        *names: Which ones.
        rest: Whatever
          there: is.

    Returns:
        pd.DataFrame: One row
            for each.

    Raises:
        ValueError: Never.
"""
NUMPY = """Load it.

    Parameters
    ----------
    year : int
        Which
        year.
    names
        Which ones.

    Returns
    -------
    total : int
        How much.
    name : str
        What.
"""
SPHINX = """Load it.

    :param int year: Which
        year.
    :param names: Which ones.
    :raises ValueError: Never.
    :returns: One row
        for each.
"""


@pytest.mark.parametrize(
    ("text", "inputs"),
    [
        (GOOGLE, {"year": "Which\nyear.", "names": "Which ones.", "rest": "Whatever\nthere: is."}),
        (NUMPY, {"year": "Which\nyear.", "names": "Which ones."}),
        (SPHINX, {"year": "Which\nyear.", "names": "Which ones."}),
        ("Load it.", {}),
        ("Args:\n", {}),
    ],
)
def test_inputs_keep_their_line_breaks(text: str, inputs: dict[str, str]) -> None:
    assert input_docs(inspect.cleandoc(text)) == inputs


@pytest.mark.parametrize(
    ("text", "outputs"),
    [
        (GOOGLE, {"total": "One row\nfor each.", "name": "One row\nfor each."}),
        (NUMPY, {"total": "How much.", "name": "What."}),
        (SPHINX, {"total": "One row\nfor each.", "name": "One row\nfor each."}),
        ("Load it.\n\nReturns:\n    Both of them.\n", {"total": "Both of them.", "name": "Both of them."}),
        ("Load it.\n\nReturns\n-------\nint\n    Either.\n", {"total": "Either.", "name": "Either."}),
        ("Load it.", {}),
        ("Load it.\n\nReturns:\n", {}),
    ],
)
def test_what_is_said_once_of_outputs_is_said_of_all(text: str, outputs: dict[str, str]) -> None:
    assert output_docs(inspect.cleandoc(text), ["total", "name"]) == outputs
