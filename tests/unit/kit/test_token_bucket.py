"""The limit on how often something is done."""

import asyncio

import pytest

from volant.base.errors import UserError
from volant.kit.token_bucket import TokenBucket
from volant.testing.moved_clock import MovedClock
from volant.testing.virtual_loop import VirtualLoop


def test_a_full_bucket_lets_a_burst_through_and_then_one_by_one() -> None:
    bucket = TokenBucket(2, burst=3)
    assert [bucket.reserve(100.0) for _ in range(5)] == pytest.approx([0, 0, 0, 0.5, 1.0])


def test_it_fills_up_again_but_never_above_its_burst() -> None:
    bucket = TokenBucket(2, burst=2)
    assert [bucket.reserve(0.0) for _ in range(3)] == pytest.approx([0, 0, 0.5])
    assert [bucket.reserve(1000.0) for _ in range(3)] == pytest.approx([0, 0, 0.5])


def test_a_rate_of_zero_is_no_limit() -> None:
    bucket = TokenBucket(0)
    assert {bucket.reserve(0.0) for _ in range(1000)} == {0.0}


def test_takers_wait_for_their_turn_in_the_order_they_came() -> None:
    loop = VirtualLoop(MovedClock())
    turns: list[tuple[int, float]] = []
    bucket = TokenBucket(10)

    async def taker(number: int) -> None:
        await bucket.take()
        turns.append((number, round(loop.time(), 3)))

    async def all_of_them() -> None:
        await asyncio.gather(*(taker(number) for number in range(4)))

    loop.run_until_complete(all_of_them())
    loop.close()
    assert turns == [(0, 0.0), (1, 0.1), (2, 0.2), (3, 0.3)]


@pytest.mark.parametrize(("rate", "burst"), [(-1, 1), (1, 0)])
def test_numbers_that_make_no_sense_are_refused(rate: float, burst: int) -> None:
    with pytest.raises(UserError, match="not possible"):
        TokenBucket(rate, burst)
