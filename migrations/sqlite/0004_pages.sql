-- What pages tell besides: a lead's timeline, figures by day, sign-ins, and what people asked Citedy for.

-- When its run was looked at last.
ALTER TABLE lead ADD COLUMN looked_at TEXT;

-- What a search looks through: the beginning of what was typed, and the domain where that does not
-- show in it.
ALTER TABLE lead ADD COLUMN search TEXT GENERATED ALWAYS AS (
    CASE WHEN instr(substr(lower(input), 1, 500), domain) > 0 THEN substr(lower(input), 1, 500)
         ELSE substr(lower(input), 1, 500) || COALESCE(char(10) || domain, '') END) VIRTUAL;
-- All that the filters of lists look at. Filters that no other index serves go through this one from
-- end to end, a sixth of what the leads themselves take up; it only grows at its end.
CREATE INDEX lead_filter ON lead (seq, status, source, created_at, id, search);

-- A lead's timeline, kept by triggers in the transaction that changes the lead. What attempts,
-- results and webhooks tell of it stands in their own tables.
CREATE TABLE lead_event (
    seq      INTEGER PRIMARY KEY AUTOINCREMENT,
    lead_seq INTEGER NOT NULL REFERENCES lead (seq) ON DELETE CASCADE,
    attempt  INTEGER NOT NULL,
    -- state, look or delivered
    kind     TEXT NOT NULL,
    -- Of a state its name, of a look Citedy's word for the run, of a delivery its destination.
    word     TEXT NOT NULL,
    reason   TEXT NOT NULL,
    at       TEXT NOT NULL,
    -- A look that brought the same as the one before is no new line: how often, and when last.
    times    INTEGER NOT NULL DEFAULT 1,
    last_at  TEXT NOT NULL
);
CREATE INDEX lead_event_by_lead ON lead_event (lead_seq, seq);

-- That a lead came into the queue at once is what `created_at` says.
CREATE TRIGGER lead_event_added AFTER INSERT ON lead WHEN NEW.status <> 'queued' BEGIN
    INSERT INTO lead_event (lead_seq, attempt, kind, word, reason, at, last_at)
        VALUES (NEW.seq, NEW.attempt, 'state', NEW.status, NEW.reason, NEW.updated_at, NEW.updated_at);
END;
CREATE TRIGGER lead_event_moved AFTER UPDATE OF status, attempt ON lead
WHEN OLD.status <> NEW.status OR OLD.attempt <> NEW.attempt BEGIN
    INSERT INTO lead_event (lead_seq, attempt, kind, word, reason, at, last_at)
        VALUES (NEW.seq, NEW.attempt, 'state', NEW.status, NEW.reason, NEW.updated_at, NEW.updated_at);
END;
CREATE TRIGGER lead_event_looked AFTER UPDATE OF looked_at ON lead
WHEN NEW.looked_at IS NOT NULL AND OLD.looked_at IS NOT NEW.looked_at BEGIN
    UPDATE lead_event SET times = times + 1, last_at = NEW.looked_at
        WHERE seq = (SELECT MAX(seq) FROM lead_event WHERE lead_seq = NEW.seq)
          AND kind = 'look' AND attempt = NEW.attempt
          AND word = COALESCE(NEW.run_status, '') AND reason = NEW.reason;
    INSERT INTO lead_event (lead_seq, attempt, kind, word, reason, at, last_at)
        SELECT NEW.seq, NEW.attempt, 'look', COALESCE(NEW.run_status, ''), NEW.reason,
            NEW.looked_at, NEW.looked_at
        WHERE NOT EXISTS (SELECT 1 FROM lead_event
            WHERE seq = (SELECT MAX(seq) FROM lead_event WHERE lead_seq = NEW.seq)
              AND kind = 'look' AND attempt = NEW.attempt
              AND word = COALESCE(NEW.run_status, '') AND reason = NEW.reason);
END;
CREATE TRIGGER lead_event_delivered AFTER UPDATE OF state ON delivery
WHEN NEW.state = 'done' AND OLD.state <> 'done' BEGIN
    INSERT INTO lead_event (lead_seq, attempt, kind, word, reason, at, last_at)
        VALUES (NEW.lead_seq, NEW.attempt, 'delivered', NEW.destination, '',
            COALESCE(NEW.done_at, NEW.since), COALESCE(NEW.done_at, NEW.since));
