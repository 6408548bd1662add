import { Fault } from "../../exchange/index.ts";
import { type PostgresPart, postgresConnection } from "../postgres/open-postgres.ts";
import { whyNotThere } from "../postgres/why-not-there.ts";
import { PostgresSql } from "../sql/postgres-sql.ts";
import type { SqlDatabase, SqlQueries } from "../sql/sql-database.ts";
import type { StorePart } from "./moved-folder.ts";

/** A table in each database that something was moved to. Only the move knows it. */
const markMigrations: readonly string[] = [
  `
  CREATE TABLE sluice.moves (
    part text PRIMARY KEY CHECK (part IN ('control', 'records', 'counters')),
    id text NOT NULL,
    reached bigint NOT NULL,
    begun_at bigint NOT NULL,
    done_at bigint,
    counts text
  );
  `,
];

/** How much was moved, by what people call it. */
export type MovedCounts = Readonly<Record<string, number>>;

export interface MoveMark {
  /** Of the move: `moved.json` of the folder has the same. */
  readonly id: string;
  /** Up to where records were copied. */
  readonly reached: number;
  /** Undefined where it is not done yet. */
  readonly counts: MovedCounts | undefined;
}

export interface MoveTarget {
  readonly sql: SqlDatabase;
  mark(part: StorePart): Promise<MoveMark | undefined>;
  /** The same of this move only. @param refuseFilled throws where anything is there @throws Fault `object_conflict` where something else is there */
  look(part: StorePart, id: string | undefined, refuseFilled: () => Promise<void>): Promise<MoveMark | undefined>;
  /** `work` alone, all of it or nothing. A server that is silent for a minute ends it. */
  transaction<Result>(work: (queries: SqlQueries) => Promise<Result>): Promise<Result>;
  close(): void;
}

/** Of the way to the server: connecting may take ten times as long. */
const timeoutMs = 5_000;
const silentMs = 60_000;
/** All of control, however much that is. */
const wholeMs = 6 * 3_600_000;
/** Others who write to the same tables are waited for. */
const lockMs = 15_000;

/** @param lock that of the part @throws Fault `gateway_failed`, `store_unavailable` where it does not answer */
export async function openMoveTarget(part: StorePart, url: string, schema: PostgresPart, lock: number): Promise<MoveTarget> {
  const connection = postgresConnection({ url, name: `the PostgreSQL of stores.${part}`, timeoutMs, warn: () => undefined }, [
    schema,
    { part: "moves", migrations: markMigrations },
  ]);
  const wrong = await connection.start();
  if (wrong !== undefined) {
    connection.close();
    if (wrong instanceof Fault) throw wrong;
    const message = `The PostgreSQL of stores.${part} ${whyNotThere(wrong)}.`;
    throw new Fault("store_unavailable", { message, param: `stores.${part}`, cause: wrong });
  }
  const sql = new PostgresSql(connection, { lock, timeoutMs: silentMs });
  const whole = new PostgresSql(connection, { lock, timeoutMs: wholeMs });
  const mark = async (of: StorePart): Promise<MoveMark | undefined> => {
    const row = await sql.get("SELECT id, reached, counts FROM moves WHERE part = ?", [of]);
    if (row === undefined) return undefined;
    return { id: String(row.id), reached: Number(row.reached), counts: row.counts === null ? undefined : JSON.parse(String(row.counts)) };
  };
  return {
    sql,
    mark,
    async look(of, id, refuseFilled) {
      const found = await mark(of);
      refuseOther(of, found, id);
      if (found === undefined) await refuseFilled();
      return found;
    },
    transaction: (work) =>
      endedBySilence((watched) =>
        whole.transaction(async (queries) => {
          const answered = watched(queries);
          // Nobody waits for a process that was cut off in the middle.
          await answered.run("SELECT set_config('idle_in_transaction_session_timeout', ?1, true), set_config('lock_timeout', ?2, true)", [
            `${silentMs}`,
            `${lockMs}`,
          ]);
          return work(answered);
        }),
      ),
    close: () => connection.close(),
  };
}

/** What hangs on a silent server is left: the connection ends with the process. */
function endedBySilence<Result>(work: (watched: (queries: SqlQueries) => SqlQueries) => Promise<Result>): Promise<Result> {
  return new Promise((resolve, reject) => {
    const silent = () => reject(new Fault("store_unavailable", { message: "The server has said nothing for a minute." }));
    const heard = async <Answer>(asked: Promise<Answer>): Promise<Answer> => {
      const timer = setTimeout(silent, silentMs);
      try {
        return await asked;
      } finally {
        clearTimeout(timer);
      }
    };
    work(({ run, get, all }) => ({
      run: (sql, values) => heard(run(sql, values)),
      get: (sql, values) => heard(get(sql, values)),
      all: (sql, values) => heard(all(sql, values)),
    })).then(resolve, reject);
  });
}

/** @throws Fault `object_conflict` where somebody else's data, or another installation's, are there */
export async function refuseFilled(queries: SqlQueries, part: StorePart, tables: readonly string[]): Promise<void> {
  const filled: string[] = [];
  for (const table of tables) if ((await queries.get(`SELECT 1 AS one FROM "${table}" LIMIT 1`)) !== undefined) filled.push(table);
  if (filled.length > 0) throw notEmpty(part, filled.join(", "));
}

export function notEmpty(part: StorePart, what: string): Fault {
  return new Fault("object_conflict", {
    message: `The store of stores.${part} is not empty: it holds ${what}. A move goes to an empty one, so that two installations never become one. Name another database, or empty this one (DROP SCHEMA sluice CASCADE; FLUSHDB) if nobody needs it, and start no gateway on it before the move.`,
    param: `stores.${part}`,
  });
}

/** @throws Fault `object_conflict` where the mark is that of another move */
export function refuseOther(part: StorePart, mark: { readonly id?: unknown } | undefined, id: string | undefined): void {
  if (mark !== undefined && mark.id !== id) throw notEmpty(part, "what was moved there from another data folder");
}
