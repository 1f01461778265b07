"""`volant quotas`, and what `volant show` says of a node that waits in line."""

import json
from contextlib import closing

import pytest
from click.testing import CliRunner
from msgspec.structs import replace

from volant.base.phases import ActionPhase
from volant.cli.main import cli
from volant.contracts.quotas import PoolLimits
from volant.contracts.rows import Change
from volant.stores.sqlite import SqliteStore
from volant.testing.store_rows import make_action, make_attempt, make_token
from volant.testing.store_scenes import owned


@pytest.fixture
def volant(tmp_path, monkeypatch):
    monkeypatch.setenv("VOLANT_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)

    def call(*words):
        return CliRunner().invoke(cli, words, prog_name="volant")

    return call


@pytest.fixture
def busy(tmp_path, volant):
    """A pool of two that one node holds while two others wait."""
    (tmp_path / "volant.toml").write_text("[quotas.warehouse]\ntotal = 2\nper_project = 2\n")
    with closing(SqliteStore(tmp_path / "home", wal_bytes=0)) as store:
        lease, run = owned(store, "nightly")
        waiting = replace(make_action(run, "b", phase=ActionPhase.QUEUED), message="number 1 in line")
        attempts = tuple(make_attempt(run, each) for each in "abc")
        store.commit(lease, [Change(run, (make_action(run, "a"), waiting, make_action(run, "c"), *attempts))])
        asked = [make_token(run, "a", 2, pool="warehouse"), *(make_token(run, each, pool="warehouse") for each in "bc")]
        store.ask(lease, asked, {"warehouse": PoolLimits(total=2)})
    return volant


def test_without_pools_it_says_so(volant):
    result = volant("quotas")

    assert (result.exit_code, result.output.startswith("There are no pools")) == (0, True)


def test_a_pool_shows_its_limits_who_holds_it_and_the_line(busy):
    lines = busy("quotas").output.splitlines()

    assert lines[0] == "warehouse  2 of 2 tokens held (at most 2 a project), 2 waiting"
    assert lines[1].startswith("  holds    2  nightly a  project project  since 1970-")
    assert [line.split("  project")[0] for line in lines[2:4]] == ["  1.       1  nightly b", "  2.       1  nightly c"]


def test_a_run_that_no_engine_has_is_named_with_what_frees_its_tokens(busy):
    lines = busy("quotas").output.splitlines()

    assert all(line.endswith("  (interrupted)") for line in lines[1:4])
    assert lines[4:] == [
        "  nightly is interrupted; go on with it: volant resume nightly, or end it: volant abort nightly"
    ]


def test_who_left_the_line_is_told_apart(tmp_path, busy):
    with closing(SqliteStore(tmp_path / "home", wal_bytes=0)) as store:
        lease, other = owned(store, "other")
        store.commit(lease, [Change(other, (make_attempt(other, "a"),))])
        store.ask(lease, [make_token(other, "a", pool="warehouse")], {"warehouse": PoolLimits(total=3)})

    lines = busy("quotas").output.splitlines()

    assert lines[0] == "warehouse  3 of 2 tokens held (at most 2 a project), 2 waiting"
    assert [line.split("  project")[0] for line in lines[3:5]] == ["  away     1  nightly b", "  away     1  nightly c"]


def test_programs_get_json(busy):
    (found,) = json.loads(busy("quotas", "warehouse", "--json").output)

    assert (found["pool"], found["limits"]) == ("warehouse", {"total": 2, "per_project": 2})
    assert (found["held"], found["waiting"]) == (2, 2)
    assert [each["node"] for each in found["holders"] + found["line"]] == ["a", "b", "c"]
    assert (found["away"], found["interrupted"]) == ([], ["project:development:nightly"])


def test_a_pool_that_does_not_exist_gets_the_nearest_name(busy):
    result = busy("quotas", "warehose")

    assert "there is no pool 'warehose'" in str(result.exception)
    assert result.exception.fix == "did you mean 'warehouse'?"


def test_limits_that_are_set_are_shown_though_nobody_has_asked(tmp_path, volant):
    (tmp_path / "volant.toml").write_text("[quotas.oven]\ntotal = 3\n")

    assert volant("quotas").output == "oven  0 of 3 tokens held\n"


def test_a_node_says_why_it_waits(busy):
    assert "waits    number 1 in line" in busy("show", "nightly", "b").output
    assert "number 1 in line" in busy("show", "nightly").output


def test_settings_show_the_limits(busy):
    shown = json.loads(busy("config", "--json").output)["quotas"]["value"]

    assert shown == {"warehouse": {"total": 2, "per_project": 2}}
