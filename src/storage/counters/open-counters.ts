import { join } from "node:path";
import { ServerClock } from "../connection/server-clock.ts";
import type { ElsewhereOptions } from "../connection/store-connection.ts";
import { refuseMoved } from "../move/moved-folder.ts";
import { openAtNewest } from "../sqlite/open-at-newest.ts";
import type { Misgiving } from "../valkey/server-settings.ts";
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
  /** Of this machine, in milliseconds since the epoch. Default: the runtime's. */
  readonly now?: () => number;
}

export interface OpenedCounters {
  readonly counters: CounterStore;
  /** Whether it answers. */
  isUp(): boolean;
  /** Of a server: what it is by itself, and what is against it. @throws Fault `store_unavailable` */
  examine?(): Promise<{ readonly masters: number; readonly misgiving: Misgiving | undefined }>;
  close(): void;
}

const name = "the store of limits and budgets";

/**
 * Counters where the config wants them. A server that does not answer yet is waited for by nobody: it is tried until it does.
 * @throws Fault `gateway_failed` when the data was written by a newer version
 */
export async function openCounters({ where, folder, timeoutMs, warn, now }: OpenCountersOptions): Promise<OpenedCounters> {
  if (where === "memory") return { counters: new MemoryCounters(), isUp: () => true, close: () => undefined };
  if (where === "sqlite") {
    const database = await openAtNewest(join(folder, "counters.db"), counterMigrations, () => refuseMoved(folder, "counters"));
    return { counters: new SqliteCounters(database), isUp: () => true, close: () => database.close() };
  }
  return /^postgres(ql)?:/.test(where)
    ? openPostgresCounters({ url: where, name, timeoutMs, warn, now })
    : openValkeyCounters({ url: where, name, timeoutMs, warn, now });
}

async function openValkeyCounters(options: ElsewhereOptions): Promise<OpenedCounters> {
  const [{ ValkeyServer }, { misgivingAbout }, { counterScripts, ValkeyCounters }] = await Promise.all([
    import("../valkey/valkey-server.ts"),
    import("../valkey/server-settings.ts"),
    import("./valkey-counters.ts"),
  ]);
  const server = new ValkeyServer(options, counterScripts);
  await server.start();
  const examine = async () => ({ masters: server.masters, misgiving: await misgivingAbout(server.servers) });
  void examine().then(
    ({ misgiving }) => misgiving && options.warn(`Of ${name}: ${misgiving.said}. ${misgiving.mend}`),
    () => undefined,
  );
  return { counters: new ValkeyCounters(server), isUp: () => server.isUp, examine, close: () => server.close() };
}

async function openPostgresCounters(options: ElsewhereOptions): Promise<OpenedCounters> {
  const [{ postgresConnection }, { PostgresCounters, postgresCounterMigrations, warmCounters }] = await Promise.all([
    import("../postgres/open-postgres.ts"),
    import("./postgres-counters.ts"),
  ]);
  const clock = new ServerClock(options.now ?? Date.now);
  const warm = () => warmCounters(clock);
  const connection = postgresConnection(options, [{ part: "counters", migrations: postgresCounterMigrations, warm }]);
  await connection.start();
  return { counters: new PostgresCounters(connection, clock), isUp: () => connection.isUp, close: () => connection.close() };
}
