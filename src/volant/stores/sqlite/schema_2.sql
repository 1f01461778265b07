-- Pools of tokens. `pool` and `pool_use` sum up `token`, so that nobody ever counts a line.

CREATE TABLE pool (
    pool TEXT PRIMARY KEY,
    total INTEGER NOT NULL,                   -- 0 for no limit
    per_project INTEGER NOT NULL,             -- likewise
    number INTEGER NOT NULL,                  -- the newest place given
    held INTEGER NOT NULL,                    -- tokens
    waiting INTEGER NOT NULL                  -- attempts
) WITHOUT ROWID;

CREATE TABLE pool_use (
    pool TEXT NOT NULL,
    project TEXT NOT NULL,
    held INTEGER NOT NULL,                    -- tokens
    waiting INTEGER NOT NULL,                 -- attempts
    PRIMARY KEY (pool, project)
) WITHOUT ROWID;

CREATE TABLE token (
    pool TEXT NOT NULL,
    name TEXT NOT NULL,
    run TEXT NOT NULL,
    action TEXT NOT NULL,
    number INTEGER NOT NULL,
    project TEXT NOT NULL,
    amount INTEGER NOT NULL,
    granted INTEGER NOT NULL,
    place INTEGER NOT NULL,                   -- in line, or among the grants; 0 for who left the line
    asked_us INTEGER NOT NULL,
    granted_us INTEGER NOT NULL,
    PRIMARY KEY (run, name, pool)
) WITHOUT ROWID;
CREATE INDEX token_line ON token (pool, project, place) WHERE granted = 0;
CREATE INDEX token_waiting ON token (pool, place) WHERE granted = 0;
CREATE INDEX token_held ON token (pool, place) WHERE granted = 1;
