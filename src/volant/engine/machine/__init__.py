"""Pure: how an attempt, an action and a run go on. No clock, no I/O, no randomness."""
