"""What people read when a run failed: which node, which line, with which inputs, and how to see it again."""

from dataclasses import replace

import msgspec
from msgspec import Struct

from volant.app.find import display
from volant.app.site import Site
from volant.app.source_line import authors_paths, python_function, source_line
from volant.base.errors import Failure, NotFoundError
from volant.base.ids import ActionName, RunId, run_name
from volant.contracts.rows import ActionRow, RunRow, ValueRef
from volant.engine.machine.retries import last_error
from volant.idl.preview import show

_HARMLESS = {code: f"\\x{code:02x}" for code in (*range(32), 127) if chr(code) not in "\n\t"}
"""An author's text must not move the cursor or change colours of whoever reads it."""

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
        return "\n".join(lines).rstrip().translate(_HARMLESS)

    def _trace_says_it(self) -> bool:
        return self.message.partition("\n")[0][:_COMPARED] in self.trace

    def _cut(self, text: str) -> str:
        if len(text) <= _SHOWN_TRACE:
            return _indented(text)
        half, where = _SHOWN_TRACE // 2, self.again.replace("debug", "show", 1) or "volant show"
        return _indented(f"{text[:half]}\n… cut; more of it: {where} …\n{text[-half:]}")


def failure_report(site: Site, row: RunRow) -> FailureReport:
    """Why a run ended badly.

    Args:
        site: Where it is.
        row: A run that failed or was aborted.
    """
    failure = row.error or Failure("Unknown", f"it ended as {row.phase.name}")
    name = run_name(row.run)
    action = _action(site, row, failure)
    own = for_people(site, row, action, failure)
    if action is None:
        headline = f"run {name} {row.phase.name.lower()}: {own.code}"
        return FailureReport(headline=headline, message=own.message, place=own.place, fix=own.fix)
    tried = f", after {action.attempts + 1} attempts" if action.attempts else ""
    return FailureReport(
        headline=f'run {name} {row.phase.name.lower()}: node {action.name} "{display(action)}", {own.code}{tried}',
        message=own.message,
        node=action.name,
        place=own.place,
        inputs=previews(site, row.run, action.inputs),
        trace=own.trace,
        fix=own.fix,
        again=f"volant debug {name} {action.name}" if python_function(site, row, action) else "",
    )


def for_people(site: Site, run: RunRow, action: ActionRow | None, failure: Failure) -> Failure:
    """A failure without what Flyte's clients read in it, with the author's own paths, and a place if there is any.

    Args:
        site: Where the run is.
        run: It.
        action: Whose failure it is; its own one counts. None for the run's.
        failure: As recorded.
    """
    found = last_error(action.error if action and action.error else failure)
    place = found.place or (source_line(site, run, action) if action else "")
    texts = (authors_paths(site, run, text) for text in (found.message, found.trace, place, found.fix))
    message, trace, place, fix = texts
    return replace(found, message=message, trace=trace, place=place, fix=fix)


def previews(site: Site, run: RunId, ref: ValueRef | None) -> dict[str, str]:
    """Values of a run, each in one short line, by name; none where they are gone."""
    literals = site.values_if_there(run, ref).literals
    names = sorted(literals)[:_SHOWN_INPUTS]
    return {name: show(literals[name], _SHOWN_CHARACTERS) for name in names}


def failure_json(site: Site, row: RunRow) -> object:
    """A run's failure for programs; None where it did not fail."""
    if row.error is None:
        return None
    told = for_people(site, row, _action(site, row, row.error), row.error)
    return msgspec.to_builtins(replace(row.error, trace=told.trace, place=told.place, fix=told.fix))


def _action(site: Site, row: RunRow, failure: Failure) -> ActionRow | None:
    if not failure.node:
        return None
    try:
        return site.store.get_action(row.run, ActionName(failure.node))
    except NotFoundError:
        return None


def _indented(text: str) -> str:
    return "\n".join(f"  {line}".rstrip() for line in text.strip().splitlines())
