"""Ground: ids, errors, phases, clock, log. The standard library only; it knows nothing of ours."""
