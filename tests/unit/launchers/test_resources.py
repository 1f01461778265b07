"""Who gets cores and memory, in which order."""

from volant.base.ids import RunId
from volant.launchers.resources import Ask, Machine

ONE, TWO = RunId("p:d:one"), RunId("p:d:two")


class Line:
    """Asks by name, and who was granted."""

    def __init__(self, cores: float, memory: int) -> None:
        self.machine = Machine(cores, memory)
        self.granted: list[str] = []
        self.asks: dict[str, Ask] = {}

    def ask(self, name: str, run: RunId = ONE, cores: float = 1, memory: int = 0) -> None:
        self.asks[name] = Ask(run, cores, memory, lambda: self.granted.append(name))
        self.machine.ask(self.asks[name])

    def give_back(self, name: str) -> None:
        self.machine.give_back(self.asks[name])


def test_what_fits_is_granted_at_once() -> None:
    line = Line(2, 100)
    line.ask("a")
    line.ask("b")
    line.ask("c")
    assert line.granted == ["a", "b"]


def test_within_a_run_first_come_first_served_and_runs_take_turns() -> None:
    line = Line(1, 100)
    for name, run in (("a", ONE), ("b", ONE), ("c", ONE), ("d", TWO), ("e", TWO)):
        line.ask(name, run)
    for name in ("a", "b", "d", "c"):
        line.give_back(name)
    assert line.granted == ["a", "b", "d", "c", "e"]


def test_a_big_job_is_not_overtaken_by_small_ones() -> None:
    line = Line(2, 100)
    line.ask("small")
    line.ask("big", cores=2)
    line.ask("late", TWO)
    assert line.granted == ["small"]
    line.give_back("small")
    line.give_back("big")
    assert line.granted == ["small", "big", "late"]


def test_memory_is_scarce_too() -> None:
    line = Line(4, 100)
    line.ask("a", memory=60)
    line.ask("b", memory=60)
    assert line.granted == ["a"]
    line.give_back("a")
    assert line.granted == ["a", "b"]


def test_leaving_the_line_lets_the_next_one_forward() -> None:
    line = Line(2, 100)
    line.ask("small")
    line.ask("big", cores=2)
    line.ask("late")
    line.give_back("big")
    assert line.granted == ["small", "late"]


def test_a_start_that_gives_back_at_once_does_not_stop_the_line() -> None:
    line = Line(1, 100)
    first = Ask(ONE, 1, 0, lambda: line.machine.give_back(first))
    line.ask("a")
    line.machine.ask(first)
    line.ask("b")
    line.give_back("a")
    assert line.granted == ["a", "b"]


def test_halves_of_a_core_add_up() -> None:
    line = Line(1, 100)
    for name in "abc":
        line.ask(name, cores=0.5)
    assert line.granted == ["a", "b"]


def test_a_job_that_asks_for_no_cores_takes_one() -> None:
    assert Machine(4, 100).share(0) == 1
    assert Machine(0.5, 100).share(0) == 0.5
    assert Machine(4, 100).share(2.5) == 2.5


def test_what_can_never_be_is_told() -> None:
    machine = Machine(2, 1 << 30)
    assert machine.why_never(2, 1 << 30) == ""
    assert "3 cores" in machine.why_never(3, 0)
    assert "2048 MiB" in machine.why_never(1, 2 << 30)
