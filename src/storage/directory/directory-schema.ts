/** How often the directory has changed. */
export const directoryChangesMigration = `
  CREATE TABLE directory_changes (one INTEGER PRIMARY KEY CHECK (one = 1), count INTEGER NOT NULL);
  INSERT INTO directory_changes (one, count) VALUES (1, 1);
  CREATE TRIGGER directory_inserted AFTER INSERT ON directory BEGIN UPDATE directory_changes SET count = count + 1; END;
  CREATE TRIGGER directory_updated AFTER UPDATE ON directory BEGIN UPDATE directory_changes SET count = count + 1; END;
  CREATE TRIGGER directory_deleted AFTER DELETE ON directory BEGIN UPDATE directory_changes SET count = count + 1; END;
`;

/** Each change of an object has a number, which stays when the object is gone: readers need only what moved. */
export const directoryMovesMigration = `
  CREATE TABLE directory_moves (id TEXT PRIMARY KEY, kind TEXT NOT NULL, change INTEGER NOT NULL) WITHOUT ROWID;
  INSERT INTO directory_moves (id, kind, change) SELECT id, kind, ROW_NUMBER() OVER (ORDER BY id) FROM directory;
  CREATE UNIQUE INDEX directory_moves_by_change ON directory_moves (change);
  ${["INSERT", "UPDATE", "DELETE"]
    .map((act) => {
      const row = act === "DELETE" ? "OLD" : "NEW";
      return `CREATE TRIGGER directory_moved_by_${act.toLowerCase()} AFTER ${act} ON directory BEGIN
    INSERT INTO directory_moves (id, kind, change) VALUES (${row}.id, ${row}.kind, (SELECT COALESCE(MAX(change), 0) + 1 FROM directory_moves))
      ON CONFLICT (id) DO UPDATE SET change = excluded.change;
  END;`;
    })
    .join("\n  ")}
`;

/** One row an object; what no query asks for stands in `fields`. A key may belong to an organisation, an application and an account. */
export const directoryMigration = `
  CREATE TABLE directory (
    id TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    organisation TEXT,
    team TEXT,
    name TEXT NOT NULL,
    name_key TEXT NOT NULL,
    external_id TEXT,
    active INTEGER NOT NULL,
    fields TEXT NOT NULL,
    revision INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
  );
  CREATE UNIQUE INDEX directory_names ON directory (kind, COALESCE(organisation, ''), name_key) WHERE kind <> 'organisation';
  CREATE UNIQUE INDEX directory_organisations ON directory (name_key) WHERE kind = 'organisation';
  CREATE UNIQUE INDEX directory_externals ON directory (kind, COALESCE(organisation, ''), external_id) WHERE external_id IS NOT NULL;
  CREATE INDEX directory_lists ON directory (kind, organisation, id);
  CREATE INDEX directory_teams ON directory (team) WHERE team IS NOT NULL;

  ALTER TABLE keys ADD COLUMN organisation TEXT;
  ALTER TABLE keys ADD COLUMN application TEXT;
  ALTER TABLE keys ADD COLUMN service_account TEXT;
  ALTER TABLE keys ADD COLUMN role TEXT;
  ALTER TABLE keys ADD COLUMN networks TEXT;
  ALTER TABLE keys ADD COLUMN metadata TEXT;
  CREATE INDEX keys_organisations ON keys (organisation) WHERE organisation IS NOT NULL;
`;
