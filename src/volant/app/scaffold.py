"""Writes a new plugin's package: three layers, an example, tests on the conformance kit, a page, an entry point.

What is written are the files under `templates/`: of the kind, else of all kinds ("shared"). `$name` and its like
are the only things replaced in them, so that they can be read as the code they become.
"""

import keyword
import re
import sys
import tempfile
import unicodedata
import zlib
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import NamedTuple

from volant.app.idl_compile import compile_protos
from volant.base.errors import UserError
from volant.contracts.registry import PLUGINS, claimed

KINDS = {
    "minimal": "the smallest complete plugin: a state that survives, and nothing outside",
    "remote-job": "one job of an outside service per attempt",
    "sensor": "waits until something is there",
    "sql": "a query that a warehouse runs",
}
"""What can be written, and for whom it is."""

_TEMPLATES, _SHARED = files("volant.app") / "templates", "shared"
_FILES = {
    ".gitignore": "gitignore",
    "README.md": "README.md",
    "pyproject.toml": "pyproject.toml",
    "src/{package}/__init__.py": "__init__.py",
    "src/{package}/py.typed": "py.typed",
    "src/{package}/task.py": "task.py",
    "src/{package}/plugin.py": "plugin.py",
    "examples/{package}_example.py": "example.py",
    "tests/test_conformance.py": "test_conformance.py",
    "tests/test_task.py": "test_task.py",
}
_MESSAGE = {"src/{package}/message.py": "message.py"}
_PROTO = {"src/{package}/{package}.proto": "message.proto"}
_MESSAGE_OF_PROTO = {"src/{package}/message.py": "message_of_proto.py"}
_PARTS = {"about": "about.md", "usage": "usage.py"}
"""Parts of the page that differ from kind to kind."""
_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_LONGEST = 40
_TAKEN = frozenset({"volant", "container", "python", "python-function", "remote-job", "task", "test", "tests"})
_FIRST_PORT, _PORTS = 20_000, 10_000  # below what systems give away by themselves


class Names(NamedTuple):
    """What a plugin's name becomes.

    Attributes:
        name: Of the distribution, the plugin and the task type: "image-render".
    """

    name: str

    @property
    def package(self) -> str:
        """Its module: "image_render"."""
        return self.name.replace("-", "_")

    @property
    def of_class(self) -> str:
        """What its classes begin with: "ImageRender"."""
        return "".join(word.capitalize() for word in self.name.split("-"))

    @property
    def port(self) -> int:
        """Where the example's service listens; another one for each name, so that two examples can run."""
        return _FIRST_PORT + zlib.crc32(self.name.encode()) % _PORTS


def write_plugin(name: str, kind: str, into: Path, *, proto: bool) -> list[Path]:
    """Write a package; all of it, or nothing.

    Args:
        name: Lower case words, joined by "-".
        kind: One of `KINDS`.
        into: Folder in which a folder of that name is made.
        proto: Describe the message by a `.proto` file, and generate its Python; else by a dataclass.

    Returns:
        The files, relative to the new folder, in alphabetical order.

    Raises:
        UserError: The name does not do, the folder exists or cannot be written, or there is no protoc for a `.proto`
            file.
    """
    names = names_of(name)
    folder = into / names.name
    if folder.exists():
        raise UserError(f"{folder} exists already", fix="take another name or --into another folder, or remove it")
    try:
        _write_whole(folder, names, kind, proto=proto)
    except OSError as error:
        why = f"{folder} cannot be written: {error.strerror or error}"
        raise UserError(why, fix="name a folder that can be written to: --into FOLDER") from error
    return sorted(file.relative_to(folder) for file in folder.rglob("*") if file.is_file())


def _write_whole(folder: Path, names: Names, kind: str, *, proto: bool) -> None:
    """All of it, or nothing: written beside its place, then renamed."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{names.name}-", dir=folder.parent) as made:
        draft = Path(made) / names.name
        _fill(draft, names, kind, proto=proto)
        draft.rename(folder)


def names_of(name: str) -> Names:
    """What a name becomes.

    Raises:
        UserError: It cannot name a package, or is taken; close ones are suggested.
    """
    told = f"a plugin cannot be called {name!r}"
    if not _NAME.fullmatch(name):
        words = _words(name)
        suggestion = f"try {words!r}: " if words else ""
        raise UserError(told, fix=f"{suggestion}lower case letters and digits, words joined by -, a letter first")
    if len(name) > _LONGEST:
        raise UserError(f"{told}: it has {len(name)} characters", fix=f"take at most {_LONGEST}")
    if owner := _owner(name):
        raise UserError(f"{told}: {owner}", fix=f"try {_another(name)!r}")
    return Names(name)


def _words(name: str) -> str:
    """The nearest name that does; "" if there is none."""
    ascii_only = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    words = "-".join(_WORD.findall(ascii_only)).lower().lstrip("-0123456789")
    return _another(words) if words and _owner(words) else words


def _another(name: str) -> str:
    return f"{name}-2" if name.startswith("my-") else f"my-{name}"


def _owner(name: str) -> str:
    """Why a name is taken; "" if it is not."""
    package = Names(name).package
    if keyword.iskeyword(package) or keyword.issoftkeyword(package):
        return "it is a word of Python's own"
    if package in sys.stdlib_module_names:
        return "Python's standard library has a module of that name"
    if name in _TAKEN:
        return "Volant uses that name"
    owners = claimed(PLUGINS).get(name)
    return f"{owners[0].distribution} has a plugin of that name" if owners else ""


def _fill(folder: Path, names: Names, kind: str, *, proto: bool) -> None:
    values = _values(names, kind, proto=proto)
    if proto:
        _write(folder, _PROTO, kind, values)
        made = compile_protos([str(folder / values["message"])], include=[str(folder / "src")])
        values |= {"needs": f'"volant", "protobuf>={made.needs_protobuf}"'}
    _write(folder, _FILES | (_MESSAGE_OF_PROTO if proto else _MESSAGE), kind, values)


def _write(folder: Path, templates: Mapping[str, str], kind: str, values: Mapping[str, str]) -> None:
    for place, template in templates.items():
        file = folder / place.format_map(values)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(_rendered(kind, template, values), encoding="utf-8")


def _values(names: Names, kind: str, *, proto: bool) -> dict[str, str]:
    """What is put into templates."""
    message = f"{names.package}.proto" if proto else "message.py"
    own = {
        "name": names.name,
        "package": names.package,
        "Class": names.of_class,
        "port": str(names.port),
        "message": f"src/{names.package}/{message}",
        "needs": '"volant"',
    }
    parts = {part: _rendered(kind, file, own).rstrip() for part, file in _PARTS.items()}
    return own | parts


def _rendered(kind: str, template: str, values: Mapping[str, str]) -> str:
    return Template(_text(kind, template)).substitute(values)


def _text(kind: str, template: str) -> str:
    own, shared = (_TEMPLATES / place / f"{template}.tmpl" for place in (kind, _SHARED))
    return (own if own.is_file() else shared).read_text(encoding="utf-8")
