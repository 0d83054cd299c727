-- Reports that serve several leads, leases by name, and what the ledger tells.

-- A person wants a new report, however young another one is.
ALTER TABLE lead ADD COLUMN force BOOLEAN NOT NULL DEFAULT FALSE;
-- The options with every default filled in: two leads that say the same have the same text.
ALTER TABLE lead ADD COLUMN options_key TEXT NOT NULL DEFAULT '';
-- No stored report serves it, as the last look showed: it may be bought.
ALTER TABLE lead ADD COLUMN to_buy BOOLEAN NOT NULL DEFAULT FALSE;
-- A person let this lead pass the day's cap, with the rest of its batch; a new attempt does not.
ALTER TABLE lead ADD COLUMN cap_lifted BOOLEAN NOT NULL DEFAULT FALSE;
UPDATE lead SET cap_lifted = TRUE
    WHERE status = 'queued' AND batch_seq IN (SELECT seq FROM batch WHERE cap_lifted);
DROP INDEX batch_cap_lifted;
CREATE INDEX lead_uncapped ON lead (status, seq) WHERE status = 'queued' AND cap_lifted;
-- How many events have named its run.
ALTER TABLE lead ADD COLUMN hints INTEGER NOT NULL DEFAULT 0;
-- The lead whose report serves this one.
ALTER TABLE lead ADD COLUMN reused_from INTEGER REFERENCES lead (seq);
-- Leads from before, until the store has filled it in.
CREATE INDEX lead_without_options_key ON lead (options) WHERE options_key = '';
CREATE INDEX lead_by_company ON lead (domain, options_key) WHERE domain IS NOT NULL;
CREATE INDEX lead_company_under_way ON lead (domain, options_key)
    WHERE status IN ('starting', 'waiting');
CREATE INDEX lead_to_look_up ON lead (status, seq) WHERE status = 'queued' AND ready AND NOT to_buy;
DROP INDEX lead_startable;
CREATE INDEX lead_startable ON lead (status, seq) WHERE status = 'queued' AND ready AND to_buy;

-- completed, blocked or failed
ALTER TABLE result ADD COLUMN status TEXT NOT NULL DEFAULT '';
UPDATE result SET status = COALESCE(
    (SELECT l.status FROM lead l WHERE l.seq = result.lead_seq
        AND l.result_attempt = result.attempt
        AND l.status IN ('completed', 'blocked', 'failed')), '');

-- When what is told of its charge became known; of an unknown outcome, when it was given up.
ALTER TABLE attempt ADD COLUMN settled_at TEXT;
-- Sends of its key that were refused, and so cost nothing, before the first one that counts.
ALTER TABLE attempt ADD COLUMN refusals INTEGER NOT NULL DEFAULT 0;
CREATE INDEX attempt_by_time ON attempt (first_sent_at, key);

-- Who drives a key or writes a sheet. A holder that was replaced has an old token, and what it
-- would begin with that is refused.
CREATE TABLE lease (
    name       TEXT PRIMARY KEY,
    holder     TEXT NOT NULL,
    token      INTEGER NOT NULL,
    taken_at   TEXT NOT NULL,
    expires_at TEXT NOT NULL,
    -- The last stop by a person after which this holder has no paid call under way.
    stop_seen  INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;

-- The newest of one source.
CREATE INDEX lead_by_kind ON lead (source, seq);

-- Attempts that keep their reservation for good.
CREATE INDEX attempt_unknown ON attempt (key) WHERE outcome = 'unknown';

-- What pages tell of all leads, kept by triggers in the transaction that changes it: counting
-- 100,000 rows would take too long. The sum of a name's rows is its number.
CREATE TABLE tally (
    -- `leads <status>`, or `charged`: credits of all attempts
    name   TEXT PRIMARY KEY,
    amount INTEGER NOT NULL
) WITHOUT ROWID;
INSERT INTO tally (name, amount) SELECT 'leads ' || status, COUNT(*) FROM lead GROUP BY status;
INSERT INTO tally (name, amount) SELECT 'charged', COALESCE(SUM(charged), 0) FROM attempt;

CREATE TRIGGER tally_lead_added AFTER INSERT ON lead BEGIN
    INSERT INTO tally (name, amount) VALUES ('leads ' || NEW.status, 1)
        ON CONFLICT (name) DO UPDATE SET amount = amount + excluded.amount;
END;
CREATE TRIGGER tally_lead_moved AFTER UPDATE OF status ON lead
WHEN OLD.status <> NEW.status BEGIN
    INSERT INTO tally (name, amount)
        VALUES ('leads ' || OLD.status, -1), ('leads ' || NEW.status, 1)
        ON CONFLICT (name) DO UPDATE SET amount = amount + excluded.amount;
END;
CREATE TRIGGER tally_lead_removed AFTER DELETE ON lead BEGIN
    UPDATE tally SET amount = amount - 1 WHERE name = 'leads ' || OLD.status;
END;
CREATE TRIGGER tally_attempt_added AFTER INSERT ON attempt WHEN NEW.charged <> 0 BEGIN
    UPDATE tally SET amount = amount + NEW.charged WHERE name = 'charged';
END;
CREATE TRIGGER tally_attempt_settled AFTER UPDATE OF charged ON attempt
WHEN OLD.charged IS NOT NEW.charged BEGIN
    UPDATE tally SET amount = amount + COALESCE(NEW.charged, 0) - COALESCE(OLD.charged, 0)
        WHERE name = 'charged';
END;
CREATE TRIGGER tally_attempt_removed AFTER DELETE ON attempt WHEN OLD.charged <> 0 BEGIN
    UPDATE tally SET amount = amount - OLD.charged WHERE name = 'charged';
END;
