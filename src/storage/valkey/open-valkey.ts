import type { RedisClient } from "bun";
import { type ElsewhereOptions, StoreConnection } from "../connection/store-connection.ts";

/** The little of a Valkey or Redis client that the stores need. */
export interface ValkeyClient {
  /** @throws where the server says no, or the connection is gone; never waits for a new one */
  send(command: string, words: readonly string[]): Promise<unknown>;
  close(): void;
}

/**
 * The way to Valkey or Redis by the runtime's own client. `valkey:` is `redis:`, `valkeys:` and `rediss:` are with TLS.
 * @param scripts known to the server before the first call
 */
export function valkeyConnection(
  { url, name, timeoutMs, warn }: ElsewhereOptions,
  scripts: readonly string[],
): StoreConnection<ValkeyClient> {
  return new StoreConnection({
    name,
    timeoutMs,
    warn,
    open: () => openValkey(url, timeoutMs * 10, scripts),
    ask: (client) => client.send("PING", []),
    close: (client) => client.close(),
    isAnswer: isAboutTheCommand,
  });
}

/** Something else stands under the key, the memory is full, or a replica is asked to write. */
function isAboutTheCommand(error: unknown): boolean {
  return /\b(WRONGTYPE|OOM|READONLY|NOPERM|ERR) /.test(String(error));
}

/** Who may not, or a proxy that knows no such command: it is sent with the first call then. */
async function load(client: RedisClient, script: string): Promise<void> {
  try {
    await client.send("SCRIPT", ["LOAD", script]);
  } catch (error) {
    if (!isAboutTheCommand(error)) throw error;
  }
}

async function openValkey(url: string, connectMs: number, scripts: readonly string[]): Promise<ValkeyClient> {
  if (!("bun" in process.versions)) throw new Error("Valkey and Redis need the runtime Bun.");
  const { RedisClient: Client } = await import("bun");
  const client = new Client(url.replace(/^valkey(s?):/, "redis$1:"), {
    connectionTimeout: connectMs,
    // Whether and when there is a new connection is for StoreConnection to say.
    autoReconnect: false,
    enableOfflineQueue: false,
  });
  try {
    await client.connect();
    // One round trip for all of them; an answer, whatever it says.
    await Promise.all([client.send("PING", []), ...scripts.map((script) => load(client, script))]);
  } catch (error) {
    client.close();
    throw error;
  }
  return { send: (command, words) => client.send(command, words as string[]), close: () => client.close() };
}
