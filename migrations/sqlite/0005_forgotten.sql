-- Companies that are not bought again, and contact data that is not kept for ever.

CREATE TABLE forgotten (
    -- HMAC-SHA256 of the domain under the setting `forget secret`, hex.
    hash  TEXT PRIMARY KEY,
    since TEXT NOT NULL
) WITHOUT ROWID;

-- What named its company is gone from here.
ALTER TABLE lead ADD COLUMN forgotten_at TEXT;
-- The hash of that company: what the user has to delete elsewhere can be listed again.
ALTER TABLE lead ADD COLUMN forgotten_as TEXT;
CREATE INDEX lead_forgotten ON lead (forgotten_as) WHERE forgotten_as IS NOT NULL;

-- Its result is no longer kept: since when, and after how many days.
ALTER TABLE lead ADD COLUMN removed_at TEXT;
ALTER TABLE lead ADD COLUMN removed_after INTEGER;

CREATE INDEX result_by_time ON result (stored_at);
CREATE INDEX webhook_event_kept ON webhook_event (received_at) WHERE length(body) > 0;
CREATE INDEX lead_with_address ON lead (finished_at) WHERE instr(input, '@') > 0;
