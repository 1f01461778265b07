"""Where a table lies and how it is written down; what goes wrong with it is told in one way."""

import functools
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from volant.base.errors import VolantError
from volant.sdk import remote
from volant.sdk.errors import ConversionError
from volant.sdk.frames.writing import CSV, PARQUET, first_line, lacking_pyarrow
from volant.sdk.uris import below, is_remote, local_path, scheme, shown

SUFFIXES = {".parquet": PARQUET, ".csv": CSV}
PARTS = {PARQUET: "00000", CSV: ".csv"}
"""How the one file in a dataset's folder is called; flytekit looks for these very names."""

BATCH_ROWS = 65_536
"""Most rows of a batch."""

_MOST_NAMES = 20
_INDEX = "__index_level_"


@dataclass(frozen=True)
class Stored:
    """A table in files.

    Attributes:
        uri: A file, or a folder of files; below it may be folders named `column=value`.
        format: As its literal says it; "" where nobody did: then the name tells, else it is parquet.
    """

    uri: str
    format: str = ""

    @functools.cached_property
    def form(self) -> str:
        """`PARQUET` or `CSV`.

        Raises:
            ConversionError: It is something else.
        """
        form = self.format.lower() or next((SUFFIXES[each] for each in SUFFIXES if self._ends(each)), PARQUET)
        if form in PARTS:
            return form
        raise ConversionError(
            f"the dataset {self.shown} is of the format {self.format!r}, which Volant cannot read",
            fix="parquet and csv can be read; others open with their own library, from its .uri",
        )

    @functools.cached_property
    def is_remote(self) -> bool:
        """Whether it is elsewhere."""
        return is_remote(self.uri)

    @functools.cached_property
    def place(self) -> str:
        """Its path on this machine, or its URI."""
        return self.uri if self.is_remote else local_path(self.uri)

    @property
    def shown(self) -> str:
        """Its place, as messages tell it."""
        return shown(self.place)

    def files(self) -> list[str]:
        """Paths, or URIs, of its files, sorted; names that begin with "_" or "." are not of the data.

        Raises:
            ConversionError: There is nothing.
        """
        names = self._remote_names() if self.is_remote else self._local_names()
        found = [below(self.place, each) for each in names if _is_data(each)]
        hidden = PARTS[CSV] if self.form == CSV and PARTS[CSV] in names else ""
        if not found and not hidden and not self.is_remote and Path(self.place).is_dir():
            raise ConversionError(f"there are no files in {self.shown}", fix="was the run's data removed?")
        return [below(self.place, hidden)] if hidden else found or [self.place]

    def check(self, columns: Sequence[str], there: Iterable[str]) -> None:
        """Whether it has these columns.

        Raises:
            ConversionError: One is not there.
        """
        names = [each for each in there if not each.startswith(_INDEX)]
        missing = [each for each in columns if each not in names and each.partition(".")[0] not in names]
        if missing:
            shown = ", ".join(names[:_MOST_NAMES]) + (", …" if len(names) > _MOST_NAMES else "")
            raise ConversionError(
                f"the dataset {self.shown} has no column {missing[0]!r}", fix=f"its columns are {shown}"
            )

    @contextmanager
    def reading(self) -> Iterator[None]:
        """What fails inside is told with the place.

        Raises:
            ConversionError: It is not there, or not what it should be.
            RemoteError: It cannot be reached just now.
        """
        try:
            self._look()
            yield
        except (VolantError, MemoryError):
            raise
        except FileNotFoundError:
            raise self._absent() from None
        except ImportError as error:
            raise lacking_pyarrow(f"the dataset {self.shown}") from error
        except Exception as error:  # noqa: BLE001 - libraries raise what they like
            # They quote URIs with all that is in them.
            raise self._unreadable(error) from None if self.is_remote else error

    def _look(self) -> None:
        if not self.is_remote and not Path(self.place).exists():
            raise self._absent()

    def _ends(self, suffix: str) -> bool:
        return self.place.rstrip("/").lower().endswith(suffix)

    def _local_names(self) -> list[str]:
        folder = Path(self.place)
        found = [each.relative_to(folder).as_posix() for each in folder.rglob("*") if each.is_file()]
        return sorted(found)

    def _remote_names(self) -> list[str]:
        # A web server has no folders, only pages that look like some.
        return [] if scheme(self.uri) in ("http", "https") else remote.walk(self.uri)

    def _absent(self) -> VolantError:
        if self.is_remote:
            # Libraries say so of a server as well that does not answer, or lets nobody in: it tells itself.
            try:
                remote.exists(self.uri)
            except (VolantError, PermissionError) as error:
                return error if isinstance(error, VolantError) else self._unreadable(error)
        fix = "check the URI" if self.is_remote else "check the path; was the run's data removed?"
        return ConversionError(f"there is no dataset at {self.shown}", fix=fix)

    def _unreadable(self, error: Exception) -> VolantError:
        told = f"{type(error).__name__}: {first_line(error)}"
        if self.is_remote and not isinstance(error, ValueError | PermissionError):
            fix = "see whether the other side is up and lets you in, then try again"
            return remote.RemoteError(f"the dataset {self.shown} could not be read: {told}", fix=fix)
        fix = "see whether it was written whole, and in this format"
        if isinstance(error, PermissionError):
            fix = "see whether you may read it"
        if "range requests" in told or "seek streaming" in told:  # fsspec's words for a server of whole files
            fix = "pass it as a File, which is downloaded, and read that"
        return ConversionError(f"the dataset {self.shown} cannot be read as {self.form}: {told}", fix=fix)


def _is_data(name: str) -> bool:
    return not any(part.startswith(("_", ".")) for part in name.split("/"))
