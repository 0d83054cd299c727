-- Google Sheets. A spreadsheet's rows are known by the id in their own `Lead ID` cell; what the
-- last reads told of each is kept in `sheet_row`.

-- Only a row that the latest read showed with its id, domain and options may start. Leads of
-- other sources always may.
ALTER TABLE lead ADD COLUMN ready BOOLEAN NOT NULL DEFAULT TRUE;
-- A spreadsheet whose results tab gets the rows as well.
ALTER TABLE lead ADD COLUMN deliver_to TEXT;
-- A person let this batch pass the day's cap.
ALTER TABLE batch ADD COLUMN cap_lifted BOOLEAN NOT NULL DEFAULT FALSE;
-- The append that carried it, while its outcome is unknown.
ALTER TABLE delivery ADD COLUMN mark INTEGER;

CREATE TABLE sheet (
    spreadsheet  TEXT PRIMARY KEY,
    results_tab  INTEGER,
    -- The developer metadata that the last applied append left in the spreadsheet.
    mark         INTEGER,
    -- An append whose outcome is unknown.
    open_mark    INTEGER,
    open_tab     INTEGER,
    open_sent_at TIMESTAMPTZ
);

CREATE TABLE sheet_tab (
    spreadsheet TEXT NOT NULL,
    -- The name in the settings, empty for the first tab; bound once.
    wanted      TEXT NOT NULL,
    tab         INTEGER NOT NULL,
    bound_at    TIMESTAMPTZ NOT NULL,
    -- When its rows were read for the first time: those wait for a person.
    first_read  TIMESTAMPTZ,
    -- Names of our columns that people's own columns had then, comma-separated.
    theirs      TEXT,
    -- It has had a column `Run`: without it nothing new starts by itself.
    with_run    BOOLEAN NOT NULL DEFAULT FALSE,
    PRIMARY KEY (spreadsheet, wanted)
);

CREATE TABLE sheet_row (
    lead_seq    BIGINT PRIMARY KEY REFERENCES lead (seq),
    spreadsheet TEXT NOT NULL,
    -- Reads in a row that did not show its id.
    misses      BIGINT NOT NULL DEFAULT 0,
    -- The status to go back to when its row comes back: it was cancelled for being gone.
    revive_to   TEXT,
    -- What its row was before it said something unusable: held or cancelled.
    put_aside   TEXT,
    -- The decision that was counted and is not cleared yet.
    counted     TEXT,
    -- What came of the last decision, as long as the lead is in the state named.
    note        TEXT NOT NULL DEFAULT '',
    note_state  TEXT NOT NULL DEFAULT '',
    -- It was said that a charge may exist; the next Retry is meant.
    warned      BOOLEAN NOT NULL DEFAULT FALSE,
    -- Texts of its rows were cut to fit into the results tab.
    cut         BOOLEAN NOT NULL DEFAULT FALSE
);
CREATE INDEX sheet_row_by_spreadsheet ON sheet_row (spreadsheet);
CREATE INDEX lead_startable ON lead (seq) WHERE status = 'queued' AND ready;
CREATE INDEX batch_cap_lifted ON batch (seq) WHERE cap_lifted;
