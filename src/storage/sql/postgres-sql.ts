import { Fault } from "../../exchange/index.ts";
import type { StoreConnection } from "../connection/store-connection.ts";
import type { PostgresClient, PostgresQuery } from "../postgres/open-postgres.ts";
import type { SqlRow, SqlValue } from "../sqlite/driver.ts";
import { type SqlDatabase, type SqlQueries, UniqueConflict } from "./sql-database.ts";

export interface PostgresSqlOptions {
  /** Told to all who begin a transaction on the same data: one at a time, as SQLite has it. */
  readonly lock: number;
  /** How long a call or a transaction may take. Default: the connection's. */
  readonly timeoutMs?: number;
}

/** What a call came to, where the server did its part. */
type Outcome<Result> = { readonly result: Result } | { readonly thrown: unknown };

const mostTexts = 500;
const ordinaryTimeoutMs = 5_000;

/** The query layer over PostgreSQL. Names are found in the schema `sluice` without writing it. */
export class PostgresSql implements SqlDatabase {
  readonly dialect = "postgres";
  readonly #connection: StoreConnection<PostgresClient>;
  readonly #options: PostgresSqlOptions;
  readonly #texts = new Map<string, string>();

  constructor(connection: StoreConnection<PostgresClient>, options: PostgresSqlOptions) {
    this.#connection = connection;
    this.#options = options;
  }

  run(sql: string, values?: readonly SqlValue[]): Promise<number> {
    return this.#call((client) => this.#over(client).run(sql, values));
  }

  get(sql: string, values?: readonly SqlValue[]): Promise<SqlRow | undefined> {
    return this.#call((client) => this.#over(client).get(sql, values));
  }

  all(sql: string, values?: readonly SqlValue[]): Promise<readonly SqlRow[]> {
    return this.#call((client) => this.#over(client).all(sql, values));
  }

  transaction<Result>(work: (queries: SqlQueries) => Promise<Result>): Promise<Result> {
    return this.#call((client) =>
      client.transaction(async (query) => {
        // A process that is cut off while it is alone must not keep the others waiting.
        await query.query(
          "SELECT set_config('idle_in_transaction_session_timeout', $1, true), set_config('lock_timeout', $1, true), pg_advisory_xact_lock($2)",
          [`${this.#options.timeoutMs ?? ordinaryTimeoutMs}`, this.#options.lock],
        );
        return work(this.#over(query));
      }),
    );
  }

  /** What `work` itself throws says nothing about the server, and passes as it is. */
  async #call<Result>(work: (client: PostgresClient) => Promise<Result>): Promise<Result> {
    const outcome = await this.#connection.call(async (client): Promise<Outcome<Result>> => {
      try {
        return { result: await work(client) };
      } catch (error) {
        if (isOfClient(error)) throw error;
        return { thrown: error };
      }
    }, this.#options.timeoutMs);
    if ("thrown" in outcome) throw outcome.thrown;
    return outcome.result;
  }

  #over(query: PostgresQuery): SqlQueries {
    const ask = async (sql: string, values: readonly SqlValue[] = []) => {
      try {
        return await query.query(this.#text(sql), values);
      } catch (error) {
        const { errno } = error as { errno?: unknown };
        if (errno === "22021") throw new Fault("request_malformed", { message: "A text holds the character NUL, which cannot be kept." });
        if (errno !== "23505") throw error;
        throw new UniqueConflict(String((error as { constraint?: unknown }).constraint), error);
      }
    };
    return {
      run: async (sql, values) => (await ask(sql, values)).changed,
      get: async (sql, values) => (await ask(sql, values)).rows[0],
      // A plain array, not the client's own kind.
      all: async (sql, values) => [...(await ask(sql, values)).rows],
    };
  }

  #text(sql: string): string {
    let text = this.#texts.get(sql);
    if (text === undefined) {
      if (this.#texts.size >= mostTexts) this.#texts.clear();
      text = numbered(sql);
      this.#texts.set(sql, text);
    }
    return text;
  }
}

/** `?` as `$1`, `$2`, …, and `?2` as `$2`; not within quotes. */
export function numbered(sql: string): string {
  let count = 0;
  return sql.replace(/'(?:[^']|'')*'|"(?:[^"]|"")*"|\?(\d*)/g, (found, number: string | undefined) => {
    if (number === undefined) return found;
    return number === "" ? `$${++count}` : `$${number}`;
  });
}

/** Errors of the runtime's client, of the server and of the way to it have a code. */
function isOfClient(error: unknown): boolean {
  const { errno, code } = (error ?? {}) as { errno?: unknown; code?: unknown };
  return !(error instanceof UniqueConflict) && (typeof errno === "string" || String(code).startsWith("ERR_POSTGRES"));
}
