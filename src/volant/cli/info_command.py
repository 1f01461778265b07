"""`volant info`: paths, sizes, engines and versions."""

import json
import os
import platform
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

import click

from volant.app.serving import serving_engines
from volant.app.site import Site
from volant.cli.options import home_option, json_option, open_site
from volant.cli.prune_command import size_text
from volant.contracts import layout

_PACKAGES = ("volant", "flyteidl", "protobuf", "msgspec")


@click.command("info")
@json_option
@home_option
def command(as_json: bool, home: str | None) -> None:
    """Show paths, sizes, engines and versions."""
    with open_site(home=home) as site:
        facts = _facts(site)
    if as_json:
        click.echo(json.dumps(facts, indent=2))
        return
    for name, value in facts.items():
        click.echo(f"{name:<10} {_text(name, value)}")


def _facts(site: Site) -> dict[str, Any]:
    usage = site.store.usage()
    serving = serving_engines(site)
    return {
        "home": str(site.home),
        "rows": usage.bytes,
        "blobs": _size(site.home / "runs"),
        "code": _size(site.home / "code"),
        "sockets": layout.socket_dir(str(site.home)),
        "schema": usage.schema,
        "counts": usage.counts,
        "engines": {engine: "serves any run" if engine in serving else "runs one run" for engine in _live(site)},
        "versions": {name: version(name) for name in _PACKAGES},
        "python": f"{platform.python_version()} {sys.executable}",
        "system": f"{platform.platform()}, {os.cpu_count()} cores",
    }


def _live(site: Site) -> list[str]:
    return site.store.live_engines()


def _size(folder: Path) -> int:
    return sum(file.lstat().st_size for file in folder.rglob("*") if file.is_file())


def _text(name: str, value: Any) -> str:
    if name in ("rows", "blobs", "code"):
        return size_text(value)
    if isinstance(value, dict):
        return ", ".join(f"{key} {each}" for key, each in value.items()) or "none"
    return str(value)
