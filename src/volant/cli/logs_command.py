"""`volant logs`: what tasks printed, from the first byte on."""

import sys
import threading
from contextlib import closing
from pathlib import Path
from typing import BinaryIO

import click

from volant.app.feed import LOOK_S, Feed
from volant.app.find import display, find_action, find_run
from volant.app.site import Site
from volant.base.ids import AttemptKey, RunId
from volant.cli.options import home_option, open_site, run_argument
from volant.contracts.layout import log_uri
from volant.contracts.rows import ActionRow

EPILOGUE = """\b
Examples:
  volant logs nightly             everything, each line with its node
  volant logs nightly n2          one node, all its attempts
  volant logs nightly n2 -f       and what it prints from now on, until the run is over
"""
_CHUNK = 1 << 20


@click.command("logs", epilog=EPILOGUE)
@run_argument()
@click.argument("node", metavar="[NODE]", required=False)
@click.option("--follow", "-f", is_flag=True, help="Go on until the run is over.")
@home_option
def command(run: str, node: str | None, follow: bool, home: str | None) -> None:
    """Print what tasks printed."""
    with open_site(home=home) as site:
        row = find_run(site, run)
        action = find_action(site, row.run, node) if node is not None else None
        logs = Logs(site, row.run, action)
        with closing(logs):
            logs.refresh()
            if follow:
                _follow(site, row.run, logs)
            else:
                logs.print_new()


class Logs:
    """The log files of a run, or of one of its nodes, each read from where it was left."""

    def __init__(self, site: Site, run: RunId, action: ActionRow | None) -> None:
        """Of `run`; of all nodes where `action` is None."""
        self._site, self._run, self._action = site, run, action
        self._labels: dict[Path, str] = {}
        self._open: dict[Path, BinaryIO] = {}
        self._half: dict[Path, bytes] = {}

    def refresh(self) -> None:
        """Find the files there are now."""
        only = self._action.name if self._action else None
        names = {row.name: display(row) for row in self._site.store.list_actions(self._run)}
        for attempt in self._site.store.list_attempts(self._run, only):
            uri = log_uri(self._site.blobs.root, AttemptKey(attempt.run, attempt.action, attempt.number))
            path = Path(self._site.blobs.local_path(uri) or "")
            self._labels[path] = f"{attempt.action} {names.get(attempt.action, '')} │ "

    def print_new(self) -> None:
        """Print what was not printed yet."""
        for path, label in self._labels.items():
            self._print(path, label)

    def _print(self, path: Path, label: str) -> None:
        if path not in self._open:
            if not path.is_file():
                return
            self._open[path] = path.open("rb")
        while data := self._open[path].read(_CHUNK):
            self._print_lines(path, label, data)

    def _print_lines(self, path: Path, label: str, data: bytes) -> None:
        if self._action is not None:
            sys.stdout.buffer.write(data)
            sys.stdout.buffer.flush()
            return
        *lines, rest = (self._half.pop(path, b"") + data).split(b"\n")
        for line in lines:
            click.echo(click.style(label, dim=True) + line.decode(errors="replace"))
        self._half[path] = rest

    def close(self) -> None:
        """Print half lines, and let go of the files."""
        for rest in self._half.values():
            if rest:
                click.echo(rest.decode(errors="replace"))
        for file in self._open.values():
            file.close()


def _follow(site: Site, run: RunId, logs: Logs) -> None:
    # A log file rings no bell: the files are looked at again and again, the rows only after an event.
    pause, is_over = threading.Event(), False
    feed = Feed(site.store, run)
    while not is_over:
        if feed.read():
            logs.refresh()
        is_over = site.store.get_run(run).phase.is_terminal
        logs.print_new()
        pause.wait(0 if is_over else LOOK_S)
