export const keysMigration = `
  CREATE TABLE keys (
    id TEXT PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN ('key', 'admin')),
    name TEXT NOT NULL,
    hash TEXT NOT NULL UNIQUE,
    hint TEXT NOT NULL,
    team TEXT,
    user TEXT,
    scopes TEXT NOT NULL,
    models TEXT,
    created_at INTEGER NOT NULL,
    expires_at INTEGER,
    revoked_at INTEGER,
    last_used_at INTEGER
  );
  `;

/** How much a key may use and spend; a key in the place of another one counts on where that one stood. */
export const keyLimitsMigration = `
  ALTER TABLE keys ADD COLUMN limits TEXT;
  ALTER TABLE keys ADD COLUMN budget TEXT;
  ALTER TABLE keys ADD COLUMN counted_as TEXT;
`;

/** 1, 0, or nothing said. */
export const keyTrustMigration = `
  ALTER TABLE keys ADD COLUMN may_pass_user INTEGER;
`;

/** Each change of a key has a number, so that readers need only those that moved; that a key was used is no change. */
export const keyChangesMigration = `
  ALTER TABLE keys ADD COLUMN change INTEGER NOT NULL DEFAULT 0;
  UPDATE keys SET change = rowid;
  CREATE INDEX keys_by_change ON keys (change);
  CREATE INDEX keys_by_name ON keys (name);
  CREATE INDEX keys_by_team ON keys (team, id);
  CREATE TRIGGER key_inserted AFTER INSERT ON keys BEGIN
    UPDATE keys SET change = (SELECT MAX(change) + 1 FROM keys) WHERE rowid = NEW.rowid;
  END;
  CREATE TRIGGER key_changed AFTER UPDATE ON keys WHEN NEW.change = OLD.change AND NEW.last_used_at IS OLD.last_used_at BEGIN
    UPDATE keys SET change = (SELECT MAX(change) + 1 FROM keys) WHERE rowid = NEW.rowid;
  END;
`;
