"""The rules of the conformance kit, on records made by hand."""

import pytest
from kit_cases import ONE, WORK, Looped, cast_of
from msgspec.structs import replace

from volant.base.errors import Failure, FaultKind
from volant.base.phases import AttemptPhase, RunPhase
from volant.contracts.plugin import TaskStatus
from volant.contracts.quotas import PoolLimits
from volant.idl import pb
from volant.idl.literals import primitive
from volant.testing.kit_life import play
from volant.testing.kit_plan import Fault, Moment, Plan, Point
from volant.testing.kit_record import Asked
from volant.testing.kit_rules import RULES, held, violations
from volant.testing.service import OutsideJob


@pytest.fixture(scope="module")
def calm():
    return play(cast_of(Looped), Plan())


def changed(life, index, **fields):
    """The life with one plugin call changed."""
    calls = list(life.plugin_calls)
    calls[index] = replace(calls[index], **fields)
    return replace(life, plugin_calls=calls)


def told(life, calm):
    return [(each.rule, each.seen) for each in violations(life, calm)]


def test_a_good_life_breaks_nothing(calm):
    assert violations(calm, calm) == []


def test_rules_are_numbered_sentences():
    assert [rule.number for rule in RULES] == list(range(1, 15))


def test_a_violation_names_rule_sentence_sight_and_step(calm):
    life = replace(calm, steps=["killed after outside call 1, POST /x"], jobs=[OutsideJob("a", is_running=False)] * 2)

    [violation] = violations(life, calm)

    assert str(violation) == (
        "rule 1 (an attempt starts one job outside, however often it is asked to): job 'a' was started 2 times; "
        "at step: killed after outside call 1, POST /x"
    )


def test_rule_1_counts_jobs_of_any_name(calm):
    life = replace(calm, jobs=[OutsideJob("a", is_running=False), OutsideJob("b", is_running=False)])

    assert told(life, calm) == [(1, "1 attempts started 2 jobs: a, b")]
    assert told(replace(life, works=[WORK._replace(jobs=2)]), calm) == []


def test_rule_1_wants_a_job_for_each_of_two_attempts(calm):
    both = replace(calm, plan=Plan(lag_s=0), works=[WORK, WORK], results=[*calm.results] * 2)
    two = [OutsideJob("a", is_running=False), OutsideJob("b", is_running=False)]

    assert told(both, calm) == [(1, "two attempts at once started 1 job between them")]
    assert told(replace(both, jobs=two, attempts=[*calm.attempts] * 2), calm) == []


def test_rule_2_wants_the_right_end(calm):
    error = Failure("Boom", "no luck", FaultKind.USER)
    failed = replace(calm, phase=RunPhase.FAILED, attempts=[replace(calm.attempts[0], error=error)], results=[None])
    expected = replace(failed, works=[WORK._replace(fails="Boom")])

    assert told(failed, calm) == [(2, "it ended FAILED (Boom: no luck) instead of SUCCEEDED")]
    assert told(expected, expected) == []
    assert told(replace(failed, works=[WORK._replace(fails="Other")]), failed) == [
        (2, "it failed with 'Boom' instead of 'Other' (Boom: no luck)")
    ]


def test_rule_2_lets_a_deadline_end_it_and_nothing_else(calm):
    late = replace(calm, plan=Plan(timeout_s=3), phase=RunPhase.FAILED, results=[None])

    def ended_by(code):
        error = Failure(code, "no luck", FaultKind.USER)
        return told(replace(late, attempts=[replace(calm.attempts[0], error=error)]), calm)

    assert ended_by("TimeoutExpired") == []
    assert ended_by("Boom") == [(2, "it ended FAILED (Boom: no luck) instead of SUCCEEDED")]


def test_rule_2_is_all_there_is_to_say_of_a_life_without_end(calm):
    assert told(replace(calm, problem="it was not over", jobs=[OutsideJob("a", is_running=True)]), calm) == [
        (2, "it was not over")
    ]


