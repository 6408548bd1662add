import type { ServerClock } from "../connection/server-clock.ts";
import type { StoreConnection } from "../connection/store-connection.ts";
import type { PostgresClient, WarmStatement } from "../postgres/open-postgres.ts";
import type { CounterEntry, CounterStore, CounterSwap, SwapOutcome } from "./counter-store.ts";
import type { AdjustQuestion, HoldAnswer, HoldQuestion } from "./hold.ts";
import { skewMs } from "./hold.ts";
import { endMigration } from "./postgres-ends.ts";
import { asideMigration, holdMigration, patienceMigration, ruleNumbers } from "./postgres-hold.ts";

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
  holdMigration,
  asideMigration,
  endMigration,
  patienceMigration,
];

const holdCall =
  "SELECT sluice.counter_hold($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24)::text AS answer, sluice.clock_ms() AS clock";

const select = "SELECT version, state FROM sluice.counters WHERE id = $1";
const insert =
  "INSERT INTO sluice.counters (id, version, state, expires_at) VALUES ($1, 1, $2, CASE WHEN $3 > 0 THEN sluice.counter_end($3) ELSE 0 END) ON CONFLICT DO NOTHING";
// What was seen is compared as a whole: a standby that took over may have given the same version to another state.
const update =
  "UPDATE sluice.counters SET version = version + 1, state = $2, expires_at = CASE WHEN $3 > 0 THEN sluice.counter_end($3) ELSE 0 END WHERE id = $1 AND version = $4 AND state = $5";

const usedQuery =
  "SELECT CASE WHEN at_ms = $2 THEN spent + used ELSE aside_spent END AS used FROM sluice.counter_books WHERE id = $1 AND $2 IN (at_ms, aside_ms)";

/** All that requests may have to wait for, of a counter that nobody has. Values are as large as they mostly are: the client tells kinds of numbers apart. */
export function warmCounters(clock: ServerClock): readonly WarmStatement[] {
  const [id, now] = [crypto.randomUUID(), Date.now()];
  const told: WarmStatement["told"] = (rows) => clock.told(Number(rows[0]?.clock));
  const holding = (limit: number) => [id, "", now, limit, now, false, 1, 0, 1, 1, 8, 0, false, now, skewMs, ...ruleNumbers];
  return [
    { sql: select, values: [id] },
    { sql: insert, values: [id, "", now] },
    { sql: update, values: [id, "", now, 1, ""] },
    // Of requests, and of money. They say what time it is there too: whoever spoke first by a wrong clock would take others for dead.
    { sql: holdCall, values: holding(1_000), told },
    { sql: holdCall, values: holding(1e12), told },
  ];
}

/** Counters in PostgreSQL: shared by all processes that reach it. One round trip each, two where another was faster. */
export class PostgresCounters implements CounterStore {
  readonly #connection: StoreConnection<PostgresClient>;
  readonly #clock: ServerClock;

  constructor(connection: StoreConnection<PostgresClient>, clock: ServerClock) {
    this.#connection = connection;
    this.#clock = clock;
  }

  async hold(question: HoldQuestion): Promise<HoldAnswer> {
    const { id, limit, startMs, standing, holder, turn, used, need, wish, spare, keep, leave, now, expiresAt } = question;
    const asked = [limit, startMs, standing, turn, used, need, wish, spare, keep, leave];
    const { aheadMs } = this.#clock;
    const { rows } = await this.#connection.call((client) =>
      client.query(holdCall, [id, holder, endOf(expiresAt), ...asked, now + aheadMs, skewMs - aheadMs, ...ruleNumbers]),
    );
    this.#clock.told(Number(rows[0]?.clock));
    const [free = 0, step = 0, left = 0, usedByAll = 0, others = 0, holders = 0] = String(rows[0]?.answer)
      .slice(1, -1)
      .split(",")
      .map(Number);
    return { free, step, left, used: usedByAll, others, holders };
  }

  async used(id: string, startMs: number): Promise<number> {
    const { rows } = await this.#connection.call((client) => client.query(usedQuery, [id, startMs]));
    return Number(rows[0]?.used ?? 0);
  }

  async adjust({ id, startMs, change, expiresAt }: AdjustQuestion): Promise<number> {
    const [anew, more] = "reset" in change ? [true, 0] : [false, change.add];
    const { rows } = await this.#connection.call((client) =>
      client.query("SELECT sluice.counter_adjust($1, $2, $3, $4, $5) AS used", [id, endOf(expiresAt), startMs, anew, more]),
    );
    return Number(rows[0]?.used);
  }

  get(id: string): Promise<CounterEntry | undefined> {
    return this.#connection.call((client) => entryAt(client, id));
  }

  swap({ id, version, before = "", state, expiresAt }: CounterSwap): Promise<SwapOutcome> {
    const end = endOf(expiresAt);
    return this.#connection.call(async (client) => {
      const { changed } =
        version === 0 ? await client.query(insert, [id, state, end]) : await client.query(update, [id, state, end, version, before]);
      return changed === 1 ? undefined : { entry: await entryAt(client, id) };
    });
  }

  /** What has expired by this machine's clock, and by the server's. */
  async sweep(now: number): Promise<number> {
    const drop = (statement: string) => this.#connection.call((client) => client.query(statement, [now]));
    const dropped = await Promise.all([
      drop("DELETE FROM sluice.counters WHERE expires_at <= least($1, sluice.clock_ms())"),
      drop("DELETE FROM sluice.counter_books WHERE expires_at <= least($1, sluice.clock_ms())"),
    ]);
    return dropped.reduce((sum, { changed }) => sum + changed, 0);
  }
}

function endOf(expiresAt: number): number {
  return Math.min(Math.ceil(expiresAt), Number.MAX_SAFE_INTEGER);
}

async function entryAt(client: PostgresClient, id: string): Promise<CounterEntry | undefined> {
  const { rows } = await client.query(select, [id]);
  const row = rows[0];
  return row && { version: Number(row.version), state: String(row.state) };
}
