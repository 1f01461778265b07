"""Python of `.proto` files: protoc of PyPI's grpcio-tools, in a process of its own, and a look at what it made."""

import importlib.util
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from importlib.metadata import version
from pathlib import Path

from msgspec import Struct

from volant.base.errors import UserError
from volant.idl.proto_files import installed_imports, own_message

_NEEDS = re.compile(r"^# Protobuf Python Version: (\S+)$", re.MULTILINE)
_MISSING = re.compile(r"No module named '(\S+)_pb2'|cannot import name '(\S+)_pb2' from '(\S+)'")
_PLACED = re.compile(r"(\S+?\.proto)(:.*)")


class Complaint(Struct, frozen=True):
    """A line of protoc."""

    message: str
    fix: str = ""


class ProtocError(UserError):
    """protoc does not compile it.

    Attributes:
        problems: Its lines.
    """

    def __init__(self, problems: tuple[Complaint, ...]) -> None:
        super().__init__("\n".join(each.message for each in problems))
        self.problems = problems


class Compiled(Struct, frozen=True):
    """What was made.

    Attributes:
        files: Paths of the modules and of their types.
        message: Full name of the message of a task's custom part.
        module: Where its class is, below the folder that was written to.
        class_name: Its class.
        needs_protobuf: The oldest runtime that loads it.
        installed_protobuf: The runtime that did load it.
    """

    files: tuple[str, ...]
    message: str
    module: str
    class_name: str
    needs_protobuf: str
    installed_protobuf: str


def compile_protos(
    files: Sequence[str | Path], out: str | Path = "", *, message: str = "", include: Sequence[str | Path] = ()
) -> Compiled:
    """Compile files, and check that the result loads and has one message for a task's custom part.

    Args:
        files: Paths of `.proto` files.
        out: Folder to write to; "" for the first include folder, else that of the first file.
        message: The message meant, where it is not the only one that no other refers to.
        include: Folders imports are relative to; none for the folders of the files.

    Raises:
        ProtocError: protoc refuses a file; its lines, with file and line.
        UserError: grpcio-tools is not installed, a word is wrong, there is not one message, or the result cannot
            be loaded. Nothing was written.
    """
    if importlib.util.find_spec("grpc_tools") is None:
        raise UserError(
            "compiling .proto files needs grpcio-tools, which is not installed", fix="pip install 'volant[kit]'"
        )
    paths = [_checked(file) for file in files]
    roots = [Path(each) for each in include] or list(dict.fromkeys(path.parent for path in paths))
    with tempfile.TemporaryDirectory() as folder:
        return _compiled(_Job(paths, roots, Path(folder), Path(out or roots[0])), message)


class _Job(Struct, frozen=True):
    """What is compiled: sources, roots of imports, a folder for what is made, and the one it shall go to."""

    paths: list[Path]
    roots: list[Path]
    made: Path
    out: Path

    @property
    def names(self) -> list[str]:
        """The sources as protoc calls them."""
        return [_below(self.roots, path) for path in self.paths]


def _checked(file: str | Path) -> Path:
    path = Path(file)
    if not path.is_file():
        raise UserError(f"there is no file {str(file)!r}", fix="check the path; it is relative to the current folder")
    if path.suffix != ".proto":
        raise UserError(f"{str(file)!r} is no .proto file", fix="name a file that ends in .proto")
    return path


def _below(roots: Sequence[Path], path: Path) -> str:
    for root in roots:
        if path.resolve().is_relative_to(root.resolve()):
            return path.resolve().relative_to(root.resolve()).as_posix()
    folders = ", ".join(map(str, roots))
    raise UserError(f"{str(path)!r} is not below {folders}", fix=f"add -I {path.parent}")


def _compiled(job: _Job, message: str) -> Compiled:
    descriptors = _run_protoc(job)
    file, full = own_message(descriptors, job.names, message)
    found = _NEEDS.search((job.made / _path(job.names[0], ".py")).read_text())
    needs = found[1] if found else "unknown"
    _check_loads(job, needs)
    return Compiled(
        files=tuple(map(str, _moved(job))),
        message=full,
        module=_module(file),
        class_name=full.rpartition(".")[2],
        needs_protobuf=needs,
        installed_protobuf=version("protobuf"),
    )


