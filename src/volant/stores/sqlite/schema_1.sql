-- Moments are microseconds since 1970, UTC; 0 means "not yet". Absent values are ''.
-- A value (inputs, outputs) is a BLOB where the bytes are here, a URI where they are in a file,
-- or '=inputs:<action>' / '=outputs:<action>' where another row of the run has them.
-- spec, error, pending and cache are JSON.

CREATE TABLE plan (
    digest TEXT PRIMARY KEY,
    body BLOB NOT NULL
) WITHOUT ROWID;

CREATE TABLE engine (
    epoch INTEGER PRIMARY KEY AUTOINCREMENT,  -- grows even after the newest engine is gone
    id TEXT NOT NULL UNIQUE
);

CREATE TABLE run (
    id INTEGER PRIMARY KEY AUTOINCREMENT,     -- order of creation, and what page tokens name
    run TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    entity TEXT NOT NULL,
    owner TEXT NOT NULL,
    over INTEGER NOT NULL,
    plan TEXT NOT NULL,
    code TEXT NOT NULL,
    spec TEXT NOT NULL,
    inputs BLOB NOT NULL,
    phase INTEGER NOT NULL,
    error TEXT NOT NULL,
    outputs BLOB NOT NULL,
    created_us INTEGER NOT NULL,
    started_us INTEGER NOT NULL,
    ended_us INTEGER NOT NULL
);
CREATE INDEX run_by_name ON run (name);
CREATE INDEX run_open ON run (owner) WHERE over = 0;

CREATE TABLE action (
    id INTEGER PRIMARY KEY,                   -- order in which they were enqueued
    run_id INTEGER NOT NULL,
    name TEXT NOT NULL,
    parent TEXT NOT NULL,
    kind TEXT NOT NULL,
    spec_node_id TEXT NOT NULL,
    generation INTEGER NOT NULL,
    place INTEGER NOT NULL,
    display TEXT NOT NULL,
    target TEXT NOT NULL,
    phase INTEGER NOT NULL,
    stage TEXT NOT NULL,
    pending TEXT NOT NULL,
    error TEXT NOT NULL,
    inputs BLOB NOT NULL,
    outputs BLOB NOT NULL,
    attempts INTEGER NOT NULL,
    system_failures INTEGER NOT NULL,
    cache TEXT NOT NULL,
    message TEXT NOT NULL,
    queued_us INTEGER NOT NULL,
    started_us INTEGER NOT NULL,
    ended_us INTEGER NOT NULL,
    UNIQUE (run_id, name)
);
CREATE INDEX action_by_parent ON action (run_id, parent);

CREATE TABLE attempt (
    run_id INTEGER NOT NULL,
    action TEXT NOT NULL,
    number INTEGER NOT NULL,
    plugin TEXT NOT NULL,
    generated_name TEXT NOT NULL,
    phase INTEGER NOT NULL,
    version INTEGER NOT NULL,
    begun INTEGER NOT NULL,
    state BLOB NOT NULL,
    state_version INTEGER NOT NULL,
    kill_due TEXT NOT NULL,
    finalize_due INTEGER NOT NULL,
    look_us INTEGER NOT NULL,
    interruptible INTEGER NOT NULL,
    error TEXT NOT NULL,
    details BLOB NOT NULL,
    queued_us INTEGER NOT NULL,
    started_us INTEGER NOT NULL,
    ended_us INTEGER NOT NULL,
    PRIMARY KEY (run_id, action, number)
) WITHOUT ROWID;

CREATE TABLE event (
    run_id INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    at_us INTEGER NOT NULL,
    kind TEXT NOT NULL,
    phase TEXT NOT NULL,
    action TEXT NOT NULL,
    attempt INTEGER NOT NULL,
    version INTEGER NOT NULL,
    note TEXT NOT NULL,
    PRIMARY KEY (run_id, seq)
) WITHOUT ROWID;

CREATE TABLE wish (
    run_id INTEGER NOT NULL,
    kind TEXT NOT NULL,
    cause TEXT NOT NULL,
    principal TEXT NOT NULL,
    at_us INTEGER NOT NULL,
    consumed INTEGER NOT NULL,
    PRIMARY KEY (run_id, kind)
);
CREATE INDEX wish_open ON wish (run_id) WHERE consumed = 0;

CREATE TABLE cache (
    key TEXT PRIMARY KEY,
    task TEXT NOT NULL,
    parts BLOB NOT NULL,
    run TEXT NOT NULL,
    action TEXT NOT NULL,
    outputs BLOB NOT NULL,
    created_us INTEGER NOT NULL
);
CREATE INDEX cache_by_task ON cache (task, created_us);
CREATE INDEX cache_by_run ON cache (run);

CREATE TABLE reservation (
    key TEXT PRIMARY KEY,
    run TEXT NOT NULL,
    action TEXT NOT NULL
);

CREATE TABLE hold (
    held TEXT NOT NULL,
    run TEXT NOT NULL,
    PRIMARY KEY (held, run)
) WITHOUT ROWID;
CREATE INDEX hold_by_run ON hold (run);
