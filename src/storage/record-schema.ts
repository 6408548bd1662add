/**
 * `records.db`: one row an exchange, sums by the hour written with it, and how far the journal was taken over. Columns
 * of records bear no constraints: one odd record must not stop the drain.
 */
export const recordMigrations: readonly string[] = [
  `
  CREATE TABLE records (
    id TEXT PRIMARY KEY,
    started_at INTEGER,
    key_id TEXT,
    team TEXT,
    endpoint TEXT,
    model TEXT,
    provider TEXT,
    target_model TEXT,
    outcome TEXT,
    status INTEGER,
    fault TEXT,
    stream INTEGER,
    usage_source TEXT,
    input_uncached INTEGER,
    cache_read INTEGER,
    cache_write INTEGER,
    output INTEGER,
    reasoning INTEGER,
    cost_nanos INTEGER,
    price_version TEXT,
    duration_ms REAL,
    first_event_ms REAL,
    upstream_ms REAL,
    detail TEXT
  ) WITHOUT ROWID;
  CREATE INDEX records_by_time ON records (started_at);

  CREATE TABLE rollups (
    hour INTEGER NOT NULL,
    key_id TEXT NOT NULL,
    team TEXT NOT NULL,
    model TEXT NOT NULL,
    provider TEXT NOT NULL,
    requests INTEGER NOT NULL,
    success INTEGER NOT NULL,
    refused INTEGER NOT NULL,
    failed INTEGER NOT NULL,
    cancelled INTEGER NOT NULL,
    estimated INTEGER NOT NULL,
    unpriced INTEGER NOT NULL,
    input_uncached INTEGER NOT NULL,
    cache_read INTEGER NOT NULL,
    cache_write INTEGER NOT NULL,
    output INTEGER NOT NULL,
    reasoning INTEGER NOT NULL,
    cost_nanos INTEGER NOT NULL,
    PRIMARY KEY (hour, key_id, team, model, provider)
  ) WITHOUT ROWID;

  CREATE TABLE journal_positions (
    segment TEXT PRIMARY KEY,
    bytes INTEGER NOT NULL
  ) WITHOUT ROWID;
  `,
];
