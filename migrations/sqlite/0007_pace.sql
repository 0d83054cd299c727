-- When a run is worth a look is learnt from those that have ended.

-- When its run was last seen going.
ALTER TABLE lead ADD COLUMN seen_at TEXT;

-- How long a run took in milliseconds, whether a webhook had named it before its end was found, and when
-- that was.
ALTER TABLE attempt ADD COLUMN took_ms INTEGER;
ALTER TABLE attempt ADD COLUMN named BOOLEAN;
ALTER TABLE attempt ADD COLUMN ended_at TEXT;
CREATE INDEX attempt_by_end ON attempt (origin, agent, ended_at) WHERE ended_at IS NOT NULL;
