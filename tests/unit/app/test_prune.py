"""What prune takes, what it spares, what it says."""

import os
import socket
import time
from pathlib import Path

import pytest

from volant.app.prune import prune
from volant.app.site import Site
from volant.base.clock import SECOND_US
from volant.base.phases import RunPhase
from volant.contracts import layout
from volant.contracts.rows import Change, HoldRow
from volant.kit.code_bundle import Manifest, bundle_folder, write_bundle
from volant.settings import Settings
from volant.testing.store_rows import PLAN, make_run

HOUR = 3600 * SECOND_US


@pytest.fixture
def site(tmp_path):
    with Site(Settings(home=str(tmp_path))) as opened:
        yield opened


def over(site, name, hours_ago, *, code="", data=b"12345"):
    """A run that ended so long ago, with a blob."""
    ended = site.clock.now_us() - hours_ago * HOUR
    run = make_run(name, code=code, phase=RunPhase.SUCCEEDED, ended_us=ended)
    site.store.create_run(run, PLAN)
    site.blobs.write(f"{layout.run_prefix(site.blobs.root, run.run)}/n0/data/0/task.log", data)
    return run.run


def hold(site, run, held):
    lease = site.store.open_engine()
    row = make_run("holder")
    site.store.create_run(row, PLAN, lease)
    site.store.commit(lease, [Change(row.run, (HoldRow(row.run, held),))])
    return row.run


def aged(path):
    """The same path, last touched two hours ago."""
    old = time.time() - 7200
    os.utime(path, (old, old))
    return path


def test_runs_that_are_old_enough_go_with_their_blobs(site):
    old, young = over(site, "old", 48), over(site, "young", 1)

    found = prune(site, older_than_us=24 * HOUR, keep=None, dry_run=False)

    assert (found.runs, found.freed) == ((old,), 5)
    assert [row.run for row in site.store.list_runs(limit=9).runs] == [young]
    assert site.blobs.list(layout.run_prefix(site.blobs.root, old)) == []


def test_the_newest_are_kept(site):
    runs = [over(site, name, 1) for name in ("a", "b", "c")]

    assert prune(site, older_than_us=None, keep=1, dry_run=False).runs == (runs[1], runs[0])


def test_both_limits_must_agree(site):
    over(site, "old", 48)
    over(site, "older", 72)

    assert prune(site, older_than_us=24 * HOUR, keep=2, dry_run=False).runs == ()


def test_without_a_limit_no_run_goes(site):
    over(site, "old", 4800)

    assert prune(site, older_than_us=None, keep=None, dry_run=False).runs == ()


def test_runs_that_are_not_over_stay(site):
    site.store.create_run(make_run("open"), PLAN)

    assert prune(site, older_than_us=0, keep=0, dry_run=False).runs == ()


def test_a_dry_run_says_the_same_and_does_nothing(site):
    run = over(site, "old", 48)

    found = prune(site, older_than_us=0, keep=None, dry_run=True)

    assert (found.runs, found.freed) == ((run,), 5)
    assert site.store.get_run(run).run == run
    assert len(site.blobs.list(layout.run_prefix(site.blobs.root, run))) == 1


def test_a_run_that_another_one_needs_is_spared_and_its_holder_named(site):
    run = over(site, "old", 48)
    holder = hold(site, make_run("holder").run, run)

    found = prune(site, older_than_us=0, keep=None, dry_run=False)

    assert (found.runs, found.held) == ((), {run: (holder,)})


def test_code_no_run_names_any_more_goes_with_its_last_run(site, tmp_path):
    manifest = Manifest(module="a", file="a.py", python="python")
    code = write_bundle(str(tmp_path), {"a.py": b"x"}, manifest)
    over(site, "old", 48, code=code)

    found = prune(site, older_than_us=0, keep=None, dry_run=False)

    assert found.codes == (code,)
    assert not bundle_folder(str(tmp_path), code).exists()


def test_code_that_may_belong_to_a_run_in_the_making_stays(site, tmp_path):
    code = write_bundle(str(tmp_path), {"a.py": b"x"}, Manifest(module="a", file="a.py", python="python"))

    assert prune(site, older_than_us=None, keep=None, dry_run=False).codes == ()

    aged(bundle_folder(str(tmp_path), code))

    assert prune(site, older_than_us=None, keep=None, dry_run=False).codes == (code,)


def test_a_folder_of_a_run_nobody_knows_is_a_leftover_once_it_is_old(site, tmp_path):
    lost = tmp_path / "runs" / "p-d-lost"
    lost.mkdir(parents=True)

    assert prune(site, older_than_us=None, keep=None, dry_run=False).leftovers == ()

    aged(lost)

    assert prune(site, older_than_us=None, keep=None, dry_run=False).leftovers == (str(lost),)
    assert not lost.exists()


def test_sockets_nobody_listens_on_go_and_others_stay(site, tmp_path):
    folder = Path(layout.socket_dir(str(tmp_path)))
    folder.mkdir(mode=0o700)
    dead, alive = folder / "w-1-dead.sock", folder / "w-1-alive.sock"
    with socket.socket(socket.AF_UNIX) as gone, socket.socket(socket.AF_UNIX) as listener:
        gone.bind(str(dead))
        listener.bind(str(alive))
        listener.listen()
        gone.close()
        found = prune(site, older_than_us=None, keep=None, dry_run=False)

    assert found.leftovers == (str(dead),)
    assert alive.exists()
    alive.unlink()
    folder.rmdir()
