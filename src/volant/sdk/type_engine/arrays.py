"""numpy arrays: blobs in numpy's own format. numpy is imported when a value is touched."""

import typing
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from volant.idl import pb
from volant.sdk.errors import ConversionError
from volant.sdk.files import File
from volant.sdk.located import random_name
from volant.sdk.type_engine.raw_data import RawData
from volant.sdk.type_engine.transformer import Find, Transformer, mismatch, wrong_literal
from volant.sdk.uris import is_remote, local_path

FORMAT = "NumpyArray"
_SUFFIX = ".npy"
_PICKLED = "Annotated[np.ndarray, kwtypes(allow_pickle=True)]"
_MAPPED = ("r", "c")
"""Ways to map a stored array. Others would write to what is on record."""
_HOW = "write a JSON list of numbers, or the path of a .npy file"


class ArrayTransformer(Transformer):
    """A `numpy.ndarray` of any shape and element type; `NDArray[numpy.float64]` is not looked into.

    Attributes:
        options: `allow_pickle` for arrays of objects, `mmap_mode` to have it mapped into memory instead of read:
            from `Annotated[np.ndarray, kwtypes(allow_pickle=True)]`.

    Source: flytekit `NumpyArrayTransformer` (types/numpy/ndarray.py).
    """

    name = "Numpy Array"

    def __init__(self, hint: Any, kind: Any, options: Mapping[str, Any]) -> None:
        super().__init__(hint)
        self.kind = kind
        self.options = options

    def literal_type(self) -> pb.LiteralType:
        """A blob of the format `FORMAT`."""
        return pb.LiteralType(blob=pb.BlobType(format=FORMAT))

    def to_literal(self, value: Any, raw: RawData) -> pb.Literal:
        """A blob, written durably."""
        metadata = pb.BlobMetadata(type=pb.BlobType(format=FORMAT))
        return pb.Literal(scalar=pb.Scalar(blob=pb.Blob(metadata=metadata, uri=self._kept(value, raw))))

    def take(self, literal: pb.Literal) -> Any:
        """The array, read whole unless it is to be mapped."""
        if literal.scalar.WhichOneof("value") != "blob":
            raise wrong_literal(literal, self.kind)
        return self._load(literal.scalar.blob.uri)

    def pack(self, value: Any, raw: RawData) -> dict[str, str]:
        """Where it is."""
        return {"path": self._kept(value, raw)}

    def unpack(self, plain: Any) -> Any:
        """The array."""
        if not isinstance(plain, dict) or not isinstance(plain.get("path"), str):
            raise mismatch(plain, self.kind)
        return self._load(plain["path"])

    def schema(self) -> dict[str, Any]:
        """Where it is."""
        return {"type": "object", "title": "ndarray", "properties": {"path": {"type": "string"}}}

    def fits(self, value: Any) -> bool:
        """An array."""
        return isinstance(value, self.kind)

    def read(self, plain: Any, base: str) -> Any:
        """From a list of numbers, of lists …; or from a file."""
        if isinstance(plain, str) and plain.endswith(_SUFFIX):
            return self._load(plain if is_remote(plain) else str(Path(base) / local_path(plain)))
        if not isinstance(plain, list):
            raise mismatch(plain, self.kind, fix=_HOW)
        return _of_list(plain, self.kind)

    def parse(self, text: str, base: str) -> Any:
        """From a list of numbers in JSON, or from a file."""
        return self.read(text, base) if text.endswith(_SUFFIX) else super().parse(text, base)

    def example(self) -> str:
        """A list."""
        return "[1, 2, 3]"

    def _kept(self, value: Any, raw: RawData) -> str:
        if not self.fits(value):
            raise mismatch(
                value, self.kind, fix="write np.asarray(…) around it" if isinstance(value, list | int | float) else ""
            )
        name = f"{random_name()}{_SUFFIX}"
        return f"{raw.put(name, lambda path: self._save(value, path))}/{name}"

    def _save(self, value: Any, path: Path) -> None:
        import numpy as np

        if isinstance(value, np.ma.MaskedArray):
            raise ConversionError("a masked array would lose its mask", fix="return value.filled(…), or value and mask")
        if value.dtype.hasobject and not self.options.get("allow_pickle"):
            raise ConversionError(
                "an array of objects has to be pickled",
                fix=f"give it another dtype, or annotate it {_PICKLED} wherever it is passed",
            )
        with path.open("wb") as file:
            try:
                np.save(file, value, allow_pickle=value.dtype.hasobject)
            except (OSError, MemoryError):
                raise
            except Exception as error:
                told = f"an array of objects cannot be pickled: {error}"
                raise ConversionError(told, fix="give it another dtype") from error

    def _load(self, uri: str) -> Any:
        import numpy as np

        path = File(uri).path
        allow, mode = bool(self.options.get("allow_pickle")), self.options.get("mmap_mode")
        try:
            return np.load(path, allow_pickle=allow, mmap_mode=mode)
        except FileNotFoundError:
            raise ConversionError(
                f"there is no array at {path!r}", fix="check the path; was the run's data removed?"
            ) from None
        except MemoryError:
            raise
        except Exception as error:  # a pickle in it may raise anything
            fix = "say kwtypes(allow_pickle=True) here too" if "pickle" in str(error) else "write it with numpy.save"
            raise ConversionError(f"the array {path!r} cannot be read: {error}", fix=fix) from error


def build(hint: Any, find: Find) -> Transformer | None:  # noqa: ARG001 - the signature of families
    """The transformer of `numpy.ndarray`, with options, with or without the type of its elements; None for others.

    Raises:
        ConversionError: An option would change the stored array.
    """
    kind, *notes = typing.get_args(hint) if typing.get_origin(hint) is typing.Annotated else (hint,)
    kind = typing.get_origin(kind) or kind
    if not isinstance(kind, type) or kind.__name__ != "ndarray" or kind.__module__ != "numpy":
        return None
    options = {key: each for note in notes if isinstance(note, dict) for key, each in note.items()}
    if options.get("mmap_mode") not in (None, *_MAPPED):
        told = f"an array cannot be mapped as {options['mmap_mode']!r}: what is stored must stay as it is"
        raise ConversionError(told, fix="say 'c', and what you change stays with you, or 'r'")
    return ArrayTransformer(hint, kind, options)


def _of_list(plain: list[Any], kind: Any) -> Any:
    import numpy as np

    try:
        found = np.array(plain)
    except ValueError:
        raise mismatch(plain, kind, fix="make the lists in it equally long") from None
    if found.dtype.hasobject:
        raise mismatch(plain, kind, fix=_HOW)
    return found
