import { Fault } from "../../exchange/index.ts";
import type { StoreConnection } from "../connection/store-connection.ts";
import { type ControlStore, sqlControl, type WriteWatch } from "../control/control.ts";
import { PostgresSql } from "../sql/postgres-sql.ts";
import { postgresControlMigrations } from "./control-schema.ts";
import { type PostgresClient, postgresConnection } from "./open-postgres.ts";
import { whyNotThere } from "./why-not-there.ts";

/** Control's own among the locks of the database; its schema names it too. */
export const controlLock = 7_582_419_342;
const name = "the control store";
/** A server that says nothing for so long, three times in a row, is gone. */
const silentMs = 1_000;
/** A page of five thousand keys, or an act that waits for the acts of others. */
const timeoutMs = 5_000;
/** Each node asks so often whether anything was written: a revocation is to hold everywhere within a second. */
const lookEveryMs = 250;

/** Control in PostgreSQL, shared by all nodes that reach it. */
export interface PostgresControl {
  readonly control: ControlStore;
  /** Whether it answers; without it, the nodes go on with what they have read. */
  isUp(): boolean;
  close(): void;
}

/** @throws Fault `gateway_failed` where it does not answer, or was written by a newer version */
export async function openPostgresControl(url: string, warn: (message: string) => void): Promise<PostgresControl> {
  // Who begins without it knows no keys: that is told once, and by the error.
  let isOpen = false;
  const connection = postgresConnection({ url, name, timeoutMs: silentMs, warn: (message) => isOpen && warn(message) }, [
    { part: "control", migrations: postgresControlMigrations },
  ]);
  const missing = await connection.start();
  if (missing !== undefined) {
    connection.close();
    throw missing instanceof Fault ? missing : notThere(missing);
  }
  const watch = new PostgresWatch(connection);
  await watch.begin();
  isOpen = true;
  const database = new PostgresSql(connection, { lock: controlLock, timeoutMs });
  watch.start();
  return {
    control: sqlControl(database, watch),
    isUp: () => connection.isUp,
    close() {
      watch.close();
      connection.close();
    },
  };
}

function notThere(cause: unknown): Fault {
  return new Fault("gateway_failed", {
    message: `The PostgreSQL of \`stores.control\` ${whyNotThere(cause)}. Without it no key is known.`,
    param: "stores.control",
    cause,
  });
}

const numberQuery = "SELECT number, NULL AS line FROM control_changes";
/** A name of the write-ahead log begins with the timeline, which a standby that takes over begins anew (PostgreSQL, 26.3 and 9.28.3). */
const lineQuery =
  "SELECT number, CASE WHEN NOT pg_is_in_recovery() THEN left(pg_walfile_name(pg_current_wal_lsn()), 8) END AS line FROM control_changes";

/** Looks at one number, which every write that others have to hear of raises in its own transaction. */
class PostgresWatch implements WriteWatch {
  readonly #connection: StoreConnection<PostgresClient>;
  #timer: ReturnType<typeof setInterval> | undefined;
  #looking = false;
  #query = lineQuery;
  #number = "";
  #seen = "";
  #line: unknown;
  /** So often the number fell, or the timeline was another one. */
  #falls = 0;
  #written = false;

  constructor(connection: StoreConnection<PostgresClient>) {
    this.#connection = connection;
  }

  start(): void {
    this.changed();
    this.#timer = setInterval(() => void this.look(), lookEveryMs);
    this.#timer.unref();
  }

  /** While the store is away, nothing is new. */
  async look(): Promise<void> {
    if (this.#looking || !this.#connection.isUp) return;
    this.#looking = true;
    try {
      const { rows } = await this.#connection.call((client) => client.query(this.#query), silentMs);
      if (rows[0]) this.#heard(String(rows[0].number), rows[0].line);
    } catch {
      // The connection has told it.
    } finally {
      this.#looking = false;
    }
  }

  #heard(number: string, line: unknown): void {
    // Without one it is a standby, which may be behind at any time, or no PostgreSQL.
    if (line !== null) {
      const isBehind = this.#number !== "" && BigInt(number) < BigInt(this.#number);
      if (isBehind || (this.#line !== undefined && line !== this.#line)) this.#falls++;
      this.#line = line;
    }
    this.#number = number;
  }

  /** Services that speak PostgreSQL's protocol may have no such log. */
  async begin(): Promise<void> {
    await this.look();
    if (this.#number !== "") return;
    this.#query = numberQuery;
    await this.look();
    if (this.#number === "") this.#query = lineQuery;
  }

  wrote(): void {
    this.#written = true;
  }

  changed(): boolean {
    const now = `${this.#number} ${this.#falls}`;
    const changed = this.#written || this.#seen !== now;
    this.#seen = now;
    this.#written = false;
    return changed;
  }

  history(): string {
    return String(this.#falls);
  }

  close(): void {
    clearInterval(this.#timer);
  }
}
