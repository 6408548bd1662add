import { Fault } from "../../exchange/index.ts";
import type { StoreConnection } from "../connection/store-connection.ts";
import { type ControlStore, sqlControl, type WriteWatch } from "../control.ts";
import { PostgresSql } from "../sql/postgres-sql.ts";
import { postgresControlMigrations } from "./control-schema.ts";
import { type PostgresClient, postgresConnection } from "./open-postgres.ts";

/** Control's own among the locks of the database; its schema names it too. */
const lock = 7_582_419_342;
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
  isOpen = true;
  const database = new PostgresSql(connection, { lock, timeoutMs });
  const watch = new PostgresWatch(connection);
  await watch.look();
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
  const code = (cause as { errno?: unknown } | undefined)?.errno ?? (cause as { code?: unknown } | undefined)?.code;
  return new Fault("gateway_failed", {
    message: `The PostgreSQL of \`stores.control\` does not answer${typeof code === "string" ? ` (${code})` : ""}, and without it no key is known. Check that it runs, and the address, name and password in the URL.`,
    param: "stores.control",
    cause,
  });
}

/** Looks at one number, which every write that others have to hear of raises in its own transaction. */
class PostgresWatch implements WriteWatch {
  readonly #connection: StoreConnection<PostgresClient>;
  #timer: ReturnType<typeof setInterval> | undefined;
  #looking = false;
  #number: unknown;
  #seen: unknown;
  #written = false;

  constructor(connection: StoreConnection<PostgresClient>) {
    this.#connection = connection;
  }

  start(): void {
    this.#seen = this.#number;
    this.#timer = setInterval(() => void this.look(), lookEveryMs);
    this.#timer.unref();
  }

  /** While the store is away, nothing is new. */
  async look(): Promise<void> {
    if (this.#looking || !this.#connection.isUp) return;
    this.#looking = true;
    try {
      const { rows } = await this.#connection.call((client) => client.query("SELECT number FROM control_changes"), silentMs);
      this.#number = rows[0]?.number;
    } catch {
      // The connection has told it.
    } finally {
      this.#looking = false;
    }
  }

  wrote(): void {
    this.#written = true;
  }

  changed(): boolean {
    const changed = this.#written || this.#seen !== this.#number;
    this.#seen = this.#number;
    this.#written = false;
    return changed;
  }

  close(): void {
    clearInterval(this.#timer);
  }
}
