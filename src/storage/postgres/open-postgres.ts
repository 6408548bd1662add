import type { SQL } from "bun";
import { type ElsewhereOptions, StoreConnection } from "../connection/store-connection.ts";
import type { SqlRow } from "../sqlite/driver.ts";
import { migratePostgres } from "./migrate-postgres.ts";

/** What PostgreSQL takes. Integers of 64 bits come out as text. */
export type PostgresValue = string | number | bigint | boolean | null;

export interface PostgresQuery {
  /** Values stand as `$1`, `$2`, … @returns the rows, and how many were changed where it changes some */
  query(sql: string, values?: readonly PostgresValue[]): Promise<{ readonly rows: readonly SqlRow[]; readonly changed: number }>;
}

/** The little of a PostgreSQL client that the stores need: a few connections. */
export interface PostgresClient extends PostgresQuery {
  /** Opens every connection, and makes the statements known to each, undone: the first call of a kind takes more round trips than the next. */
  warm(statements: () => readonly WarmStatement[]): Promise<void>;
  /** `work` on one connection, undone when it throws. */
  transaction<Result>(work: (query: PostgresQuery) => Promise<Result>): Promise<Result>;
  close(): void;
}

const connections = 4;

/** A part of the schema that has to be there. */
export interface PostgresPart {
  readonly part: string;
  readonly migrations: readonly string[];
  /** What has so little time that every connection is to know it before the first call; of each its own, so that none waits for another. */
  readonly warm?: () => readonly WarmStatement[];
}

export interface WarmStatement {
  readonly sql: string;
  readonly values: readonly PostgresValue[];
  /** Hears what it answers. */
  readonly told?: (rows: readonly SqlRow[]) => void;
}

/** The way to PostgreSQL by the runtime's own client; every connection finds the newest schema. */
export function postgresConnection(
  { url, name, timeoutMs, warn }: ElsewhereOptions,
  parts: readonly PostgresPart[],
): StoreConnection<PostgresClient> {
  return new StoreConnection({
    name,
    timeoutMs,
    warn,
    open: async () => {
      const client = await openPostgres(url, timeoutMs * 10);
      try {
        for (const { part, migrations, warm } of parts) {
          await migratePostgres(client, part, migrations);
          if (warm) await client.warm(warm);
        }
        return client;
      } catch (error) {
        client.close();
        throw error;
      }
    },
    ask: (client) => client.query("SELECT 1"),
    close: (client) => client.close(),
    isAnswer: isAboutTheStatement,
  });
}

/** Classes of SQLSTATE that speak of the statement (22, 23, 40, 42, 54, 55, and a statement that was ended), not of the server. */
function isAboutTheStatement(error: unknown): boolean {
  const state = (error as { errno?: unknown } | undefined)?.errno;
  return typeof state === "string" && /^(22|23|40|42|54|55|57014)/.test(state);
}

async function openPostgres(url: string, connectMs: number): Promise<PostgresClient> {
  if (!("bun" in process.versions)) throw new Error("PostgreSQL needs the runtime Bun.");
  const { SQL: Client } = await import("bun");
  const pool = new Client(url, {
    max: connections,
    connectionTimeout: Math.ceil(connectMs / 1000),
    idleTimeout: 0,
    connection: { search_path: "sluice" },
  });
  try {
    await pool.unsafe("SELECT 1");
  } catch (error) {
    void pool.close({ timeout: 0 });
    throw error;
  }
  return {
    ...queryOf(pool),
    // Each of them holds one connection, so that all are opened.
    warm: async (statements) => void (await Promise.all(Array.from({ length: connections }, () => warmOne(pool, statements())))),
    transaction: (work) => pool.begin((connection) => work(queryOf(connection))) as ReturnType<typeof work>,
    close: () => void pool.close({ timeout: 0 }),
  };
}

async function warmOne(pool: SQL, statements: readonly WarmStatement[]): Promise<void> {
  const known = new Error("known now");
  try {
    await pool.begin(async (one) => {
      for (const { sql, values, told } of statements) {
        const rows = await one.unsafe(sql, values as unknown[]);
        told?.(rows);
      }
      throw known;
    });
  } catch (error) {
    if (error !== known) throw error;
  }
}

function queryOf(client: Pick<SQL, "unsafe">): PostgresQuery {
  return {
    async query(sql, values = []) {
      const rows = await client.unsafe(sql, values as unknown[]);
      return { rows, changed: rows.count ?? 0 };
    },
  };
}
