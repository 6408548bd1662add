import { type ElsewhereOptions, StoreConnection } from "../connection/store-connection.ts";

/** The little of a Valkey or Redis client that the stores need. */
export interface ValkeyClient {
  /** @throws where the server says no, or the connection is gone; never waits for a new one */
  send(command: string, words: readonly string[]): Promise<unknown>;
  close(): void;
}

/** The way to Valkey or Redis by the runtime's own client. `valkey:` is `redis:`, `valkeys:` and `rediss:` are with TLS. */
export function valkeyConnection({ url, name, timeoutMs, warn }: ElsewhereOptions): StoreConnection<ValkeyClient> {
  return new StoreConnection({
    name,
    timeoutMs,
    warn,
    open: () => openValkey(url, timeoutMs * 10),
    ask: (client) => client.send("PING", []),
    close: (client) => client.close(),
    isAnswer: isAboutTheCommand,
  });
}

/** Something else stands under the key, the memory is full, or a replica is asked to write. */
function isAboutTheCommand(error: unknown): boolean {
  return /\b(WRONGTYPE|OOM|READONLY|NOPERM|ERR) /.test(String(error));
}

async function openValkey(url: string, connectMs: number): Promise<ValkeyClient> {
  if (!("bun" in process.versions)) throw new Error("Valkey and Redis need the runtime Bun.");
  const { RedisClient } = await import("bun");
  const client = new RedisClient(url.replace(/^valkey(s?):/, "redis$1:"), {
    connectionTimeout: connectMs,
    // Whether and when there is a new connection is for StoreConnection to say.
    autoReconnect: false,
    enableOfflineQueue: false,
  });
  try {
    await client.connect();
    await client.send("PING", []);
  } catch (error) {
    client.close();
    throw error;
  }
  return { send: (command, words) => client.send(command, words as string[]), close: () => client.close() };
}
