"""The rules of the conformance kit: numbered sentences, each with a check over the record of a life."""

from collections.abc import Callable, Iterable
from typing import NamedTuple

from msgspec import Struct

from volant.base.phases import RunPhase
from volant.testing import kit_checks as checks
from volant.testing.kit_record import Life


class Rule(NamedTuple):
    """One promise of a plugin.

    Attributes:
        number: Stable: messages, reports and docs name it.
        sentence: What must hold.
        check: Says what of a life breaks it; compares with the undisturbed one.
        holds_for: Whether it says anything of a life.
    """

    number: int
    sentence: str
    check: Callable[[Life, Life], Iterable[str]]
    holds_for: Callable[[Life], bool] = lambda _: True


class Violation(Struct, frozen=True):
    """A rule that was broken.

    Attributes:
        rule: Its number.
        sentence: Its sentence.
        seen: What was seen instead.
        step: What had disturbed the life, e.g. "killed after outside call 2, POST /jobs".
    """

    rule: int
    sentence: str
    seen: str
    step: str

    def __str__(self) -> str:
        return f"rule {self.rule} ({self.sentence}): {self.seen}; at step: {self.step}"


def violations(life: Life, calm: Life) -> list[Violation]:
    """What a life broke.

    Args:
        life: Any.
        calm: The undisturbed one of the same work.
    """
    rules = [rule for rule in RULES if rule.number in held(life)]
    found = [(rule, seen) for rule in rules for seen in rule.check(life, calm)]
    return [Violation(rule.number, rule.sentence, seen, life.step) for rule, seen in found]


def held(life: Life) -> set[int]:
    """Numbers of the rules that say something of a life. One without end only shows that, and what blocked it."""
    if life.problem:
        return {2, 7} if life.blocking else {2}
    return {rule.number for rule in RULES if rule.holds_for(life)}


RULES = (
    Rule(
        1, "an attempt starts one job outside, however often it is asked to", checks.one_job,
        lambda life: bool(life.jobs),
    ),
    Rule(2, "it comes to the end it should", checks.ends_as_expected),
    Rule(3, "its outputs are the ones promised", checks.outputs,
        lambda life: any(work.outputs and not work.fails for work in life.works) and life.phase is RunPhase.SUCCEEDED),
    Rule(
        4, "after an abort nothing of it runs outside, and a kill may be repeated", checks.abort_leaves_nothing,
        lambda life: life.phase is RunPhase.ABORTED and bool(life.plugin_calls),
    ),
    Rule(5, "once it is finalized nothing of it is left", checks.finalize_leaves_nothing, checks.can_leave),
    Rule(6, "its state survives JSON unchanged and takes at most 64 KiB", checks.state_survives,
        lambda life: any(call.state or call.state_problem for call in life.plugin_calls)),
    Rule(7, "nothing blocks the engine's loop", checks.never_blocks),
    Rule(8, "phases never go back", checks.never_back, lambda life: bool(life.told)),
    Rule(9, "no call raises while the service is well", checks.never_raises, lambda life: life.plan.fault is None),
    Rule(10, "nothing but the saved state is needed", checks.needs_only_state, checks.was_only_killed),
    Rule(11, "template and inputs stay as they were", checks.touches_nothing, lambda life: bool(life.plugin_calls)),
    Rule(12, "it does not look or call more than once a second", checks.is_patient, lambda life: life.plan.is_calm),
    Rule(13, "secrets are written down nowhere", checks.keeps_secrets, lambda life: bool(life.secrets)),
    Rule(
        14, "nothing is started before its quota is granted, and nobody polls for it", checks.waits_for_its_quota,
        lambda life: bool(life.plan.full) and not all(each.granted for each in life.asked),
    ),
)  # fmt: skip
