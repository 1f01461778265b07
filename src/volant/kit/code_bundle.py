"""A run's source code: which files, how to import them. Kept by digest, never changed, used by every resume.

`<home>/code/<digest>/manifest.json` says how; `<home>/code/<digest>/src/` holds the bytes of every module the
user's file imported from below its root.
"""

import hashlib
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

import msgspec
from msgspec import Struct

from volant.base.errors import NotFoundError, StoreFault
from volant.base.ids import Digest
from volant.contracts.worker_wire import Load
from volant.kit.durable import make_folder, sync_folder, write_file

_MANIFEST = "manifest.json"


class Manifest(Struct, frozen=True, kw_only=True):
    """How to import a bundle.

    Attributes:
        module: Dotted name the file is imported under.
        file: The user's file, relative to `src/`.
        python: Path of the interpreter that imported it first.
        show_as: The root it came from: paths in tracebacks are shown below it.
        fallback: Folder searched after everything else, for what the bundle lacks; "" for none.
        cwd: Folder it runs in, where that still exists.
        kind: "file", or "pickle" for a cloudpickle of a dict from name to entity.
    """

    module: str
    file: str
    python: str
    show_as: str = ""
    fallback: str = ""
    cwd: str = ""
    kind: str = "file"


def bundle_digest(sources: Mapping[str, bytes], manifest: Manifest) -> Digest:
    """What a bundle is known by: 32 hexadecimal digits over its manifest and every path and byte."""
    state = hashlib.sha256(_to_json(manifest))
    for path in sorted(sources):
        state.update(f"\0{path}\0{len(sources[path])}\0".encode())
        state.update(sources[path])
    return Digest(state.hexdigest()[:32])


def bundle_folder(home: str, digest: str) -> Path:
    """Where a bundle lies."""
    return Path(home) / "code" / digest


def write_bundle(home: str, sources: Mapping[str, bytes], manifest: Manifest) -> Digest:
    """Keep a bundle, durably and all or nothing; one that is there already stays.

    Args:
        home: The data folder.
        sources: Bytes by path relative to the root, as in `Loaded.sources`.
        manifest: How to import them.

    Raises:
        StoreFault: It cannot be written.
    """
    digest = bundle_digest(sources, manifest)
    folder = bundle_folder(home, digest)
    if folder.is_dir():
        return digest
    try:
        _write(folder, sources, manifest)
    except OSError as error:
        raise StoreFault(f"cannot write the code bundle {folder}: {error}") from error
    return digest


def read_manifest(home: str, digest: str) -> Manifest:
    """How to import a bundle.

    Raises:
        NotFoundError: There is no such bundle.
        StoreFault: It is there and cannot be read.
    """
    path = bundle_folder(home, digest) / _MANIFEST
    try:
        return msgspec.json.decode(path.read_bytes(), type=Manifest)
    except FileNotFoundError as error:
        raise NotFoundError(f"the code of this run, bundle {digest}, is not in {path.parent}") from error
    except (OSError, msgspec.DecodeError) as error:
        raise StoreFault(f"cannot read the code bundle {path}: {error}") from error


def load_frame(home: str, digest: str, manifest: Manifest) -> Load:
    """What to tell a zygote so that it imports a bundle from where it is kept."""
    root = bundle_folder(home, digest) / "src"
    return Load(
        str(root / manifest.file),
        str(root),
        manifest.module,
        manifest.fallback,
        manifest.show_as,
        manifest.kind,
    )


def _to_json(manifest: Manifest) -> bytes:
    return msgspec.json.format(msgspec.json.encode(manifest), indent=2)


def _write(folder: Path, sources: Mapping[str, bytes], manifest: Manifest) -> None:
    make_folder(folder.parent)
    fresh = Path(tempfile.mkdtemp(prefix=".new-", dir=folder.parent))
    try:
        write_file(fresh / _MANIFEST, _to_json(manifest))
        for name, data in sources.items():
            write_file(fresh / "src" / name, data)
        _put(fresh, folder)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def _put(fresh: Path, folder: Path) -> None:
    try:
        fresh.rename(folder)
    except OSError:
        # Another process was first: its folder holds the same bytes.
        if not folder.is_dir():
            raise
    sync_folder(folder.parent)
