"""Draw docs/states.md from the tables of `volant.base.phases`: `python tools/states.py`."""

import sys
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeAlias

from volant.base.phases import ACTION_EDGES, ATTEMPT_EDGES, RUN_EDGES

PAGE = Path(__file__).parent.parent / "docs" / "states.md"
Phase: TypeAlias = Any
Edges: TypeAlias = Mapping[Any, frozenset[Any]]

HEAD = """# States

Which phase may follow which. Made from the tables in `src/volant/base/phases.py` by `python tools/states.py`; every
change the engine records is held against these tables, and so is every change the simulation draws. Names and numbers
are Flyte's, so that a client sees what it knows. A black dot is where something begins or ends.
"""

RUN = "One execution. It is over only when every attempt in it was finalized."

ACTION = """A node. Born `SUCCEEDED` when the cache has it, `RECOVERED` when the run it recovers from has it, `SKIPPED`
when something above it failed. What it is busy with beyond its phase (aborting its children, waiting for its failure
node, finalizing before a retry) is its *stage*, kept in the same row."""

ATTEMPT = "One try of a task. Plugins may report live phases in any order, and come back to one; only ends are final."

CHAPTERS: tuple[tuple[str, str, Edges], ...] = (
    ("Run", RUN, RUN_EDGES),
    ("Action", ACTION, ACTION_EDGES),
    ("Attempt", ATTEMPT, ATTEMPT_EDGES),
)


def page() -> str:
    """The whole page."""
    return "\n".join([HEAD, *(_chapter(*chapter) for chapter in CHAPTERS)])


def _chapter(title: str, text: str, edges: Edges) -> str:
    chart = "\n".join(_chart(edges))
    return f"## {title}\n\n{text}\n\n```mermaid\nstateDiagram-v2\n{chart}\n```\n\n{_numbers(edges)}\n"


def _chart(edges: Edges) -> list[str]:
    group = _interchangeable(edges)
    lines = _box(group)
    for phase, following in edges.items():
        if phase in group:
            continue
        lines += [f"    {_shown(phase, group)} --> {name}" for name in _names(following, group)]
        lines += [f"    {phase.name} --> [*]"] * _is_reachable_end(phase, edges)
    leaving = set().union(*(edges[phase] for phase in group)) - set(group)
    return lines + [f"    live --> {name}" for name in _names(frozenset(leaving), group)]


def _interchangeable(edges: Edges) -> list[Phase]:
    """Phases that lead to each other and to the same others: drawn as one box."""
    alike: dict[frozenset[Phase], list[Phase]] = defaultdict(list)
    for phase, following in edges.items():
        if phase in following:
            alike[following].append(phase)
    found = [phases for following, phases in alike.items() if following.issuperset(phases)]
    return sorted(found[0]) if found else []


def _box(group: list[Phase]) -> list[str]:
    if not group:
        return []
    return ["    state live {", *(f"        {phase.name}" for phase in group), "    }"]


def _names(phases: frozenset[Phase], group: list[Phase]) -> list[str]:
    return list(dict.fromkeys(_shown(phase, group) for phase in sorted(phases)))


def _shown(phase: Phase, group: list[Phase]) -> str:
    if phase in group:
        return "live"
    return "[*]" if phase.name == "UNDEFINED" else phase.name


def _is_reachable_end(phase: Phase, edges: Edges) -> bool:
    return phase.is_terminal and any(phase in following for following in edges.values())


def _numbers(edges: Edges) -> str:
    return "\n".join(
        ["| phase | number |", "|---|---|", *(f"| `{each.name}` | {each.value} |" for each in sorted(edges))]
    )


def main() -> int:
    PAGE.write_text(page(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