def test_an_abort_that_came_too_late_may_succeed_and_another_may_not_fail(calm):
    late = replace(calm, plan=Plan(abort=Point(Moment.AFTER_COMMIT, 9)))

    assert told(late, calm) == []
    assert told(replace(late, phase=RunPhase.ABORTED), calm) == []
    assert [rule for rule, _ in told(replace(late, phase=RunPhase.FAILED), calm)] == [2]


def test_rule_3_compares_what_was_promised(calm):
    other = replace(calm, results=[pb.LiteralMap(literals={"n": primitive(2)})])

    assert [rule for rule, _ in told(other, calm)] == [3]
    assert told(replace(calm, results=[pb.LiteralMap()]), calm) == [(3, "output 'n' is missing; there are []")]


def test_rule_4_is_about_what_was_aborted(calm):
    life = replace(calm, plan=Plan(abort=Point(Moment.AFTER_COMMIT, 2)), phase=RunPhase.ABORTED)

    assert told(replace(life, jobs=[OutsideJob("a", is_running=True)]), calm) == [(4, "job 'a' still runs")]
    assert told(changed(life, 1, method="kill_task", raised="HttpRefusedError: 404"), calm) == [
        (4, "plugin call 2, kill_task raised HttpRefusedError: 404"),
    ]


def test_rule_5_is_about_what_is_left(calm):
    life = replace(calm, jobs=[OutsideJob("a", is_running=True)], leftovers=["session a"], tokens=["1 of pool 'p'"])

    assert told(life, calm) == [
        (5, "job 'a' still runs"),
        (5, "session a is still held"),
        (5, "1 of pool 'p' is still held"),
    ]


def test_rule_6_is_about_states(calm):
    assert told(changed(calm, 1, state=b"x" * 70_000), calm) == [
        (6, "plugin call 2, check_task_status returned a state of 70,000 bytes")
    ]
    assert [rule for rule, _ in told(changed(calm, 1, state_problem="1 comes back as '1'"), calm)] == [6]


def test_rule_7_counts_each_block_once(calm):
    assert told(replace(calm, blocking=["time.sleep(1)"] * 3), calm) == [(7, "time.sleep(1), 3 times")]


def test_rule_8_follows_each_attempt(calm):
    back = [
        ("n0#0", AttemptPhase.RUNNING),
        ("n0#1", AttemptPhase.QUEUED),
        ("n0#0", AttemptPhase.QUEUED),
        ("n0#0", AttemptPhase.SUCCEEDED),
    ]

    assert told(replace(calm, told=back), calm) == [(8, "attempt n0#0 went from RUNNING to QUEUED")]


def test_rule_9_excuses_a_plugin_whose_service_fails(calm):
    raises = changed(calm, 1, raised="OSError: no")

    assert told(raises, calm) == [(9, "plugin call 2, check_task_status raised OSError: no")]
    assert told(replace(raises, plan=Plan(fault=(1, Fault.BROKEN))), calm) == []


def test_rule_9_tells_each_method_once(calm):
    calls = [replace(call, raised=f"OSError: {call.number}") for call in calm.plugin_calls[:3]]

    assert told(replace(calm, plugin_calls=calls), calm) == [
        (9, "plugin call 1, start_task raised OSError: 1"),
        (9, "plugin call 2, check_task_status raised OSError: 2; 2 of its calls raised"),
    ]


def test_rule_12_holds_for_the_undisturbed_only(calm):
    hasty = replace(calm, plugin_calls=[*calm.plugin_calls, *[calm.plugin_calls[1]] * 30])

    assert told(hasty, calm) == [(12, "34 looks in 6 s; at most 26")]
    assert told(replace(hasty, plan=Plan(twice=True)), calm) == []


def test_not_yet_is_no_raise(calm):
    assert told(changed(calm, -1, raised="NotYet: soon", is_not_yet=True), calm) == []


