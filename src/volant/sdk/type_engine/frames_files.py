"""Datasets and files: what is written where, what is copied, and what a person's text names."""

import tempfile
from collections.abc import Callable
from pathlib import Path

from volant.kit import durable
from volant.sdk import remote
from volant.sdk.datasets import EMPTY, StructuredDataset
from volant.sdk.errors import ConversionError
from volant.sdk.frames.libraries import library_for
from volant.sdk.frames.stored import PARTS, SUFFIXES
from volant.sdk.frames.writing import CSV, PARQUET
from volant.sdk.located import random_name
from volant.sdk.type_engine.raw_data import RawData
from volant.sdk.uris import below, file_uri, is_remote, local_path

HOW = "name a .parquet or .csv file that exists"


def kept(dataset: StructuredDataset, raw: RawData, form: str) -> tuple[str, str]:
    """URI and format of a dataset whose files will stay.

    A frame is written, as parquet unless `form` is said. Files given by path are copied, those given by URI
    passed as they are; their format is `form`, or else that of the dataset.

    Raises:
        ConversionError: There are none, or the frame cannot be written in that format.
        OSError: The disk does not take it.
        RemoteError: It cannot be uploaded just now.
    """
    if dataset.dataframe is not None:
        return _written(dataset, raw, (form or PARQUET).lower())
    if not dataset.uri:
        raise ConversionError("a StructuredDataset without frame and URI", fix=EMPTY)
    return _kept_files(dataset.uri, raw), form or dataset.file_format


def named(text: str, base: str, form: str) -> StructuredDataset:
    """The dataset in the file or folder that a person names.

    Args:
        text: A path, or a URI.
        base: Folder relative paths start from.
        form: Its format; "" to tell it by the name.

    Raises:
        ConversionError: It is not there, or of no format we know.
    """
    form = form or SUFFIXES.get(Path(text).suffix.lower(), "")
    if is_remote(text):
        return StructuredDataset(uri=text, file_format=form)
    path = Path(base) / local_path(text)
    form = form or _form_of_folder(path)
    if not form:
        raise ConversionError(f"{text!r} is neither .parquet nor .csv", fix=HOW)
    if not path.exists():
        raise ConversionError(f"there is no file {str(path)!r}", fix=HOW)
    return StructuredDataset(uri=file_uri(str(path)), file_format=form)


def _form_of_folder(path: Path) -> str:
    if not path.is_dir():
        return ""
    return CSV if (path / PARTS[CSV]).exists() or any(path.glob("*.csv")) else PARQUET


def _written(dataset: StructuredDataset, raw: RawData, form: str) -> tuple[str, str]:
    frame = dataset.dataframe
    library = library_for(frame)
    if form not in PARTS:
        fix = "parquet and csv can be; for others write the files yourself and name their uri"
        raise ConversionError(f"a {library.name} cannot be written as {form!r}", fix=fix)
    return _put(dataset.uri or "", raw, PARTS[form], lambda path: library.encode(frame, path, form)), form


def _put(folder: str, raw: RawData, name: str, make: Callable[[Path], object]) -> str:
    """Have a file made in a folder that the author chose; in one of its own where there is none.

    Source: flytekit's encoding handlers, which write to `StructuredDataset.uri` if it is said.
    """
    if not folder or not raw.prefix:  # where nothing may be written, `put` says so
        return raw.put(name, make)
    if not is_remote(folder):
        durable.put_file(Path(local_path(folder), name), make)
        return file_uri(folder)
    with tempfile.TemporaryDirectory(prefix="volant-") as near:
        make(Path(near, name))
        remote.put_file(Path(near, name), below(folder, name))
    return folder


def _kept_files(uri: str, raw: RawData) -> str:
    if is_remote(uri):
        return uri
    path = Path(local_path(uri))
    if not path.exists():
        fix = f"check the path; a relative one starts from {str(Path.cwd())!r}"
        raise ConversionError(f"there is no dataset at {str(path)!r}", fix=fix)
    if uri.startswith("file:"):
        raw.settle(uri)
        return uri
    return _kept_folder(path, raw) if path.is_dir() else raw.keep_file(path)


def _kept_folder(path: Path, raw: RawData) -> str:
    if not raw.prefix:
        return raw.keep_directory(path)
    target = below(raw.prefix, f"{random_name()}/{path.resolve().name or 'dataset'}")
    return raw.keep_directory(path, target) + "/"  # so flytekit writes it
