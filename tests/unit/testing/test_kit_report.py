"""Reports of the conformance kit, and the options of the pytest plugin that show them."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from kit_cases import Looped, cast_of
from msgspec.structs import replace

from volant.testing import kit_scenarios
from volant.testing.kit_life import play
from volant.testing.kit_plan import Fault, Moment, Plan, Point
from volant.testing.kit_report import as_json, as_text, collected, moves_of, seen
from volant.testing.kit_rules import RULES, Violation

BROKEN = Violation(2, "it comes to the end it should", "it ended FAILED", "undisturbed")


@pytest.fixture(scope="module")
def calm():
    return play(cast_of(Looped), Plan())


def test_a_state_machine_is_what_was_said_and_committed(calm):
    killed = play(cast_of(Looped), Plan(kills=frozenset({Point(Moment.AFTER_PLUGIN, 1)})))

    walk = [("begin", "QUEUED"), ("QUEUED", "RUNNING"), ("RUNNING", "SUCCEEDED"), ("SUCCEEDED", "finalized")]
    assert moves_of(calm) == moves_of(killed) == walk


def test_the_matrix_says_what_held_what_broke_and_what_said_nothing(calm):
    text = as_text([seen("TestMine", "a good life", [calm], []), seen("TestMine", "a bad life", [calm], [BROKEN])])

    lines = {line.split()[0]: line.split()[-2:] for line in text.splitlines() if line.strip()[:1].isdigit()}
    assert text.startswith("TestMine: 2 lives")
    assert lines["2"] == ["✓", "✗"]
    assert lines["13"] == ["·", "·"]
    assert "QUEUED → RUNNING" in text


def test_a_report_fits_into_a_hundred_columns(calm):
    text = as_text([seen("TestMine", f"disturbance number {n}", [calm], []) for n in range(16)])

    assert max(map(len, text.splitlines())) <= 100
    words = " ".join(" ".join(text.replace("✓", "").replace("·", "").split()).split())
    for rule in RULES:
        assert all(word in words for word in rule.sentence.split())


def test_a_life_that_was_not_disturbed_as_planned_says_nothing_of_any_rule(calm):
    missed = replace(calm, plan=Plan(kills=frozenset({Point(Moment.AFTER_COMMIT, 99)})))

    assert seen("TestMine", "a kill that never came", [missed], []).rules == ()


def test_reports_survive_the_way_through_test_properties(calm):
    one = seen("TestMine", "a bad life", [calm], [BROKEN])
    [told] = json.loads(as_json([one]))

    assert collected([[("other", 1), ("volant-kit", json.dumps(told))]]) == [one]
    assert told["violations"][0]["seen"] == "it ended FAILED"


def test_every_place_is_disturbed_and_of_many_some(calm):
    kills = kit_scenarios.commit_kills(calm)

    assert len(kills) == 2 * len(calm.commits)
    assert len(kit_scenarios.call_kills(calm)) == 2 * len(calm.outside_calls)


def test_only_what_may_be_repeated_is_and_only_what_was_answered_is_stale(calm):
    repeated = [plan.fault[0] for plan in kit_scenarios.faults(calm, Fault.REPEATED)]
    stale = [plan.fault[0] for plan in kit_scenarios.faults(calm, Fault.STALE)]

    assert [call.what for call in calm.outside_calls] == ["POST /life-n0-0-reezbpa", *["GET /life-n0-0-reezbpa"] * 3]
    assert (repeated, stale) == ([2, 3, 4], [3, 4])


@pytest.mark.slow
def test_a_session_shows_and_writes_what_its_suites_saw(tmp_path):
    here = Path(__file__).parent
    (tmp_path / "conftest.py").write_text(f"import sys; sys.path.insert(0, {str(here)!r})")
    (tmp_path / "test_mine.py").write_text(
        "import pytest\n"
        "from kit_cases import Counter, Looped, WORK\n"
        "from volant.testing import PluginSuite\n"
        "class TestMine(PluginSuite):\n"
        "    build = staticmethod(Looped)\n"
        "    @pytest.fixture\n"
        "    def work(self): return WORK\n"
        "    @pytest.fixture\n"
        "    def service(self): return Counter\n"
    )
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "--volant-kit",
        "--volant-kit-json",
        "kit.json",
    ]

    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout
    assert "TestMine: " in done.stdout
    assert "begin → QUEUED" in done.stdout
    assert {each["suite"] for each in json.loads((tmp_path / "kit.json").read_text())} == {"TestMine"}
