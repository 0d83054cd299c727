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
ALTER TABLE lead ADD COLUMN hints BIGINT NOT NULL DEFAULT 0;
-- The lead whose report serves this one.
ALTER TABLE lead ADD COLUMN reused_from BIGINT REFERENCES lead (seq);
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
ALTER TABLE attempt ADD COLUMN settled_at TIMESTAMPTZ;
-- Sends of its key that were refused, and so cost nothing, before the first one that counts.
ALTER TABLE attempt ADD COLUMN refusals BIGINT NOT NULL DEFAULT 0;
CREATE INDEX attempt_by_time ON attempt (first_sent_at, key);

-- Who drives a key or writes a sheet. A holder that was replaced has an old token, and what it
-- would begin with that is refused.
CREATE TABLE lease (
    name       TEXT PRIMARY KEY,
    holder     TEXT NOT NULL,
    token      BIGINT NOT NULL,
    taken_at   TIMESTAMPTZ NOT NULL,
    expires_at TIMESTAMPTZ NOT NULL,
    -- The last stop by a person after which this holder has no paid call under way.
    stop_seen  BIGINT NOT NULL DEFAULT 0
);

-- The newest of one source.
CREATE INDEX lead_by_kind ON lead (source, seq);

-- Attempts that keep their reservation for good.
CREATE INDEX attempt_unknown ON attempt (key) WHERE outcome = 'unknown';

-- What pages tell of all leads, kept by triggers in the transaction that changes it: counting
-- 100,000 rows would take too long. The sum of a name's rows is its number.
--
-- A change adds rows instead of updating one: transactions do not wait for each other, and a long
-- list in one transaction does not walk through ten thousand versions of a row. Now and then
-- the rows are folded into one a name. Each row is folded once, whatever runs beside it: rows that
-- another transaction is folding are left to it, without waiting.
CREATE TABLE tally (
    seq    BIGINT GENERATED ALWAYS AS IDENTITY,
    -- `leads <status>`, or `charged`: credits of all attempts
    name   TEXT NOT NULL,
    amount BIGINT NOT NULL
);
-- Finds the few rows there are among the room that folded ones have left.
CREATE INDEX tally_by_name ON tally (name) INCLUDE (amount);
INSERT INTO tally (name, amount) SELECT 'leads ' || status, COUNT(*) FROM lead GROUP BY status;
INSERT INTO tally (name, amount) SELECT 'charged', COALESCE(SUM(charged), 0) FROM attempt;

CREATE FUNCTION tally_fold() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    WITH folded AS (
        DELETE FROM tally WHERE seq IN (SELECT seq FROM tally FOR UPDATE SKIP LOCKED)
        RETURNING name, amount)
    INSERT INTO tally (name, amount) SELECT name, SUM(amount) FROM folded GROUP BY name;
    RETURN NULL;
END $$;
CREATE TRIGGER tally_folded AFTER INSERT ON tally
    FOR EACH ROW WHEN (NEW.seq % 64 = 0) EXECUTE FUNCTION tally_fold();

CREATE FUNCTION tally_leads() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO tally (name, amount)
            SELECT 'leads ' || status, COUNT(*) FROM new_rows GROUP BY status;
    ELSIF TG_OP = 'DELETE' THEN
        INSERT INTO tally (name, amount)
            SELECT 'leads ' || status, -COUNT(*) FROM old_rows GROUP BY status;
    ELSE
        INSERT INTO tally (name, amount)
            SELECT 'leads ' || status, SUM(more)
            FROM (SELECT status, 1 AS more FROM new_rows
                  UNION ALL SELECT status, -1 FROM old_rows) AS moves
            GROUP BY status HAVING SUM(more) <> 0;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER tally_leads_added AFTER INSERT ON lead
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION tally_leads();
CREATE TRIGGER tally_leads_moved AFTER UPDATE ON lead
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION tally_leads();
CREATE TRIGGER tally_leads_removed AFTER DELETE ON lead
    REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION tally_leads();

CREATE FUNCTION tally_charged() RETURNS TRIGGER LANGUAGE plpgsql AS $$
DECLARE
    more BIGINT := 0;
BEGIN
    IF TG_OP <> 'INSERT' THEN
        more := more - (SELECT COALESCE(SUM(charged), 0) FROM old_rows);
    END IF;
    IF TG_OP <> 'DELETE' THEN
        more := more + (SELECT COALESCE(SUM(charged), 0) FROM new_rows);
    END IF;
    IF more <> 0 THEN
        INSERT INTO tally (name, amount) VALUES ('charged', more);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER tally_attempts_added AFTER INSERT ON attempt
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION tally_charged();
CREATE TRIGGER tally_attempts_settled AFTER UPDATE ON attempt
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION tally_charged();
CREATE TRIGGER tally_attempts_removed AFTER DELETE ON attempt
    REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION tally_charged();
