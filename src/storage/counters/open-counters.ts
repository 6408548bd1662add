import { join } from "node:path";
import type { ElsewhereOptions } from "../connection/store-connection.ts";
import { refuseMoved } from "../move/moved-folder.ts";
import { openAtNewest } from "../sqlite/open-at-newest.ts";
import type { CounterStore } from "./counter-store.ts";
import { MemoryCounters } from "./memory-counters.ts";
import { counterMigrations, SqliteCounters } from "./sqlite-counters.ts";

export interface OpenCountersOptions {
  /** `sqlite`, `memory`, or the URL of a server: `redis:`, `rediss:`, `valkey:`, `valkeys:`, `postgres:`, `postgresql:`. */
  readonly where: string;
  /** Where `counters.db` stands. */
  readonly folder: string;
  /** How long a call to a server may take. */
  readonly timeoutMs: number;
  readonly warn: (message: string) => void;
}

export interface OpenedCounters {
  readonly counters: CounterStore;
  /** Whether it answers. */
  isUp(): boolean;
  close(): void;
}

const name = "the store of limits and budgets";

/**
 * Counters where the config wants them. A server that does not answer yet is waited for by nobody: it is tried until it does.
 * @throws Fault `gateway_failed` when the data was written by a newer version
 */
export async function openCounters({ where, folder, timeoutMs, warn }: OpenCountersOptions): Promise<OpenedCounters> {
  if (where === "memory") return { counters: new MemoryCounters(), isUp: () => true, close: () => undefined };
  if (where === "sqlite") {
    const database = await openAtNewest(join(folder, "counters.db"), counterMigrations, () => refuseMoved(folder, "counters"));
    return { counters: new SqliteCounters(database), isUp: () => true, close: () => database.close() };
  }
  return /^postgres(ql)?:/.test(where)
    ? openPostgresCounters({ url: where, name, timeoutMs, warn })
    : openValkeyCounters({ url: where, name, timeoutMs, warn });
}

async function openValkeyCounters(options: ElsewhereOptions): Promise<OpenedCounters> {
  const [{ valkeyConnection }, { counterScripts, ValkeyCounters }] = await Promise.all([
    import("../valkey/open-valkey.ts"),
    import("./valkey-counters.ts"),
  ]);
  const connection = valkeyConnection(options, counterScripts);
  await connection.start();
  return { counters: new ValkeyCounters(connection), isUp: () => connection.isUp, close: () => connection.close() };
}

async function openPostgresCounters(options: ElsewhereOptions): Promise<OpenedCounters> {
  const [{ postgresConnection }, { PostgresCounters, postgresCounterMigrations, warmCounters }] = await Promise.all([
    import("../postgres/open-postgres.ts"),
    import("./postgres-counters.ts"),
  ]);
  const connection = postgresConnection(options, [{ part: "counters", migrations: postgresCounterMigrations, warm: warmCounters }]);
  await connection.start();
  return { counters: new PostgresCounters(connection), isUp: () => connection.isUp, close: () => connection.close() };
}