def _path(name: str, suffix: str) -> str:
    """What protoc calls the module of a file."""
    return f"{name.removesuffix('.proto').replace('-', '_')}_pb2{suffix}"


def _module(name: str) -> str:
    return _path(name, "").replace("/", ".")


def _run_protoc(job: _Job) -> bytes:
    """Compile into the folder `job.made`; the serialized FileDescriptorSet."""
    known, found = job.made / "installed.binpb", job.made / "found.binpb"
    known.write_bytes(installed_imports(job.paths, job.roots))
    words = [f"-I{root}" for root in job.roots]
    if known.stat().st_size:
        words.append(f"--descriptor_set_in={known}")
    words += [f"--python_out={job.made}", f"--pyi_out={job.made}", f"--descriptor_set_out={found}", *job.names]
    done = _run("-m", "grpc_tools.protoc", *words)
    if done.returncode != 0:
        raise ProtocError(tuple(_complaints(job, done.stderr)) or (Complaint("protoc failed and said nothing"),))
    return found.read_bytes()


def _run(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = (sys.executable, *words)
    return subprocess.run(command, env={**os.environ, **environment}, capture_output=True, text=True, check=False)


def _complaints(job: _Job, said: str) -> Iterator[Complaint]:
    """The lines of protoc, with paths as they are from here."""
    for line in said.splitlines():
        found = _PLACED.fullmatch(line)
        placed = [root / found[1] for root in job.roots if (root / found[1]).is_file()] if found else []
        yield Complaint(f"{placed[0]}{found[2]}" if found and placed else line)


_LOAD = """\
import importlib, importlib.util, os, sys

made, names = sys.argv[1], sys.argv[2:]
files = {name: os.path.join(made, *name.split(".")) + ".py" for name in names}
packages = {name.rpartition(".")[0] for name in names if "." in name}
packages |= {each.rsplit(".", depth)[0] for each in packages for depth in range(1, each.count(".") + 1)}


class Made:
    @staticmethod
    def find_spec(name, path=None, target=None):
        if name in files:
            return importlib.util.spec_from_file_location(name, files[name])
        if name not in packages:
            return None
        spec = importlib.util.spec_from_loader(name, None, is_package=True)
        folders = [os.path.join(each, *name.split(".")) for each in sys.path]
        spec.submodule_search_locations = [each for each in folders if os.path.isdir(each)]
        return spec


sys.meta_path.insert(0, Made)
for name in names:
    importlib.import_module(name)
"""
"""Imports what was made from where it was made: a package of the same name, an older module or whatever an
`__init__.py` does that is there already has no say."""


def _check_loads(job: _Job, needs: str) -> None:
    """Import what was made, in a process of its own: a message may exist already, a runtime may be too old."""
    path = os.pathsep.join(filter(None, (str(job.made), str(job.out.absolute()), os.environ.get("PYTHONPATH", ""))))
    done = _run("-c", _LOAD, str(job.made), *map(_module, job.names), PYTHONPATH=path)
    if done.returncode == 0:
        return
    last = (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
    missing = _MISSING.search(last)
    fix = f"pip install 'protobuf>={needs}'"
    if missing:
        name = missing[1] or f"{missing[3]}.{missing[2]}"
        fix = f"compile {name.replace('.', '/')}.proto as well: name both files"
    raise UserError(f"what protoc made of {', '.join(job.names)} cannot be loaded: {last}", fix=fix)


def _moved(job: _Job) -> Iterator[Path]:
    for name in job.names:
        for suffix in (".py", ".pyi"):
            target = job.out / _path(name, suffix)
            try:
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes((job.made / _path(name, suffix)).read_bytes())
            except OSError as error:
                raise UserError(
                    f"{str(target)!r} cannot be written: {error.strerror}", fix="choose another --out"
                ) from error
            yield target
