"""Typed settings, validated when they are read: flags, then VOLANT_*, then a file up the tree, then defaults.

The file is the nearest `volant.toml`, or `pyproject.toml` with a table `[tool.volant]`, from the current folder
upwards. An unknown name or a value of the wrong type is an error that names its place.
"""

import difflib
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import msgspec
import platformdirs
from msgspec import Meta, Struct

from volant.base.errors import UserError
from volant.contracts.quotas import PoolLimits
from volant.kit.quantity import parse_quantity

PREFIX = "VOLANT_"
DEFAULT = "default"


class Settings(Struct, frozen=True, kw_only=True):
    """What can be set.

    Attributes:
        home: Folder of all data, absolute.
        project: Of runs that name none.
        domain: Likewise.
        max_parallelism: Leaves of one run that may be active at once; 0 for no limit.
        cores: Cores given to tasks at once; 0 for all this machine has.
        memory: Memory given to tasks at once, e.g. "8Gi"; "" for all this machine has.
        retry_delay_s: Wait before a second attempt, in seconds; doubles with each further one. 0 for none.
        quotas: `[quotas.<pool>]`, the limits of a pool of tokens; they win over what a plugin declares.
        plugins: `[plugins.<id>]`, handed to the plugin of that id as it is, but for `from`: where it comes from.
    """

    home: str
    project: str = "flytesnacks"
    domain: str = "development"
    max_parallelism: Annotated[int, Meta(ge=0)] = 0
    cores: Annotated[float, Meta(ge=0)] = 0.0
    memory: str = ""
    retry_delay_s: Annotated[float, Meta(ge=0)] = 0.0
    quotas: Mapping[str, PoolLimits] = {}
    plugins: Mapping[str, Mapping[str, Any]] = {}


class Origin(NamedTuple):
    """One setting's value and where it came from.

    Attributes:
        name: Field of `Settings`.
        value: Its value.
        source: For people: "--home", "VOLANT_HOME", a file's path, or "default".
    """

    name: str
    value: Any
    source: str


class Loaded(NamedTuple):
    """Settings with their origins, in the order of the fields."""

    settings: Settings
    origins: tuple[Origin, ...]


_TABLES = ("quotas", "plugins")
_FIELDS = {field.name: field for field in msgspec.structs.fields(Settings)}


def load_settings(flags: Mapping[str, Any], environ: Mapping[str, str], folder: Path) -> Loaded:
    """The settings that hold in a folder.

    Args:
        flags: Given on the command line; None counts as not given.
        environ: The environment.
        folder: Where to start to look for a file.

    Raises:
        UserError: An unknown name, a value of the wrong type, or a file that cannot be read.
    """
    found = {name: Origin(name, value, DEFAULT) for name, value in _defaults()}
    for layer in (_of_file(folder), _of_environment(environ, folder), _of_flags(flags, folder)):
        found.update({origin.name: origin for origin in layer})
    origins = tuple(found[name] for name in _FIELDS)
    return Loaded(Settings(**{origin.name: origin.value for origin in origins}), origins)


def _defaults() -> Iterator[tuple[str, Any]]:
    for name, field in _FIELDS.items():
        if name == "home":
            yield name, platformdirs.user_data_dir("volant", appauthor=False)
        else:
            yield name, {} if name in _TABLES else field.default


def _of_flags(flags: Mapping[str, Any], folder: Path) -> Iterator[Origin]:
    for name, value in flags.items():
        if value is not None:
            flag = f"--{name.replace('_', '-')}"
            yield Origin(name, _checked(name, value, flag, folder, strict=False), flag)


def _of_environment(environ: Mapping[str, str], folder: Path) -> Iterator[Origin]:
    for name in _FIELDS:
        variable = PREFIX + name.upper()
        if name not in _TABLES and environ.get(variable):
            yield Origin(name, _checked(name, environ[variable], variable, folder, strict=False), variable)


def _of_file(folder: Path) -> Iterator[Origin]:
    file, table = _find(folder)
    for key, value in table.items():
        name = key.replace("-", "_")
        if name not in _FIELDS:
            raise UserError(f"{file}: there is no setting {key!r}", fix=_nearest(name))
        yield Origin(name, _checked(name, value, f"{file}: {key}", file.parent, strict=True), str(file))


def _find(folder: Path) -> tuple[Path, dict[str, Any]]:
    for place in (folder, *folder.parents):
        if (file := place / "volant.toml").is_file():
            return file, _read(file)
        if (file := place / "pyproject.toml").is_file():
            table = _read(file).get("tool", {}).get("volant")
            if table is not None:
                return file, table
    return folder, {}


def _read(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UserError(f"{file} cannot be read: {error}", fix="correct it; it is a TOML file") from error


def _checked(name: str, value: Any, place: str, base: Path, *, strict: bool) -> Any:
    try:
        if name == "quotas":
            return _pools(value, place)
        found = msgspec.convert(value, _FIELDS[name].type, strict=strict)
        if name == "memory" and found:
            parse_quantity(found)
    except msgspec.ValidationError as error:
        raise UserError(f"{place} = {value!r} is not possible: {error}", fix="correct or remove it") from error
    except UserError as error:
        raise UserError(f"{place} = {value!r} is not possible: {error}", fix=error.fix) from error
    if name == "plugins":
        return {plugin: _anchored(table, base) for plugin, table in found.items()}
    return _below(base, found) if name == "home" else found


def _anchored(table: Mapping[str, Any], base: Path) -> Mapping[str, Any]:
    """A plugin's table in which the file it comes from, if it names one, is absolute."""
    where = table.get("from")
    is_file = isinstance(where, str) and where.partition(":")[0].endswith(".py")
    return {**table, "from": _below(base, where)} if is_file else table


def _below(base: Path, path: Any) -> str:
    return str((base / Path(path).expanduser()).absolute())


def _pools(table: Any, place: str) -> dict[str, PoolLimits]:
    """Pool by pool, so that a mistake is told with the pool it is in."""
    pools: dict[str, PoolLimits] = {}
    for name, limits in msgspec.convert(table, dict[str, Any]).items():
        try:
            pools[name] = msgspec.convert(limits, PoolLimits)
        except msgspec.ValidationError as error:
            fix = "a pool has `total` and `per_project`: whole numbers, 0 for no limit"
            raise UserError(f"{place}.{name} = {limits!r} is not possible: {error}", fix=fix) from error
    return pools


def _nearest(name: str) -> str:
    near = difflib.get_close_matches(name, _FIELDS, n=1)
    return f"did you mean {near[0]!r}?" if near else f"the settings are {', '.join(_FIELDS)}"
