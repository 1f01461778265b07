"""What people read when a run failed: which node, which line, with which inputs, and how to see it again."""

from dataclasses import replace

import msgspec
from msgspec import Struct

from volant.app.find import display
from volant.app.site import Site
from volant.app.source_line import source_line
from volant.base.errors import Failure, NotFoundError
from volant.base.ids import ActionName, RunId, run_name
from volant.contracts.rows import ActionRow, RunRow, ValueRef
from volant.engine.machine.retries import last_error
from volant.idl.preview import show

_SHOWN_INPUTS = 12
_SHOWN_CHARACTERS = 100
_SHOWN_TRACE = 8000
_COMPARED = 200


class FailureReport(Struct, frozen=True, kw_only=True):
    """A failed run, explained.

    Attributes:
        headline: Who failed, with what code.
        message: What the failure says.
        node: Path of the node; "" for the run itself.
        place: "file:line" of the author's code, or "".
        inputs: Previews of the node's inputs, by name.
        trace: The author's traceback, without our frames.
        fix: What to do, or "".
        again: The one command that runs that node again; "" where there is none.
    """

    headline: str
    message: str
    node: str = ""
    place: str = ""
    inputs: dict[str, str] = {}
    trace: str = ""
    fix: str = ""
    again: str = ""

    def text(self) -> str:
        """All of it, as lines; the traceback last but for the advice."""
        lines = [self.headline]
        lines += [f"  at      {self.place}"] if self.place else []
        lines += [f"  inputs  {name} = {value}" for name, value in self.inputs.items()]
        lines += ["", self._cut(self.trace or self.message)]
        lines += [self._cut(self.message)] if self.trace and not self._trace_says_it() else []
        lines += ["", f"  fix     {self.fix}"] if self.fix else [""]
        lines += [f"  again   {self.again}"] if self.again else []
        return "\n".join(lines).rstrip()

    def _trace_says_it(self) -> bool:
        return self.message.partition("\n")[0][:_COMPARED] in self.trace

    def _cut(self, text: str) -> str:
        if len(text) <= _SHOWN_TRACE:
            return _indented(text)
        half, where = _SHOWN_TRACE // 2, self.again.replace("debug", "show", 1) or "volant show"
        return _indented(f"{text[:half]}\n… cut; all of it: {where} …\n{text[-half:]}")


def failure_report(site: Site, row: RunRow) -> FailureReport:
    """Why a run ended badly.

    Args:
        site: Where it is.
        row: A run that failed or was aborted.
    """
    failure = last_error(row.error) if row.error else Failure("Unknown", f"it ended as {row.phase.name}")
    name = run_name(row.run)
    action = _action(site, row, failure)
    if action is None:
        headline = f"run {name} {row.phase.name.lower()}: {failure.code}"
        return FailureReport(headline=headline, message=failure.message, place=failure.place, fix=failure.fix)
    own = last_error(action.error or failure)
    tried = f", after {action.attempts + 1} attempts" if action.attempts else ""
    return FailureReport(
        headline=f'run {name} {row.phase.name.lower()}: node {action.name} "{display(action)}", {own.code}{tried}',
        message=own.message,
        node=action.name,
        place=own.place or failure.place or source_line(site, row, action),
        inputs=previews(site, row.run, action.inputs),
        trace=own.trace or failure.trace,
        fix=own.fix or failure.fix,
        again=f"volant debug {name} {action.name}" if action.kind == "task" else "",
    )


def previews(site: Site, run: RunId, ref: ValueRef | None) -> dict[str, str]:
    """Values of a run, each in one short line, by name; none where they are gone."""
    literals = site.values_if_there(run, ref).literals
    names = sorted(literals)[:_SHOWN_INPUTS]
    return {name: show(literals[name], _SHOWN_CHARACTERS) for name in names}


def failure_json(site: Site, row: RunRow) -> object:
    """A run's failure for programs; None where it did not fail."""
    if row.error is None:
        return None
    action = _action(site, row, row.error)
    place = row.error.place or (source_line(site, row, action) if action else "")
    return msgspec.to_builtins(replace(row.error, place=place))


def _action(site: Site, row: RunRow, failure: Failure) -> ActionRow | None:
    if not failure.node:
        return None
    try:
        return site.store.get_action(row.run, ActionName(failure.node))
    except NotFoundError:
        return None


def _indented(text: str) -> str:
    return "\n".join(f"  {line}".rstrip() for line in text.strip().splitlines())
