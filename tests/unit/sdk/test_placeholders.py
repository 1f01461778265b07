"""Literals that stand where a mistake was fit their type."""

import datetime as dt
import enum
from dataclasses import dataclass
from typing import Any

import pandas as pd
import pytest

from volant.compiler.inputs import mismatch
from volant.sdk.errors import WorkflowError
from volant.sdk.file import File
from volant.sdk.placeholders import placeholder
from volant.sdk.type_engine.engine import transformer


class Mood(enum.Enum):
    GOOD = "good"
    BAD = "bad"


@dataclass
class Config:
    rate: float


@pytest.mark.parametrize(
    "hint",
    [
        int, float, str, bool, type(None), dt.datetime, dt.date, dt.timedelta, bytes, Mood, Config, File, pd.DataFrame,
        WorkflowError, dict, list[int], list[list[Config]], dict[str, int], int | None, str | list[int], Any,
    ],
)  # fmt: skip
def test_a_placeholder_fits_its_type(hint: Any) -> None:
    kind = transformer(hint).literal_type()
    assert mismatch(placeholder(kind), kind) is None
