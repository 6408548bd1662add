import { recordColumns } from "./record-columns.ts";

const keys = `
    hour bigint NOT NULL,
    key text COLLATE "C" NOT NULL,
    key_id text COLLATE "C" NOT NULL,
    team text COLLATE "C" NOT NULL,
    model text COLLATE "C" NOT NULL,
    provider text COLLATE "C" NOT NULL,
    organisation text COLLATE "C" NOT NULL,
    application text COLLATE "C" NOT NULL,
    "user" text COLLATE "C" NOT NULL,
    service_account text COLLATE "C" NOT NULL,
    target_model text COLLATE "C" NOT NULL`;

const measures = `
    requests bigint NOT NULL,
    success bigint NOT NULL,
    refused bigint NOT NULL,
    failed bigint NOT NULL,
    cancelled bigint NOT NULL,
    estimated bigint NOT NULL,
    unpriced bigint NOT NULL,
    input_uncached numeric NOT NULL,
    cache_read numeric NOT NULL,
    cache_write numeric NOT NULL,
    output numeric NOT NULL,
    reasoning numeric NOT NULL,
    cost_nanos numeric NOT NULL,
    PRIMARY KEY (hour, key)`;

const wholeNumbers = new Set<string>(["started_at", "status", "stream", "input_uncached", "cache_read", "cache_write", "output"]);
for (const name of ["reasoning", "cost_nanos"]) wholeNumbers.add(name);
const fractions = new Set<string>(["duration_ms", "first_event_ms", "upstream_ms"]);

/** A column of the view: the value of a line's cell. */
function shown(name: string, at: number): string {
  if (name === "detail") return `cells -> ${at} AS "${name}"`;
  const cell = `cells ->> ${at}`;
  if (wholeNumbers.has(name)) return `(${cell})::bigint AS "${name}"`;
  return fractions.has(name) ? `(${cell})::double precision AS "${name}"` : `${cell} AS "${name}"`;
}

/**
 * The part `records` of the schema `sluice`: what `records.db` holds. Lines stand in a partition for each day of their beginning, in
 * UTC, which the writer makes. Keys of sums are told apart by their hash, since callers make them longer than an index takes.
 */
export const postgresRecordMigrations: readonly string[] = [
  `
  CREATE TABLE sluice.record_lines (
    id text COLLATE "C" NOT NULL,
    started_at bigint NOT NULL,
    organisation text COLLATE "C",
    team text COLLATE "C",
    line text NOT NULL,
    PRIMARY KEY (id, started_at)
  ) PARTITION BY RANGE (started_at);
  CREATE INDEX record_lines_by_organisation ON sluice.record_lines (organisation, id) WHERE organisation IS NOT NULL;

  -- JSON of PostgreSQL takes no NUL and no half of a pair; the line itself stays as it was written.
  CREATE VIEW sluice.records AS SELECT ${recordColumns.slice(0, 29).map(shown).join(", ")}
  FROM (SELECT regexp_replace(line, '\\\\u(0000|d[89a-f][0-9a-f]{2})', '\\\\ufffd', 'g')::json AS cells FROM sluice.record_lines) AS lines;

  CREATE TABLE sluice.rollups (${keys},${measures}
  );
  CREATE TABLE sluice.tagged_rollups (${keys},
    end_user text COLLATE "C" NOT NULL,
    tags text COLLATE "C" NOT NULL,${measures}
  );

  CREATE TABLE sluice.journal_positions (
    segment text COLLATE "C" PRIMARY KEY,
    bytes bigint NOT NULL
  );

  CREATE TABLE sluice.record_corrections (
    record_id text COLLATE "C" NOT NULL,
    number bigint NOT NULL,
    made_at bigint NOT NULL,
    delta_nanos bigint NOT NULL,
    price_version text NOT NULL,
    reason text NOT NULL,
    PRIMARY KEY (record_id, number)
  );
  CREATE TABLE sluice.frozen_months (
    month text COLLATE "C" PRIMARY KEY,
    closed_at bigint NOT NULL,
    closed_by text NOT NULL,
    lines bigint NOT NULL,
    tags text NOT NULL,
    hash text NOT NULL,
    cost_nanos text NOT NULL
  );
  CREATE TABLE sluice.frozen_lines (
    month text COLLATE "C" NOT NULL,
    number bigint NOT NULL,
    organisation text COLLATE "C" NOT NULL,
    team text COLLATE "C" NOT NULL,
    line text NOT NULL,
    PRIMARY KEY (month, number)
  );
  CREATE FUNCTION sluice.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION 'lines of the ledger are added and never changed' USING ERRCODE = '23001'; END $$;
  CREATE TRIGGER no_other_correction BEFORE UPDATE ON sluice.record_corrections FOR EACH ROW EXECUTE FUNCTION sluice.refuse_change();
  CREATE TRIGGER no_other_month BEFORE UPDATE OR DELETE ON sluice.frozen_months FOR EACH ROW EXECUTE FUNCTION sluice.refuse_change();
  CREATE TRIGGER no_other_line BEFORE UPDATE OR DELETE ON sluice.frozen_lines FOR EACH ROW EXECUTE FUNCTION sluice.refuse_change();
  `,
];
