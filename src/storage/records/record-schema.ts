import { ledgerMigration } from "../ledger/ledger-schema.ts";

/**
 * `records.db`: one line an exchange, sums by the hour written with it, and how far the journal was taken over. A line
 * is kept as the journal had it, for two values cost an insert half of what twenty-four do; `records` shows its columns.
 * They are no generated columns, since SQLite works those out on each insert, and bear no constraints: one odd record
 * must not stop the drain. `record_owners` finds the records of an organisation; what belongs to none has no row there.
 */
export const recordMigrations: readonly string[] = [
  `
  CREATE TABLE record_lines (
    id TEXT PRIMARY KEY,
    line TEXT
  );
  CREATE VIEW records AS SELECT
    id,
    line ->> '$[1]' AS started_at,
    line ->> '$[2]' AS key_id,
    line ->> '$[3]' AS team,
    line ->> '$[4]' AS endpoint,
    line ->> '$[5]' AS model,
    line ->> '$[6]' AS provider,
    line ->> '$[7]' AS target_model,
    line ->> '$[8]' AS outcome,
    line ->> '$[9]' AS status,
    line ->> '$[10]' AS fault,
    line ->> '$[11]' AS stream,
    line ->> '$[12]' AS usage_source,
    line ->> '$[13]' AS input_uncached,
    line ->> '$[14]' AS cache_read,
    line ->> '$[15]' AS cache_write,
    line ->> '$[16]' AS output,
    line ->> '$[17]' AS reasoning,
    line ->> '$[18]' AS cost_nanos,
    line ->> '$[19]' AS price_version,
    line ->> '$[20]' AS duration_ms,
    line ->> '$[21]' AS first_event_ms,
    line ->> '$[22]' AS upstream_ms,
    line -> '$[23]' AS detail
  FROM record_lines;

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
  `
  DROP VIEW records;
  CREATE VIEW records AS SELECT
    id,
    line ->> '$[1]' AS started_at,
    line ->> '$[2]' AS key_id,
    line ->> '$[3]' AS team,
    line ->> '$[4]' AS endpoint,
    line ->> '$[5]' AS model,
    line ->> '$[6]' AS provider,
    line ->> '$[7]' AS target_model,
    line ->> '$[8]' AS outcome,
    line ->> '$[9]' AS status,
    line ->> '$[10]' AS fault,
    line ->> '$[11]' AS stream,
    line ->> '$[12]' AS usage_source,
    line ->> '$[13]' AS input_uncached,
    line ->> '$[14]' AS cache_read,
    line ->> '$[15]' AS cache_write,
    line ->> '$[16]' AS output,
    line ->> '$[17]' AS reasoning,
    line ->> '$[18]' AS cost_nanos,
    line ->> '$[19]' AS price_version,
    line ->> '$[20]' AS duration_ms,
    line ->> '$[21]' AS first_event_ms,
    line ->> '$[22]' AS upstream_ms,
    line -> '$[23]' AS detail,
    line ->> '$[24]' AS organisation,
    line ->> '$[25]' AS application,
    line ->> '$[26]' AS user
  FROM record_lines;

  CREATE TABLE record_owners (
    organisation TEXT NOT NULL,
    id TEXT NOT NULL,
    team TEXT,
    PRIMARY KEY (organisation, id)
  ) WITHOUT ROWID;

  ALTER TABLE rollups RENAME TO rollups_before;
  CREATE TABLE rollups (
    hour INTEGER NOT NULL,
    key_id TEXT NOT NULL,
    team TEXT NOT NULL,
    model TEXT NOT NULL,
    provider TEXT NOT NULL,
    organisation TEXT NOT NULL,
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
    PRIMARY KEY (hour, key_id, team, model, provider, organisation)
  ) WITHOUT ROWID;
  INSERT INTO rollups SELECT
    hour, key_id, team, model, provider, '', requests, success, refused, failed, cancelled, estimated, unpriced,
    input_uncached, cache_read, cache_write, output, reasoning, cost_nanos
  FROM rollups_before;
  DROP TABLE rollups_before;
  `,
  `
  DROP VIEW records;
  CREATE VIEW records AS SELECT
    id,
    line ->> '$[1]' AS started_at,
    line ->> '$[2]' AS key_id,
    line ->> '$[3]' AS team,
    line ->> '$[4]' AS endpoint,
    line ->> '$[5]' AS model,
    line ->> '$[6]' AS provider,
    line ->> '$[7]' AS target_model,
    line ->> '$[8]' AS outcome,
    line ->> '$[9]' AS status,
    line ->> '$[10]' AS fault,
    line ->> '$[11]' AS stream,
    line ->> '$[12]' AS usage_source,
    line ->> '$[13]' AS input_uncached,
    line ->> '$[14]' AS cache_read,
    line ->> '$[15]' AS cache_write,
    line ->> '$[16]' AS output,
    line ->> '$[17]' AS reasoning,
    line ->> '$[18]' AS cost_nanos,
    line ->> '$[19]' AS price_version,
    line ->> '$[20]' AS duration_ms,
    line ->> '$[21]' AS first_event_ms,
    line ->> '$[22]' AS upstream_ms,
    line -> '$[23]' AS detail,
    line ->> '$[24]' AS organisation,
    line ->> '$[25]' AS application,
    line ->> '$[26]' AS user,
    line ->> '$[27]' AS service_account,
    line ->> '$[28]' AS end_user
  FROM record_lines;

  ALTER TABLE rollups RENAME TO rollups_before;
  CREATE TABLE rollups (
    hour INTEGER NOT NULL,
    key_id TEXT NOT NULL,
    team TEXT NOT NULL,
    model TEXT NOT NULL,
    provider TEXT NOT NULL,
    organisation TEXT NOT NULL,
    application TEXT NOT NULL,
    user TEXT NOT NULL,
    service_account TEXT NOT NULL,
    target_model TEXT NOT NULL,
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
    PRIMARY KEY (hour, key_id, team, model, provider, organisation, application, user, service_account, target_model)
  ) WITHOUT ROWID;
  INSERT INTO rollups SELECT
    hour, key_id, team, model, provider, organisation, '', '', '', '', requests, success, refused, failed, cancelled, estimated, unpriced,
    input_uncached, cache_read, cache_write, output, reasoning, cost_nanos
  FROM rollups_before;
  DROP TABLE rollups_before;

  CREATE TABLE tagged_rollups (
    hour INTEGER NOT NULL,
    key_id TEXT NOT NULL,
    team TEXT NOT NULL,
    model TEXT NOT NULL,
    provider TEXT NOT NULL,
    organisation TEXT NOT NULL,
    application TEXT NOT NULL,
    user TEXT NOT NULL,
    service_account TEXT NOT NULL,
    target_model TEXT NOT NULL,
    end_user TEXT NOT NULL,
    tags TEXT NOT NULL,
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
    PRIMARY KEY (hour, key_id, team, model, provider, organisation, application, user, service_account, target_model, end_user, tags)
  ) WITHOUT ROWID;
  `,
  ledgerMigration,
];
