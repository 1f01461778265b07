"""Finding a cgroup v2 to limit memory with; the system's files are stood in for."""

from pathlib import Path

import pytest

from volant.kit.limits import ended_by_cgroup
from volant.launchers.memory import find_parent, make_group


@pytest.fixture
def system(tmp_path: Path) -> Path:
    root = tmp_path / "cgroup"
    own = root / "user.slice" / "app.scope"
    own.mkdir(parents=True)
    for group in (root, own.parent, own):
        (group / "cgroup.procs").write_text("")
        (group / "cgroup.subtree_control").write_text("cpu\n")
    (tmp_path / "mountinfo").write_text(
        f"30 23 0:26 / /proc rw - proc proc rw\n31 23 0:27 / {root} rw - cgroup2 cgroup2 rw\n"
    )
    (tmp_path / "own").write_text("1:memory:/old\n0::/user.slice/app.scope\n")
    return tmp_path


def test_the_nearest_group_that_hands_memory_down_is_found(system: Path) -> None:
    parent = system / "cgroup" / "user.slice"
    (parent / "cgroup.subtree_control").write_text("cpu memory\n")
    (system / "cgroup" / "cgroup.subtree_control").write_text("memory\n")
    assert find_parent(system / "mountinfo", system / "own") == parent


def test_there_is_none_where_nobody_hands_memory_down(system: Path) -> None:
    assert find_parent(system / "mountinfo", system / "own") is None


@pytest.mark.parametrize("missing", ["mountinfo", "own"])
def test_there_is_none_on_a_system_without_these_files(system: Path, missing: str) -> None:
    (system / missing).unlink()
    assert find_parent(system / "mountinfo", system / "own") is None


def test_there_is_none_without_a_mount_of_version_2(system: Path) -> None:
    (system / "mountinfo").write_text("30 23 0:26 / /sys/fs/cgroup rw - cgroup cgroup rw,memory\n")
    assert find_parent(system / "mountinfo", system / "own") is None


def test_a_group_dies_as_a_whole(tmp_path: Path) -> None:
    group = make_group(tmp_path, "abc")
    assert Path(group, "memory.oom.group").read_text() == "1"


def test_a_group_the_system_refuses_is_no_group(tmp_path: Path) -> None:
    assert make_group(tmp_path / "gone", "abc") == ""


def test_the_systems_count_of_kills_is_read(tmp_path: Path) -> None:
    assert not ended_by_cgroup("")
    assert not ended_by_cgroup(str(tmp_path))
    (tmp_path / "memory.events").write_text("low 0\noom 1\noom_kill 0\n")
    assert not ended_by_cgroup(str(tmp_path))
    (tmp_path / "memory.events").write_text("low 0\noom 1\noom_kill 1\n")
    assert ended_by_cgroup(str(tmp_path))
