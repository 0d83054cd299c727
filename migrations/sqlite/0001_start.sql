-- One lead's story is told by `lead`; what it cost by `attempt`; what it brought by `result`
-- and `result_row`; where that has to go by `delivery`. Times are RFC 3339 texts in UTC, cut
-- to microseconds, so that they sort as they happened.

CREATE TABLE setting (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
);

CREATE TABLE batch (
    seq         INTEGER PRIMARY KEY AUTOINCREMENT,
    id          TEXT NOT NULL UNIQUE,
    source      TEXT NOT NULL,
    source_name TEXT NOT NULL,
    created_at  TEXT NOT NULL
);

CREATE TABLE lead (
    seq            INTEGER PRIMARY KEY AUTOINCREMENT,
    id             TEXT NOT NULL UNIQUE,
    batch_seq      INTEGER NOT NULL REFERENCES batch (seq),
    source         TEXT NOT NULL,
    source_name    TEXT NOT NULL,
    -- What makes the same row recognisable when it is read again; no lead has another's.
    source_key     TEXT UNIQUE,
    source_row     INTEGER,
    external_id    TEXT,
    -- SHA-256 of the request that came with `external_id`: another body is a conflict.
    external_hash  TEXT,
    input          TEXT NOT NULL,
    domain         TEXT,
    options        TEXT NOT NULL,
    status         TEXT NOT NULL,
    reason         TEXT NOT NULL DEFAULT '',
    attempt        INTEGER NOT NULL DEFAULT 1,
    -- The Citedy account that the current attempt belongs to, from its first send on.
    origin         TEXT,
    agent          TEXT,
    run_id         TEXT,
    run_status     TEXT,
    run_since      TEXT,
    -- When the next request for this lead is due, while it is starting or waiting.
    due_at         TEXT,
    hinted         BOOLEAN NOT NULL DEFAULT FALSE,
    -- Looks in a row that brought no answer.
    failed_looks   INTEGER NOT NULL DEFAULT 0,
    -- How often in a row the API has answered 404 for the run, and since when.
    misses         INTEGER NOT NULL DEFAULT 0,
    missing_since  TEXT,
    -- A parked lead that is tried again is looked at first, and bought only if nothing is there.
    buy_if_missing BOOLEAN NOT NULL DEFAULT FALSE,
    credits        INTEGER NOT NULL DEFAULT 0,
    -- The attempt whose result is shown: the latest that has one.
    result_attempt INTEGER,
    result_run_id  TEXT,
    created_at     TEXT NOT NULL,
    updated_at     TEXT NOT NULL,
    finished_at    TEXT
);
CREATE INDEX lead_by_status ON lead (status, seq);
CREATE INDEX lead_by_due ON lead (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX lead_by_run ON lead (run_id) WHERE run_id IS NOT NULL;
CREATE INDEX lead_by_batch ON lead (batch_seq, status);
CREATE INDEX lead_by_source ON lead (source, source_name, seq);
CREATE INDEX lead_under_way ON lead (source, source_name)
    WHERE status IN ('queued', 'starting', 'waiting');

CREATE TABLE attempt (
    -- The idempotency key, `ws-{lead id}-{number}`.
    key           TEXT PRIMARY KEY,
    lead_seq      INTEGER NOT NULL REFERENCES lead (seq),
    number        INTEGER NOT NULL,
    origin        TEXT NOT NULL,
    agent         TEXT NOT NULL,
    -- The UTC day of the first send, on which the charge counts.
    day           TEXT NOT NULL,
    -- What counts against the cap while `charged` is not known.
    reserved      INTEGER NOT NULL,
    charged       INTEGER,
    sends         INTEGER NOT NULL,
    first_sent_at TEXT NOT NULL,
    -- open, started, refused, rejected or unknown
    outcome       TEXT NOT NULL,
    run_id        TEXT,
    UNIQUE (lead_seq, number)
);
CREATE INDEX attempt_by_day ON attempt (day, charged, reserved, outcome);

CREATE TABLE result (
    lead_seq  INTEGER NOT NULL REFERENCES lead (seq),
    attempt   INTEGER NOT NULL,
    run_id    TEXT NOT NULL,
    stored_at TEXT NOT NULL,
    -- The whole run as Citedy answered it, `result` included.
    run       TEXT NOT NULL,
    PRIMARY KEY (lead_seq, attempt)
);

-- The keys of a row in their order. Rows of one shape store only their values.
CREATE TABLE row_shape (
    id   INTEGER PRIMARY KEY AUTOINCREMENT,
    keys TEXT NOT NULL UNIQUE
);

CREATE TABLE result_row (
    lead_seq INTEGER NOT NULL REFERENCES lead (seq),
    attempt  INTEGER NOT NULL,
    row      INTEGER NOT NULL,
    shape_id INTEGER NOT NULL REFERENCES row_shape (id),
    cells    TEXT NOT NULL,
    PRIMARY KEY (lead_seq, attempt, row)
) WITHOUT ROWID;
CREATE INDEX result_row_by_shape ON result_row (shape_id);

CREATE TABLE delivery (
    lead_seq    INTEGER NOT NULL REFERENCES lead (seq),
    attempt     INTEGER NOT NULL,
    destination TEXT NOT NULL,
    -- pending or done
    state       TEXT NOT NULL,
    -- When the news came up: a later change of the same lead is other news.
    since       TEXT NOT NULL,
    done_at     TEXT,
    PRIMARY KEY (lead_seq, attempt, destination)
) WITHOUT ROWID;
CREATE INDEX delivery_pending ON delivery (destination) WHERE state <> 'done';

CREATE TABLE webhook_event (
    seq         INTEGER PRIMARY KEY AUTOINCREMENT,
    event_id    TEXT NOT NULL UNIQUE,
    event_type  TEXT,
    run_id      TEXT,
    body        BLOB NOT NULL,
    received_at TEXT NOT NULL
);
CREATE INDEX webhook_event_by_run ON webhook_event (run_id) WHERE run_id IS NOT NULL;

-- Why no paid call is made: a person said stop, the balance is empty, the key is refused.
CREATE TABLE pause (
    kind    TEXT PRIMARY KEY,
    message TEXT NOT NULL,
    link    TEXT,
    since   TEXT NOT NULL
);

CREATE TABLE watched_file (
    folder      TEXT NOT NULL,
    name        TEXT NOT NULL,
    -- Found at the first look at the folder: its rows wait for a person.
    held        BOOLEAN NOT NULL,
    size        INTEGER,
    modified_at TEXT,
    problem     TEXT,
    read_at     TEXT,
    PRIMARY KEY (folder, name)
) WITHOUT ROWID;
