import { ServerClock } from "../connection/server-clock.ts";
import { readSlots, type SlotTable } from "./cluster-slots.ts";

/** The little of a Valkey or Redis client that the stores need. */
export interface ValkeyClient {
  /** @throws where the server says no, or the connection is gone; never waits for a new one */
  send(command: string, words: readonly string[]): Promise<unknown>;
}

/** One connection to one server, by the runtime's own client. */
export interface OpenedValkey extends ValkeyClient {
  /** Without port, as addresses have it. */
  readonly host: string;
  readonly clock: ServerClock;
  /** Of a node of a cluster: who holds what, as it knows. */
  readonly slots: SlotTable | undefined;
  close(): void;
}

/**
 * The command is refused, and another connection would hear the same: something else stands under the key, the memory is full, nobody
 * may write just now. A replica that is asked to write is none: the name may lead to another server by now.
 */
export function isAboutTheCommand(error: unknown): boolean {
  return /\b(WRONGTYPE|OOM|NOPERM|ERR|CLUSTERDOWN|TRYAGAIN|MOVED|ASK|MISCONF|NOREPLICAS) /.test(String(error));
}

/** What a key would be asked, and nothing is there: heard of before requests wait for it. */
const nobodysKey = "sluice:counter:";

export interface OpenValkeyOptions {
  readonly connectMs: number;
  /** Known to the server before the first call. */
  readonly scripts: readonly string[];
  /** Of this machine, in milliseconds since the epoch. */
  now(): number;
}

/**
 * @param url `redis:` or `valkey:`; `rediss:` or `valkeys:` with TLS
 * @throws where it does not answer, or is a replica, which takes nothing
 */
export async function openValkey(url: string, { connectMs, scripts, now }: OpenValkeyOptions): Promise<OpenedValkey> {
  if (!("bun" in process.versions)) throw new Error("Valkey and Redis need the runtime Bun.");
  const { RedisClient: Client } = await import("bun");
  const client = new Client(url.replace(/^valkey(s?):/, "redis$1:"), {
    connectionTimeout: connectMs,
    // Whether and when there is a new connection is for StoreConnection to say.
    autoReconnect: false,
    enableOfflineQueue: false,
  });
  const [host, clock] = [new URL(url).hostname, new ServerClock(now)];
  const opened = {
    host,
    clock,
    send: (command: string, words: readonly string[]) => client.send(command, words as string[]),
    close: () => client.close(),
  };
  try {
    await client.connect();
    // One round trip for all of them.
    const [, time, slots] = await Promise.all([
      opened.send("PING", []),
      unlessRefused(opened, "TIME", []),
      unlessRefused(opened, "CLUSTER", ["SLOTS"]),
      unlessRefused(opened, "DEL", [nobodysKey]),
      ...scripts.map((script) => unlessRefused(opened, "SCRIPT", ["LOAD", script])),
    ]);
    const [seconds, micros] = (time ?? []) as [string?, string?];
    clock.told(Number(seconds) * 1000 + Math.floor(Number(micros) / 1000));
    return { ...opened, slots: readSlots(slots, host) };
  } catch (error) {
    client.close();
    throw error;
  }
}

/** Undefined from a server without it, or to who may not: a script is sent with the first call then. */
export async function unlessRefused(client: ValkeyClient, command: string, words: readonly string[]): Promise<unknown> {
  try {
    return await client.send(command, words);
  } catch (error) {
    if (!isAboutTheCommand(error)) throw error;
    return undefined;
  }
}
