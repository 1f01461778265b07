"""Where a job's output goes. In a process of its own: it takes descriptors 1 and 2."""

import subprocess
import sys
from pathlib import Path

from volant.sdk.worker.joblog import rescue
from volant.sdk.worker.slate import Note, Slate

BEGIN = """
import os, sys
from pathlib import Path
from volant.sdk.worker.joblog import JobLog
stage, one, two = sys.argv[1:]
log = JobLog(stage)
def say(text): os.write(1, text.encode())
"""


def play(tmp_path: Path, script: str) -> tuple[Path, Path, Path]:
    places = (tmp_path / "stage" / "w.log", tmp_path / "a" / "task.log", tmp_path / "b" / "task.log")
    subprocess.run([sys.executable, "-c", BEGIN + script, *map(str, places)], check=True)
    return places


def test_each_job_has_the_output_that_was_written_during_it(tmp_path: Path) -> None:
    stage, one, two = play(
        tmp_path,
        """
log.begin(one, 100); say("first"); log.end()
log.begin(two, 100); say("second"); os.write(2, b" error"); log.end()
log.close()
""",
    )
    assert (one.read_text(), two.read_text(), stage.exists()) == ("first", "second error", False)


def test_a_silent_job_costs_neither_file_nor_folder(tmp_path: Path) -> None:
    _, one, two = play(tmp_path, 'log.begin(one, 100); log.end(); log.begin(two, 100); say("x"); log.end()')
    assert (one.parent.exists(), two.read_text()) == (False, "x")


def test_the_log_is_in_its_place_from_the_first_look_on(tmp_path: Path) -> None:
    _, one, _ = play(
        tmp_path,
        """
log.begin(one, 100); say("a"); log.tick()
assert Path(one).read_text() == "a"
say("b")
assert Path(one).read_text() == "ab"
""",
    )
    assert one.read_text() == "ab"


def test_a_log_is_cut_again_and_again_and_says_so_once(tmp_path: Path) -> None:
    _, one, _ = play(tmp_path, 'log.begin(one, 4)\nfor _ in range(3): say("abcdef"); log.tick()\nlog.end()')
    assert one.read_text() == "abcd\n[log capped at 4 bytes]\n"


def test_what_an_earlier_worker_said_of_the_same_job_stays(tmp_path: Path) -> None:
    _, one, _ = play(
        tmp_path,
        """
Path(one).parent.mkdir(); Path(one).write_text("before ")
log.begin(one, 100); say("after"); log.tick(); say(" and on"); log.end()
""",
    )
    assert one.read_text() == "before after and on"


def test_a_dead_workers_last_output_is_put_in_its_jobs_log(tmp_path: Path) -> None:
    stage, log = tmp_path / "w.log", tmp_path / "a" / "task.log"
    stage.write_text("last words")
    rescue(stage, str(log), 4)
    assert (log.read_text(), stage.exists()) == ("last\n[log capped at 4 bytes]\n", False)


def test_a_dead_idle_workers_output_is_dropped(tmp_path: Path) -> None:
    stage = tmp_path / "w.log"
    stage.write_text("of no job")
    rescue(stage, "", 0)
    assert list(tmp_path.iterdir()) == []


def test_a_slate_says_what_was_written_until_it_is_wiped() -> None:
    slate, note = Slate(), Note("job", "/folder", "/log", 1, 2)
    assert slate.read() is None
    slate.write(note)
    assert slate.read() == note
    slate.clear()
    assert slate.read() is None
    slate.close()
