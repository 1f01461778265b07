"""What every store checks before it writes: a change keeps to its run and to its size."""

from volant.contracts.rows import MAX_CHANGE_ROWS, CacheRow, Change


def check_change(change: Change) -> None:
    """Refuse a change that some store could not write atomically; a fault of the caller's code.

    Raises:
        ValueError: It has more than `MAX_CHANGE_ROWS` rows, or a row or event of another run.
    """
    run = change.run
    if len(change.rows) > MAX_CHANGE_ROWS:
        raise ValueError(f"a change of {run} has {len(change.rows)} rows, {MAX_CHANGE_ROWS} are allowed; split it")
    for row in change.rows:
        if row.run != run and not isinstance(row, CacheRow):
            raise ValueError(f"a change of {run} holds a row of {row.run}; give that run its own change")
    for event in change.events:
        if event.run != run:
            raise ValueError(f"a change of {run} holds an event of {event.run}; give that run its own change")


def repeated_event(run: str) -> ValueError:
    """What to raise where a run's events do not grow: two writers number them, or one forgot to count."""
    return ValueError(f"an event of {run} has a number that was used before; number them without repeats")
