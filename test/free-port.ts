import { createServer } from "node:net";

const lowest = 16_000;
const count = 16_000;
/** Those of this process: who has got one may not have begun to listen when the next is asked for. */
const given = new Set<number>();

/**
 * A port that nobody listens on. Of those below what the system gives to connections: of these another may be taken by somebody's
 * connection before it is used, or while its server is down.
 */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < 100; tries++) {
    const port = lowest + Math.floor(Math.random() * count);
    if (given.has(port)) continue;
    given.add(port);
    const server = createServer();
    const free = await new Promise<boolean>((resolve) => {
      server.once("error", () => resolve(false)).listen(port, "0.0.0.0", () => resolve(true));
    });
    if (!free) continue;
    await new Promise((resolve) => server.close(resolve));
    return port;
  }
  throw new Error(`no port from ${lowest} to ${lowest + count - 1} is free`);
}
