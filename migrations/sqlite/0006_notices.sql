-- What others are told of: each event once, in the transaction that it tells of, and for each
-- target whether it has heard of it.

-- The targets of the configuration, as the instance that sends has read them. While there are none
-- nothing is recorded.
CREATE TABLE notify_target (
    name           TEXT PRIMARY KEY,
    -- slack or webhook
    kind           TEXT NOT NULL,
    -- Scheme and host; the address itself is a secret and stands only in the configuration.
    host           TEXT NOT NULL,
    -- `,lead.delivered,paused,`
    events         TEXT NOT NULL,
    place          INTEGER NOT NULL,
    last_sent_at   TEXT,
    last_failed_at TEXT,
    last_error     TEXT
) WITHOUT ROWID;

CREATE TABLE notice (
    seq       INTEGER PRIMARY KEY AUTOINCREMENT,
    -- The same for every target and every try.
    id        TEXT NOT NULL UNIQUE DEFAULT ('msg_' || lower(hex(randomblob(12)))),
    kind      TEXT NOT NULL,
    -- What happened to what: no two notices have the same.
    subject   TEXT NOT NULL UNIQUE,
    lead_seq  INTEGER REFERENCES lead (seq) ON DELETE CASCADE,
    attempt   INTEGER,
    batch_seq INTEGER REFERENCES batch (seq) ON DELETE CASCADE,
    -- Of a lead its state; of a pause its kind.
    status    TEXT,
    -- Numbers and words as they were then, JSON. No domain, nothing of a report.
    detail    TEXT NOT NULL,
    at        TEXT NOT NULL
);
CREATE INDEX notice_by_lead ON notice (lead_seq) WHERE lead_seq IS NOT NULL;
CREATE INDEX notice_by_batch ON notice (batch_seq) WHERE batch_seq IS NOT NULL;
CREATE INDEX notice_by_time ON notice (at);

CREATE TABLE notice_send (
    notice_seq INTEGER NOT NULL REFERENCES notice (seq) ON DELETE CASCADE,
    target     TEXT NOT NULL,
    -- waiting, sent or dead
    state      TEXT NOT NULL,
    attempts   INTEGER NOT NULL DEFAULT 0,
    due_at     TEXT NOT NULL,
    tried_at   TEXT,
    -- What the last try met.
    error      TEXT,
    PRIMARY KEY (notice_seq, target)
) WITHOUT ROWID;
CREATE INDEX notice_send_waiting ON notice_send (target, due_at) WHERE state = 'waiting';
CREATE INDEX notice_send_dead ON notice_send (target, notice_seq) WHERE state = 'dead';

CREATE TRIGGER notice_for_targets AFTER INSERT ON notice BEGIN
    INSERT INTO notice_send (notice_seq, target, state, due_at)
        SELECT NEW.seq, name, 'waiting', NEW.at FROM notify_target
        WHERE instr(events, ',' || NEW.kind || ',') > 0;
END;

-- A lead that has somewhere to write to is delivered when that has its rows; another one with its
-- result. Of a company that was forgotten nothing is told.
CREATE TRIGGER notice_of_lead AFTER UPDATE OF status ON lead
WHEN OLD.status <> NEW.status
    AND NEW.status IN ('completed', 'blocked', 'reused', 'failed', 'parked', 'rejected', 'cancelled')
    AND EXISTS (SELECT 1 FROM notify_target) BEGIN
    INSERT INTO notice (kind, subject, lead_seq, attempt, batch_seq, status, detail, at)
        SELECT 'lead.delivered', 'lead.delivered ' || NEW.id || ' ' || NEW.attempt,
            NEW.seq, NEW.attempt, NEW.batch_seq, NEW.status,
            json_object('credits', NEW.credits), NEW.updated_at
        WHERE NEW.status IN ('completed', 'blocked', 'reused') AND NEW.forgotten_at IS NULL
          AND NEW.source NOT IN ('folder', 'sheet') AND NEW.deliver_to IS NULL
          AND EXISTS (SELECT 1 FROM notify_target WHERE instr(events, ',lead.delivered,') > 0)
        ON CONFLICT (subject) DO NOTHING;
    INSERT INTO notice (kind, subject, lead_seq, attempt, batch_seq, status, detail, at)
        SELECT 'lead.failed', 'lead.failed ' || NEW.id || ' ' || NEW.attempt || ' ' || NEW.status,
            NEW.seq, NEW.attempt, NEW.batch_seq, NEW.status,
            json_object('credits', NEW.credits), NEW.updated_at
        WHERE NEW.status IN ('failed', 'parked', 'rejected') AND NEW.forgotten_at IS NULL
          AND EXISTS (SELECT 1 FROM notify_target WHERE instr(events, ',lead.failed,') > 0)
        ON CONFLICT (subject) DO NOTHING;
    INSERT INTO notice (kind, subject, batch_seq, detail, at)
        SELECT 'batch.finished', 'batch.finished ' || NEW.batch_seq, NEW.batch_seq,
            json_object(
                'leads', json((SELECT json_group_object(status, leads) FROM (
                    SELECT status, COUNT(*) AS leads FROM lead
                    WHERE batch_seq = NEW.batch_seq GROUP BY status))),
                'credits', (SELECT SUM(credits) FROM lead WHERE batch_seq = NEW.batch_seq)),
            NEW.updated_at
        WHERE NOT EXISTS (SELECT 1 FROM lead WHERE batch_seq = NEW.batch_seq
              AND status IN ('held', 'queued', 'starting', 'waiting'))
          AND EXISTS (SELECT 1 FROM notify_target WHERE instr(events, ',batch.finished,') > 0)
        ON CONFLICT (subject) DO NOTHING;
END;

CREATE TRIGGER notice_of_delivery AFTER UPDATE OF state ON delivery
WHEN NEW.state = 'done' AND OLD.state <> 'done'
    AND EXISTS (SELECT 1 FROM notify_target WHERE instr(events, ',lead.delivered,') > 0) BEGIN
    INSERT INTO notice (kind, subject, lead_seq, attempt, batch_seq, status, detail, at)
        SELECT 'lead.delivered', 'lead.delivered ' || l.id || ' ' || l.attempt,
            l.seq, l.attempt, l.batch_seq, l.status,
            json_object('credits', l.credits), COALESCE(NEW.done_at, NEW.since)
        FROM lead l
        WHERE l.seq = NEW.lead_seq AND l.attempt = NEW.attempt
          AND l.status IN ('completed', 'blocked', 'reused') AND l.forgotten_at IS NULL
          AND NOT EXISTS (SELECT 1 FROM delivery d WHERE d.lead_seq = NEW.lead_seq
              AND d.attempt = NEW.attempt AND d.state <> 'done')
        ON CONFLICT (subject) DO NOTHING;
END;

-- A pause whose words are renewed is the same pause. One for a move is told by nobody: the other
-- database goes on.
CREATE TRIGGER notice_of_pause AFTER INSERT ON pause WHEN NEW.kind <> 'moved' BEGIN
    INSERT INTO notice (kind, subject, status, detail, at)
        SELECT 'paused', 'paused ' || NEW.kind || ' ' || NEW.since, NEW.kind,
            json_object('message', NEW.message, 'topUp', NEW.link), NEW.since
        WHERE EXISTS (SELECT 1 FROM notify_target WHERE instr(events, ',paused,') > 0)
        ON CONFLICT (subject) DO NOTHING;
END;
