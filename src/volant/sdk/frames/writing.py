"""How frames are written; what goes wrong with it is told in one way."""

from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from volant.base.errors import VolantError
from volant.base.redacted import redacted
from volant.sdk.errors import ConversionError

PARQUET = "parquet"
CSV = "csv"
ONE_TYPE = "give every column one type and a text for a name"
_MOST_NAMES = 20


@contextmanager
def writing(kind: str, form: str, columns: Iterable[Any] | None = None) -> Iterator[None]:
    """What fails inside is told with the columns.

    Args:
        kind: What is written, e.g. "pandas.DataFrame".
        form: `PARQUET`, `CSV`, or what else it becomes.
        columns: Names of its columns, if they are known.

    Raises:
        ConversionError: It holds what the format cannot, or a library is missing.
        OSError: The disk does not take it.
    """
    names = [] if columns is None else list(columns)
    _check_names(kind, names)
    if form == CSV and columns is not None and not names:
        # Nothing that reads csv takes an empty file.
        raise ConversionError(f"a {kind} without columns cannot be written as csv", fix="write it as parquet")
    try:
        yield
    except (VolantError, OSError, MemoryError):
        raise
    except ImportError as error:
        raise lacking_pyarrow(f"writing a {kind} as {form}") from error
    except Exception as error:
        shown = ", ".join([repr(each) for each in names][:_MOST_NAMES])
        what = f"{kind} with the columns {shown}" if shown else kind
        fix = ONE_TYPE if shown else "see whether it can be collected at all"
        raise ConversionError(f"the {what} cannot be written as {form}: {first_line(error)}", fix=fix) from error


def _check_names(kind: str, names: Iterable[Any]) -> None:
    """No library reads two columns of one name back as they were."""
    twice = next((name for name, times in Counter(names).items() if times > 1), None)
    if twice is not None:
        raise ConversionError(f"the {kind} has two columns {twice!r}", fix="give each a name of its own")


def lacking_pyarrow(what: str) -> ConversionError:
    """Something needs pyarrow, which is not installed."""
    return ConversionError(f"{what} needs pyarrow, which is not installed", fix="pip install 'volant[frames]'")


def first_line(error: Exception) -> str:
    """What an error says, without the explanations below."""
    return redacted(str(error).strip().partition("\n")[0])
