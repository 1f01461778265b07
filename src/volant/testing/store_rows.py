"""Rows for tests of stores, as small as may be; everything else is given by name."""

from typing import Any

from volant.base.ids import ROOT, ActionName, Digest, RunId, run_id
from volant.contracts.rows import (
    ActionRow,
    AttemptRow,
    CacheRow,
    EventRow,
    RunRow,
    RunSpec,
    TokenRow,
    ValueRef,
    Wish,
)

PLAN = b"a serialized plan"
"""What `make_run`'s digest stands for; stores never look inside."""


def make_run(name: str = "run-a", *, domain: str = "development", entity: str = "mod.wf", **fields: Any) -> RunRow:
    """A run that has not begun."""
    given = {"plan": Digest("plan-1"), "code": "", "inputs": ValueRef(data=b""), **fields}
    return RunRow(run=run_id("project", domain, name), spec=RunSpec(entity=entity), **given)


def make_action(run: RunId, name: str = "n0", parent: str = ROOT, **fields: Any) -> ActionRow:
    """A task's action."""
    given: dict[str, Any] = {"kind": "task", "spec_node_id": name, **fields}
    return ActionRow(run=run, name=ActionName(name), parent=ActionName(parent), **given)


def make_attempt(run: RunId, action: str = "n0", number: int = 0, **fields: Any) -> AttemptRow:
    """One try."""
    given: dict[str, Any] = {"plugin": "echo", "generated_name": f"{action}-{number}", **fields}
    return AttemptRow(run=run, action=ActionName(action), number=number, **given)


def make_event(run: RunId, seq: int, **fields: Any) -> EventRow:
    """One event of an action."""
    given: dict[str, Any] = {"at_us": seq, "kind": "action", "phase": "RUNNING", "action": ActionName("n0")}
    return EventRow(run=run, seq=seq, **{**given, **fields})


def make_cached(run: RunId, key: str = "key-1", task: str = "mod.task", **fields: Any) -> CacheRow:
    """A cache entry that a run produced."""
    given: dict[str, Any] = {"parts": b"{}", "action": ActionName("n0"), "created_us": 1, **fields}
    return CacheRow(key=key, task=task, run=run, outputs=ValueRef(data=b"value"), **given)


def make_token(run: RunId, action: str = "n0", amount: int = 1, *, pool: str = "pool", **fields: Any) -> TokenRow:
    """The first attempt of an action asks for tokens."""
    given: dict[str, Any] = {"asked_us": 5, "project": run.split(":")[0], **fields}
    return TokenRow(pool=pool, name=f"{action}-0", run=run, action=ActionName(action), number=0, amount=amount, **given)


def make_wish(run: RunId, **fields: Any) -> Wish:
    """Somebody asks for an abort."""
    given: dict[str, Any] = {"cause": "enough", "principal": "ann", "at_us": 7, **fields}
    return Wish(run=run, kind="abort", **given)