END;

-- Figures by day: `finished <day>` counts leads by the day they finished on, `spent <day>` is what
-- was charged for attempts first sent on it.
INSERT INTO tally (name, amount) SELECT 'finished ' || substr(finished_at, 1, 10), COUNT(*)
    FROM lead WHERE finished_at IS NOT NULL GROUP BY 1;
INSERT INTO tally (name, amount) SELECT 'spent ' || day, SUM(charged)
    FROM attempt WHERE charged <> 0 GROUP BY 1;

CREATE TRIGGER tally_finish_added AFTER INSERT ON lead WHEN NEW.finished_at IS NOT NULL BEGIN
    INSERT INTO tally (name, amount) VALUES ('finished ' || substr(NEW.finished_at, 1, 10), 1)
        ON CONFLICT (name) DO UPDATE SET amount = amount + excluded.amount;
END;
CREATE TRIGGER tally_finish_moved AFTER UPDATE OF finished_at ON lead
WHEN substr(OLD.finished_at, 1, 10) IS NOT substr(NEW.finished_at, 1, 10) BEGIN
    UPDATE tally SET amount = amount - 1 WHERE name = 'finished ' || substr(OLD.finished_at, 1, 10);
    INSERT INTO tally (name, amount)
        SELECT 'finished ' || substr(NEW.finished_at, 1, 10), 1 WHERE NEW.finished_at IS NOT NULL
        ON CONFLICT (name) DO UPDATE SET amount = amount + excluded.amount;
END;
CREATE TRIGGER tally_finish_removed AFTER DELETE ON lead WHEN OLD.finished_at IS NOT NULL BEGIN
    UPDATE tally SET amount = amount - 1 WHERE name = 'finished ' || substr(OLD.finished_at, 1, 10);
END;
CREATE TRIGGER tally_spent_added AFTER INSERT ON attempt WHEN NEW.charged <> 0 BEGIN
    INSERT INTO tally (name, amount) VALUES ('spent ' || NEW.day, NEW.charged)
        ON CONFLICT (name) DO UPDATE SET amount = amount + excluded.amount;
END;
CREATE TRIGGER tally_spent_moved AFTER UPDATE OF charged, day ON attempt
WHEN OLD.charged IS NOT NEW.charged OR OLD.day <> NEW.day BEGIN
    UPDATE tally SET amount = amount - COALESCE(OLD.charged, 0) WHERE name = 'spent ' || OLD.day;
    INSERT INTO tally (name, amount) VALUES ('spent ' || NEW.day, COALESCE(NEW.charged, 0))
        ON CONFLICT (name) DO UPDATE SET amount = amount + excluded.amount;
END;
CREATE TRIGGER tally_spent_removed AFTER DELETE ON attempt WHEN OLD.charged <> 0 BEGIN
    UPDATE tally SET amount = amount - OLD.charged WHERE name = 'spent ' || OLD.day;
END;

-- Browsers that are signed in.
CREATE TABLE session (
    -- SHA-256 of the cookie's value, hex: what is stored here opens nothing.
    id         TEXT PRIMARY KEY,
    -- Hash of the admin token that opened it: another one ends it.
    token_hash TEXT NOT NULL,
    -- What the browser calls itself.
    browser    TEXT NOT NULL,
    opened_at  TEXT NOT NULL,
    expires_at TEXT NOT NULL
) WITHOUT ROWID;

-- What a person wants to know from Citedy: asked by the instance that drives the key, within its
-- budget; whichever instance was asked finds the answer here.
CREATE TABLE errand (
    -- `webhooks`, `webhook deliveries`, or `export <format> <run id>`
    name         TEXT NOT NULL,
    -- The account that it is asked for.
    origin       TEXT NOT NULL,
    agent        TEXT NOT NULL,
    asked_at     TEXT NOT NULL,
    answered_at  TEXT,
    -- Why there is no answer.
    problem      TEXT,
    body         BLOB,
    PRIMARY KEY (name, origin, agent)
) WITHOUT ROWID;
CREATE INDEX errand_open ON errand (asked_at) WHERE answered_at IS NULL;

-- How the parts of each instance are doing, as it told last.
CREATE TABLE instance (
    name    TEXT PRIMARY KEY,
    told_at TEXT NOT NULL,
    health  TEXT NOT NULL
) WITHOUT ROWID;
