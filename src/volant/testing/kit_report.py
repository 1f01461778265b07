"""What the kit saw, for people and as JSON: the state machine of a plugin, and which rules held in which scenario."""

import textwrap
from collections import Counter
from collections.abc import Iterable, Sequence

import msgspec
from msgspec import Struct

from volant.testing.kit_record import Life
from volant.testing.kit_rules import RULES, Violation, held

PROPERTY = "volant-kit"
"""Name of the test property under which a scenario's report travels, also between processes."""

WIDTH = 100
"""Columns of the report for people."""

_LEGEND = "✓ it held   ✗ it was broken   · there was nothing it could say"
_AFTER = {"kill_task": "killed", "finalize": "finalized"}


class Seen(Struct, frozen=True, kw_only=True):
    """One scenario of one suite.

    Attributes:
        suite: Name of the suite's class.
        scenario: In words.
        lives: How many were played.
        rules: Numbers of the rules that said something of one of them.
        violations: What was broken.
        transitions: How often a phase followed another: (from, to, times).
    """

    suite: str
    scenario: str
    lives: int
    rules: tuple[int, ...]
    violations: tuple[Violation, ...]
    transitions: tuple[tuple[str, str, int], ...]


def seen(suite: str, scenario: str, lives: Sequence[Life], broken: Sequence[Violation]) -> Seen:
    """What one scenario showed."""
    moves = Counter(move for life in lives for move in moves_of(life))
    rules = {number for life in lives if life.was_disturbed for number in held(life)}
    return Seen(
        suite=suite, scenario=scenario, lives=len(lives), rules=tuple(sorted(rules)), violations=tuple(broken),
        transitions=tuple((before, after, times) for (before, after), times in sorted(moves.items())),
    )  # fmt: skip


def moves_of(life: Life) -> list[tuple[str, str]]:
    """Which phase followed which, by what the plugin said and was asked; what stayed the same is left out."""
    newest: dict[str, str] = {}
    moves = []
    for call in life.plugin_calls:
        before = newest.get(call.attempt, "begin")
        after = call.phase.name if call.phase else _AFTER.get(call.method, "")
        if after and after != before and not call.raised and not call.is_lost:
            moves.append((before, after))
            newest[call.attempt] = after
    return moves


def collected(properties: Iterable[Iterable[tuple[str, object]]]) -> list[Seen]:
    """What tests have left in their properties."""
    return [
        msgspec.json.decode(str(value), type=Seen) for those in properties for name, value in those if name == PROPERTY
    ]


def as_json(all_seen: Iterable[Seen]) -> bytes:
    """A list of objects, one for each scenario."""
    return msgspec.json.format(msgspec.json.encode(list(all_seen)))


def as_text(all_seen: Iterable[Seen]) -> str:
    """For each suite a matrix rule × scenario and the state machine that was seen; then what the letters mean."""
    by_suite: dict[str, list[Seen]] = {}
    for each in all_seen:
        by_suite.setdefault(each.suite, []).append(each)
    if not by_suite:
        return ""
    scenarios = list(dict.fromkeys(part.scenario for parts in by_suite.values() for part in parts))
    legend = [f"  {chr(97 + index)}  {scenario}" for index, scenario in enumerate(scenarios)]
    suites = [_suite_text(name, parts, scenarios) for name, parts in sorted(by_suite.items())]
    return "\n\n".join([*suites, "\n".join([*legend, f"  {_LEGEND}"])])


def _suite_text(name: str, parts: Sequence[Seen], scenarios: Sequence[str]) -> str:
    lives = sum(part.lives for part in parts)
    return "\n".join([f"{name}: {lives} lives", "", *_matrix(parts, scenarios), "", "  states seen", *_machine(parts)])


def _matrix(parts: Sequence[Seen], scenarios: Sequence[str]) -> list[str]:
    letters = "  ".join(chr(97 + index) for index, _ in enumerate(scenarios))
    room = WIDTH - len(letters) - 4
    rows = [f"  {'rule':{room}}  {letters}"]
    for rule in RULES:
        marks = "  ".join(_mark(rule.number, [part for part in parts if part.scenario == each]) for each in scenarios)
        first, *more = textwrap.wrap(f"{rule.number:2} {rule.sentence}", room, subsequent_indent="   ")
        rows += [f"  {first:{room}}  {marks}", *(f"  {line}" for line in more)]
    return rows


def _mark(rule: int, parts: Sequence[Seen]) -> str:
    if any(broken.rule == rule for part in parts for broken in part.violations):
        return "✗"
    return "✓" if any(rule in part.rules for part in parts) else "·"


def _machine(parts: Sequence[Seen]) -> list[str]:
    moves: Counter[tuple[str, str]] = Counter()
    for part in parts:
        for before, after, times in part.transitions:
            moves[before, after] += times
    return [f"  {before:>24} → {after:24}{times:6}" for (before, after), times in moves.most_common()]
