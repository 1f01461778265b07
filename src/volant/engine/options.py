"""What an engine can be told, with its defaults. Durations in microseconds."""

from msgspec import Struct

from volant.base.clock import SECOND_US


class EngineOptions(Struct, frozen=True, kw_only=True):
    """How an engine behaves.

    Attributes:
        group_limit: Transitions in one commit, at most.
        flush_us: How long an informative change may wait for company.
        retry_delay_us: Wait before a second attempt; doubles with each further one. 0 for none.
        retry_ceiling_us: At most so long.
        call_deadline_us: How long one plugin call may take; the engine goes on without its answer.
        call_retry_us: Wait before a raising plugin call is repeated; doubles.
        call_ceiling_us: At most so long.
        max_raises: So many raises in a row end the attempt.
        patience_us: How long a kill or a finalize may stay unconfirmed before the run goes on without.
        output_limit: Bytes of serialized outputs of one attempt.
        reservation_net_us: A waiter for a serialized cache key looks again after so long, if nothing woke it.
    """

    group_limit: int = 250
    flush_us: int = 5_000
    retry_delay_us: int = 0
    retry_ceiling_us: int = 300 * SECOND_US
    call_deadline_us: int = 60 * SECOND_US
    call_retry_us: int = 100_000
    call_ceiling_us: int = 30 * SECOND_US
    max_raises: int = 10
    patience_us: int = 300 * SECOND_US
    output_limit: int = 10 * 1024 * 1024
    reservation_net_us: int = SECOND_US
