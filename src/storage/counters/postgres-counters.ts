import type { StoreConnection } from "../connection/store-connection.ts";
import type { PostgresClient } from "../postgres/open-postgres.ts";
import type { CounterEntry, CounterStore, CounterSwap, SwapOutcome } from "./counter-store.ts";

/** Written often and small: room on each page lets an entry be written anew where it stands. */
export const postgresCounterMigrations: readonly string[] = [
  `
  CREATE TABLE sluice.counters (
    id text PRIMARY KEY,
    version bigint NOT NULL,
    state text NOT NULL,
    expires_at bigint NOT NULL
  ) WITH (fillfactor = 50);
  CREATE INDEX counters_by_end ON sluice.counters (expires_at);
  `,
];

const insert = "INSERT INTO sluice.counters (id, version, state, expires_at) VALUES ($1, 1, $2, $3) ON CONFLICT DO NOTHING";
// What was seen is compared as a whole: a standby that took over may have given the same version to another state.
const update =
  "UPDATE sluice.counters SET version = version + 1, state = $2, expires_at = $3 WHERE id = $1 AND version = $4 AND state = $5";

/** Counters in PostgreSQL: shared by all processes that reach it. One round trip each, two where another was faster. */
export class PostgresCounters implements CounterStore {
  readonly #connection: StoreConnection<PostgresClient>;

  constructor(connection: StoreConnection<PostgresClient>) {
    this.#connection = connection;
  }

  get(id: string): Promise<CounterEntry | undefined> {
    return this.#connection.call((client) => entryAt(client, id));
  }

  swap({ id, version, before = "", state, expiresAt }: CounterSwap): Promise<SwapOutcome> {
    const end = Math.min(Math.ceil(expiresAt), Number.MAX_SAFE_INTEGER);
    return this.#connection.call(async (client) => {
      const { changed } =
        version === 0 ? await client.query(insert, [id, state, end]) : await client.query(update, [id, state, end, version, before]);
      return changed === 1 ? undefined : { entry: await entryAt(client, id) };
    });
  }

  async sweep(now: number): Promise<number> {
    const { changed } = await this.#connection.call((client) => client.query("DELETE FROM sluice.counters WHERE expires_at <= $1", [now]));
    return changed;
  }
}

async function entryAt(client: PostgresClient, id: string): Promise<CounterEntry | undefined> {
  const { rows } = await client.query("SELECT version, state FROM sluice.counters WHERE id = $1", [id]);
  const row = rows[0];
  return row && { version: Number(row.version), state: String(row.state) };
}
