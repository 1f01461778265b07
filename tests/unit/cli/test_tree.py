"""How a run looks as a tree."""

import pytest

from volant.base.errors import Failure
from volant.base.phases import ActionPhase
from volant.cli.tree import Line, duration, tree_lines
from volant.contracts.rows import CacheStatus
from volant.testing.store_rows import make_action, make_run

RUN = make_run().run
SECOND = 1_000_000


def action(name, parent="", **fields):
    given = {"target": "flights.load", "phase": ActionPhase.SUCCEEDED, **fields}
    return make_action(RUN, name, parent, **given)


def test_children_stand_below_their_parent_in_the_order_of_their_calls():
    rows = [
        action("n10"),
        action("n2", kind="workflow", target="flights.sub"),
        action("n2/0/n0", "n2", spec_node_id="n0"),
        action("start-node", kind="start"),
    ]

    lines = [(line.depth, line.label) for line in tree_lines(rows, 0)]

    assert lines == [(0, "sub (n2)"), (1, "load (n2/0/n0)"), (0, "load (n10)")]


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"started_us": SECOND, "ended_us": 3 * SECOND}, ("✓", "succeeded, 2.00 s")),
        ({"phase": ActionPhase.RUNNING, "started_us": SECOND}, ("●", "running, 4.00 s")),
        ({"phase": ActionPhase.RUNNING, "attempts": 2, "message": "pulls"}, ("●", "running, attempt 3, pulls")),
        ({"phase": ActionPhase.FAILED, "error": Failure("OOMKilled", "…")}, ("✗", "failed, OOMKilled")),
        ({"cache": CacheStatus("HIT")}, ("✓", "cached")),
        ({"phase": ActionPhase.RECOVERED}, ("↺", "recovered")),
        ({"phase": ActionPhase.UNDEFINED}, ("·", "waiting")),
    ],
)
def test_a_line_says_how_its_node_stands(fields, expected):
    (line,) = tree_lines([action("n0", **fields)], 5 * SECOND)

    assert (line.glyph, line.detail) == expected


def test_of_many_children_those_that_run_the_same_are_counted_and_the_remarkable_shown():
    rows = [action(f"n{number}") for number in range(40)]
    rows[7] = action("n7", phase=ActionPhase.FAILED)
    rows.append(action("n40", target="flights.total"))

    lines = list(tree_lines(rows, 0))

    assert lines == [
        Line(0, "▤", "white", "load × 40", "39 succeeded, 1 failed"),
        Line(0, "✗", "red", "load (n7)", "failed"),
        Line(0, "✓", "green", "total (n40)", "succeeded"),
    ]


@pytest.mark.parametrize(
    ("us", "expected"),
    [
        (4_000, "0.00 s"),
        (9_994_000, "9.99 s"),
        (12_340_000, "12.3 s"),
        (200 * SECOND, "3 min 20 s"),
        (7260 * SECOND, "2 h 1 min"),
    ],
)
def test_durations_are_as_exact_as_people_need_them(us, expected):
    assert duration(us) == expected
