/** In `records.db`, beside the records and the sums. */
export const ledgerMigration = `
  CREATE TABLE record_corrections (
    record_id TEXT NOT NULL,
    number INTEGER NOT NULL,
    made_at INTEGER NOT NULL,
    delta_nanos INTEGER NOT NULL,
    price_version TEXT NOT NULL,
    reason TEXT NOT NULL,
    PRIMARY KEY (record_id, number)
  ) WITHOUT ROWID;

  CREATE TABLE frozen_months (
    month TEXT PRIMARY KEY,
    closed_at INTEGER NOT NULL,
    closed_by TEXT NOT NULL,
    lines INTEGER NOT NULL,
    tags TEXT NOT NULL,
    hash TEXT NOT NULL,
    cost_nanos TEXT NOT NULL
  ) WITHOUT ROWID;

  CREATE TABLE frozen_lines (
    month TEXT NOT NULL,
    number INTEGER NOT NULL,
    organisation TEXT NOT NULL,
    team TEXT NOT NULL,
    line TEXT NOT NULL,
    PRIMARY KEY (month, number)
  ) WITHOUT ROWID;

  CREATE TRIGGER no_other_correction BEFORE UPDATE ON record_corrections BEGIN SELECT RAISE(ABORT, 'corrections never change'); END;
  CREATE TRIGGER no_other_month BEFORE UPDATE ON frozen_months BEGIN SELECT RAISE(ABORT, 'a frozen month never changes'); END;
  CREATE TRIGGER no_other_line BEFORE UPDATE ON frozen_lines BEGIN SELECT RAISE(ABORT, 'a frozen month never changes'); END;
  CREATE TRIGGER no_line_less BEFORE DELETE ON frozen_lines BEGIN SELECT RAISE(ABORT, 'a frozen month never changes'); END;
  CREATE TRIGGER no_month_less BEFORE DELETE ON frozen_months BEGIN SELECT RAISE(ABORT, 'a frozen month never changes'); END;
`;