def test_rule_10_compares_with_the_undisturbed_life(calm):
    killed = replace(calm, plan=Plan(kills=frozenset({Point(Moment.AFTER_COMMIT, 3)})))
    error = Failure("JobLost", "gone", FaultKind.SYSTEM)
    again = replace(killed, attempts=[replace(calm.attempts[0], error=error), calm.attempts[0]])

    assert told(killed, calm) == []
    assert told(again, calm) == [(10, "it took 2 attempts, undisturbed 1; the first failed with JobLost: gone")]


def test_rule_11_is_about_what_is_the_engines(calm):
    assert told(changed(calm, 0, mutated="inputs"), calm) == [(11, "plugin call 1, start_task changed its inputs")]


def test_rule_13_looks_for_secrets_everywhere(calm):
    life = replace(calm, secrets=["s3cret"])

    assert 13 in held(life)
    assert 13 not in held(calm)
    assert told(life, calm) == []
    assert [
        told(changed(life, 0, **{where: what}), calm)
        for where, what in {
            "state": b'"s3cret"',
            "status": TaskStatus.running(message="Bearer s3cret"),
            "raised": "ValueError: s3cret",
        }.items()
    ] == [
        [(13, "secret number 1 is in the state of plugin call 1, start_task")],
        [(13, "secret number 1 is in the answer of plugin call 1, start_task")],
        [(9, "plugin call 1, start_task raised ValueError: s3cret"),
         (13, "secret number 1 is in the exception of plugin call 1, start_task")],
    ]  # fmt: skip


def test_rule_13_reads_the_log_and_the_outputs_too(calm):
    told_all = {"n": primitive("it is s3cret")}
    life = replace(calm, secrets=["s3cret"], logged=["asks with s3cret"], results=[pb.LiteralMap(literals=told_all)])

    assert [seen for rule, seen in told(life, calm) if rule == 13] == [
        "secret number 1 is in the log",
        "secret number 1 is in the outputs",
    ]


@pytest.fixture
def waited(calm):
    """A life that asked for a full pool, and was called again a minute later."""
    plan = Plan(full=(("warehouse", 1),))
    asked = Asked(pool="warehouse", limits=PoolLimits(total=1), granted=False)
    first = replace(calm.plugin_calls[0], status=TaskStatus.not_ready("number 1 in line"))
    freed_us = calm.began_us + 60_000_000
    calls = [first, *(replace(call, at_us=freed_us) for call in calm.plugin_calls)]
    return replace(calm, plan=plan, asked=[asked], early=[], plugin_calls=calls, freed_us=freed_us)


def test_rule_14_lets_who_waits_wait(waited, calm):
    assert 14 in held(waited)
    assert told(waited, calm) == []
    assert 14 not in held(replace(waited, asked=[replace(waited.asked[0], granted=True)]))


def test_rule_14_is_about_what_began_before_its_tokens_were_granted(waited, calm):
    assert told(replace(waited, early=[OutsideJob("a", is_running=True)]), calm) == [
        (14, "job 'a' was started while pool 'warehouse' was full")
    ]
    assert told(changed(waited, 0, status=TaskStatus.queued()), calm) == [
        (14, "plugin call 1, start_task said QUEUED while pool 'warehouse' was full")
    ]
    assert told(replace(waited, plugin_calls=[waited.plugin_calls[0]] * 3), calm) == [
        (14, "it looked 3 times in 60 s; it is called by itself once its tokens are granted")
    ]


def test_of_what_never_happened_no_rule_says_that_it_held(calm):
    nothing = replace(calm, jobs=[], outside_calls=[], plugin_calls=[], told=[], works=[WORK._replace(outputs={})])

    assert held(nothing) == {2, 7, 9, 12}
    assert held(replace(calm, problem="it was not over")) == {2}


def test_outputs_of_the_cases_are_what_they_promise(calm):
    assert dict(calm.outputs.literals) == ONE
