"""What `File` and `Directory` share: where it is, and its local copy, which is made when it is asked for."""

import os
import threading
import typing
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar, Literal, Self, TypeAlias, TypeVar

from volant.sdk.uris import below, file_uri, is_remote, local_path, name_of, shown

RemotePath: TypeAlias = str | os.PathLike[str] | Literal[False] | None
"""Where a local file goes when a task returns it: None for the run's raw data, False for nowhere."""


class Located(os.PathLike[str]):
    """Something in a file system, here or elsewhere.

    Safe from any thread. It may be pickled: a local copy that is gone is fetched again.

    Attributes:
        uri: Where it is, as it was given: a path, or a URI.
        format: What its files hold, e.g. "csv"; "" where that is not said.
        remote_path: Where it goes when a task returns it.
        wire_name: What its class is called on the wire, behind "Flyte".
        has_metadata: Whether texts may travel with it.
    """

    wire_name: ClassVar[str]
    has_metadata: ClassVar[bool] = False

    def __init__(
        self, path: str | os.PathLike[str], *, remote_path: RemotePath = None, format: str = "", is_new: bool = False
    ) -> None:
        # One of ours is not asked for its path: that would download it.
        self.uri: str = path.uri if isinstance(path, Located) else os.fspath(path)
        self.format = format
        self.remote_path: str | Literal[False] | None = _text(remote_path)
        self._is_new = is_new
        self._copy = ""
        self._lock = threading.Lock()

    def __class_getitem__(cls, form: Any) -> Any:
        """The type with a format, `File["csv"]`: at runtime the same as `Annotated[File, "csv"]`.

        Type checkers know only the longer form. A leading dot is dropped; a TypeVar, which older flytekit code has
        in this place, counts by its name.
        """
        text = form.__name__ if isinstance(form, TypeVar) else form
        if not isinstance(text, str):
            raise TypeError(f"{cls.__name__}[{form!r}]: the format is a text, e.g. {cls.__name__}['csv']")
        text = text.strip().lstrip(".")
        return typing.Annotated[cls, text] if text else cls

    @property
    def name(self) -> str:
        """Its last name, e.g. "flights.csv"."""
        return name_of(self.uri)

    @property
    def is_remote(self) -> bool:
        """Whether it is elsewhere, so that its path is that of a copy."""
        return is_remote(self.uri)

    @property
    def path(self) -> str:
        """Its path on this machine.

        What is elsewhere is downloaded at the first call, whole, into the attempt's working directory, which is
        removed when the attempt ends. What was made by `new` and is not written yet gets a place to write to.

        Raises:
            FileNotFoundError: It is elsewhere, and not there.
            RemoteError: It is elsewhere and cannot be reached; trying again may help.
            ConversionError: It is elsewhere, and a library to reach it is missing.
        """
        if not self.is_remote:
            return local_path(self.uri)
        with self._lock:
            if not self._copy or not os.path.exists(self._copy):  # noqa: PTH110 - it is a text
                self._copy = self._fetched()
            return self._copy

    def download(self) -> str:
        """The same as `path`, said as what it does."""
        return self.path

    def exists(self) -> bool:
        """Whether it is there now; asks the other side, downloads nothing.

        Raises:
            RemoteError: It is elsewhere and cannot be reached.
        """
        if not self.is_remote:
            return Path(local_path(self.uri)).exists()
        from volant.sdk import remote

        return remote.exists(self.uri)

    @property
    def unsaved(self) -> Path | None:
        """The local copy of something new whose place is elsewhere: it is uploaded when a task returns it."""
        return Path(self._copy) if self._is_new and self._copy and Path(self._copy).exists() else None

    def plain(self, uri: str) -> dict[str, Any]:
        """Its form in documents, with this URI for its own."""
        return {"path": uri}

    @classmethod
    def of_plain(cls, plain: Mapping[str, Any]) -> Self:
        """Of its form in documents."""
        return cls(plain["path"])

    def _fetched(self) -> str:
        place = _working_directory() / _drawn() / (self.name or self.wire_name.lower())
        # Something new may have been written by streams already.
        if self._is_new and not self.exists():
            self._make_place(place)
        else:
            self._fetch(place)
        return str(place)

    def _make_place(self, place: Path) -> None:
        place.parent.mkdir(parents=True)

    def _fetch(self, place: Path) -> None:
        raise NotImplementedError

    def __fspath__(self) -> str:
        return self.path

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and self.uri == other.uri

    def __hash__(self) -> int:
        return hash(self.uri)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({shown(self.uri)})"

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> Any:
        """How pydantic reads and writes it as a model's field."""
        del source, handler
        from volant.sdk import model_fields

        return model_fields.core_schema(cls)

    def __getstate__(self) -> dict[str, Any]:
        return {key: value for key, value in self.__dict__.items() if key != "_lock"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state, _lock=threading.Lock())


def new_place(name: str) -> str:
    """Where something new of this name goes, in a folder of its own, which is made.

    A URI below the raw data of the run, where the running task's context names them. Otherwise a path in its working
    directory, from where it is copied when the task returns it.

    Raises:
        ValueError: The name leads elsewhere.
    """
    from volant.sdk.context import current_context

    context = current_context()
    place = below(below(context.raw_output_prefix or str(context.working_directory), _drawn()), name)
    if not is_remote(place):
        Path(local_path(place)).parent.mkdir(parents=True)
    return place


def random_name() -> str:
    """A name no one else has: 32 hexadecimal digits."""
    return _drawn()


def _drawn() -> str:
    return os.urandom(16).hex()


def _working_directory() -> Path:
    from volant.sdk.context import current_context

    return current_context().working_directory


def _text(given: RemotePath) -> str | Literal[False] | None:
    if given is None or given is False:
        return given
    path = os.fspath(given)
    return path if is_remote(path) else file_uri(path)
