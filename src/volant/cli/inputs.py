"""Command line options made of an entity's interface, and inputs from a file."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click
import yaml

from volant.base.errors import UserError
from volant.contracts.worker_wire import Described
from volant.idl import pb
from volant.idl.literals import parse_literal_map
from volant.idl.preview import show

_PREFIX = "input_"
"""Before the parameter names of inputs, so that an input may be called like a run option."""

_SHOWN = 60


class EntityCommand(click.Command):
    """A command whose help shows inputs apart from options of `run`."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Two tables."""
        params = self.get_params(ctx)
        inputs = [each for each in params if (each.name or "").startswith(_PREFIX)]
        for title, members in (("Inputs", inputs), ("Run options", [p for p in params if p not in inputs])):
            records = [record for each in members if (record := each.get_help_record(ctx)) is not None]
            with formatter.section(title):
                formatter.write_dl(records or [("none", "")])


def input_options(described: Described) -> list[click.Option]:
    """One option for each input, in the order of the signature; "-" and "_" are the same in its name."""
    defaults = parse_literal_map(described.defaults).literals
    return [
        _option(name, hint, defaults, described.input_docs.get(name, ""))
        for name, hint in described.python_types.items()
    ]


def given_texts(params: Mapping[str, Any]) -> dict[str, str]:
    """Inputs as typed, by name, of what click parsed."""
    return {
        name.removeprefix(_PREFIX): value
        for name, value in params.items()
        if name.startswith(_PREFIX) and value is not None
    }


def spellings(name: str) -> list[str]:
    """How an input's option may be written."""
    return list(dict.fromkeys([f"--{name.replace('_', '-')}", f"--{name}"]))


def file_values(path: str | None) -> bytes:
    """Inputs from a JSON or YAML file, as a JSON object; empty for no file.

    Raises:
        UserError: It cannot be read, or is no mapping from names to values.
    """
    if path is None:
        return b""
    try:
        text = Path(path).read_text(encoding="utf-8")
    except OSError as error:
        raise UserError(f"--inputs-file {path}: {error.strerror}", fix="check the path") from error
    except UnicodeDecodeError as error:
        raise UserError(f"--inputs-file {path}: it is no UTF-8 text: {error}", fix="save it as UTF-8") from error
    found = _parsed(path, text)
    if not isinstance(found, dict):
        raise UserError(f"--inputs-file {path} holds no mapping", fix="write one line `name: value` for each input")
    # YAML knows dates; the interface, not YAML, says what a text is.
    return json.dumps(found, default=str).encode()


def _option(name: str, hint: str, defaults: Mapping[str, pb.Literal], docs: str) -> click.Option:
    default = f"[default: {show(defaults[name], _SHOWN)}]" if name in defaults else "[required]"
    # A bool may stand alone, or be told: --dry-run, --dry-run false.
    more: dict[str, Any] = {"is_flag": False, "flag_value": "true"} if hint == "bool" else {}
    names = [*spellings(name), f"{_PREFIX}{name}"]
    return click.Option(names, metavar=hint, help=f"{docs}  {default}".strip(), type=str, **more)


def _parsed(path: str, text: str) -> Any:
    is_json = path.endswith(".json")
    try:
        return json.loads(text) if is_json else yaml.safe_load(text)
    except json.JSONDecodeError as error:
        line, what = error.lineno, error.msg
    except yaml.MarkedYAMLError as error:
        line, what = (error.problem_mark.line + 1 if error.problem_mark else 1), str(error.problem)
    except (ValueError, RecursionError, yaml.YAMLError) as error:
        line, what = 1, " ".join(str(error).split())
    kind = "JSON" if is_json else "YAML"
    raise UserError(f"--inputs-file {path}:{line}: {what}", fix=f"correct that line; the file is read as {kind}")
