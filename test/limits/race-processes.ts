// First requests at once, in each of eleven scopes, at four workers of one machine and at three nodes on real servers: a limit of ten lets
// exactly ten reach the upstream, and a budget is never overspent. `bun test ./test/limits/race-processes.ts`; `CROWD=n` for another
// number than 500.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { randomBytes } from "node:crypto";
import { type GatewayProcess, removeFolder, startGateway } from "../faults/gateway-process.ts";
import { until } from "../faults/promise.ts";
import { type StoreServer, startPostgres, startRedis } from "../stores/servers.ts";
import { startWorkers } from "../workers/workers-of.ts";
import { type CountingUpstream, startCountingUpstream } from "./counting-upstream.ts";
import { race } from "./race.ts";
import { budgetNanos, isRaced, keyWith, raceConfig, raceOwner, raceScopes, raceShapes, scopeFor, usedNanos } from "./raced-scopes.ts";

const crowd = Number(process.env.CROWD ?? 500);
/** What is made at one process is known to the others within a second. */
const knownMs = 1_000;
const env = { SLUICE_ADMIN_KEY: raceOwner, SLUICE_MASTER_KEY: randomBytes(32).toString("base64"), SLUICE_LOG: "warn" };
const servers: StoreServer[] = [];

const several = {
  "four workers": async (upstream: string) => [await startWorkers(4, { config: raceConfig(upstream), env })],
  "three nodes": async (upstream: string) => {
    const [postgres, redis] = await Promise.all([startPostgres(), startRedis()]);
    servers.push(postgres, redis);
    // A store that is slow beside two cores full of requests is not away.
    const config = { ...raceConfig(upstream), stores: { control: postgres.url, counters: redis.url, timeoutMs: 5_000 } };
    const first = await startGateway({ config, env });
    return [first, ...(await Promise.all([1, 2].map(() => startGateway({ config, env }))))];
  },
} as const satisfies Record<string, (upstream: string) => Promise<GatewayProcess[]>>;

afterAll(() => Promise.all(servers.map((server) => server.remove())));

describe.each(["four workers", "three nodes"] as const)("%s", (which) => {
  let upstream: CountingUpstream;
  let gateways: GatewayProcess[];
  let urls: string[];
  beforeAll(async () => {
    upstream = await startCountingUpstream();
    gateways = await several[which](upstream.url);
    urls = gateways.map(({ port }) => `http://127.0.0.1:${port}`);
  }, 300_000);
  afterAll(async () => {
    await Promise.all(gateways.map((gateway) => gateway.stop()));
    for (const { folder } of gateways) removeFolder(folder);
    upstream.close();
  }, 60_000);

  test.each([...raceScopes])(
    "share what limits one %s",
    async (name) => {
      for (const shape of raceShapes.filter((each) => isRaced(name, "requests", each))) {
        const limited = await scopeFor(urls[0] as string, name, "requests", shape);
        const paying = isRaced(name, "money", shape) ? await scopeFor(urls[0] as string, name, "money", shape) : undefined;
        await Bun.sleep(knownMs);
        const before = upstream.seen();
        const raced = await race(urls, limited, shape, crowd);
        expect([name, shape, raced, upstream.seen() - before]).toEqual([name, shape, { passed: 10, refused: crowd - 10, others: [] }, 10]);
        if (!paying) continue;
        const { passed, others } = await race(urls, paying, shape, crowd);
        const spent = (upstream.seen() - before - 10) * usedNanos;
        expect([name, shape, spent, others]).toEqual([name, shape, passed * usedNanos, []]);
        expect(spent).toBeGreaterThan(0);
        expect(spent).toBeLessThanOrEqual(budgetNanos);
      }
    },
    120_000,
  );

  // Of workers `test/workers/limits.ts` shows it.
  if (which === "three nodes")
    test("never spend what one held that was killed, and have the rest of it back within a minute", async () => {
      const scope = await keyWith(urls[0] as string, { name: "held", limits: { requestsPerDay: 100 } });
      await Bun.sleep(knownMs);
      const before = upstream.seen();
      upstream.hold();
      const underway = Promise.allSettled(urls.map((url) => race([url], scope, "whole", 8)));
      await until(() => upstream.seen() - before === 24, 10_000);
      await gateways[2]?.kill();
      const killedAt = performance.now();
      upstream.letGo();
      await underway;
      let backMs = 0;
      while (performance.now() - killedAt < 61_000) {
        const { passed } = await race(urls.slice(0, 2), scope, "whole", 4);
        if (passed > 0) backMs = performance.now() - killedAt;
        await Bun.sleep(200);
      }
      const asked = upstream.seen() - before;
      console.log(`of 100, ${asked} asked, the last of them ${Math.round(backMs / 100) / 10} s after the kill`);
      expect(asked).toBeLessThanOrEqual(100);
      // What it may have used since its last word counts as used.
      expect(asked).toBeGreaterThan(85);
      expect(backMs).toBeLessThan(60_000);
    }, 120_000);
});
