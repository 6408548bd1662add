import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type RunningServer, startServer } from "../../src/server/index.ts";
import { type CountingUpstream, startCountingUpstream } from "./counting-upstream.ts";
import { race } from "./race.ts";
import { budgetNanos, isRaced, raceConfig, raceOwner, raceScopes, raceShapes, scopeFor, usedNanos } from "./raced-scopes.ts";

// Five hundred first requests at once, in each of eleven scopes: a limit of ten lets exactly ten reach the upstream, and a budget is
// never overspent. `race-processes.ts` is the same at several processes.

const crowd = 500;
let upstream: CountingUpstream;
let folder: string;
let server: RunningServer;

beforeAll(async () => {
  upstream = await startCountingUpstream();
  folder = mkdtempSync(join(tmpdir(), "sluice-race-"));
  const configPath = join(folder, "sluice.yaml");
  writeFileSync(configPath, JSON.stringify(raceConfig(upstream.url)));
  const env = { SLUICE_ADMIN_KEY: raceOwner, SLUICE_LOG: "error" };
  server = await startServer({ dataDir: join(folder, "data"), configPath, port: 0, host: "127.0.0.1", env });
});
afterAll(async () => {
  await server.close();
  upstream.close();
  rmSync(folder, { recursive: true });
});

for (const name of raceScopes) {
  describe(`limits of one ${name}`, () => {
    for (const shape of raceShapes) {
      if (isRaced(name, "requests", shape))
        test(`of ten let ten of ${crowd} through, ${shape}`, async () => {
          const scope = await scopeFor(server.url, name, "requests", shape);
          const before = upstream.seen();
          expect(await race([server.url], scope, shape, crowd)).toEqual({ passed: 10, refused: crowd - 10, others: [] });
          expect(upstream.seen() - before).toBe(10);
          expect(await race([server.url], scope, shape, 5)).toEqual({ passed: 0, refused: 5, others: [] });
        }, 60_000);

      if (isRaced(name, "money", shape))
        test(`in dollars are used and not overspent, ${shape}`, async () => {
          const scope = await scopeFor(server.url, name, "money", shape);
          const before = upstream.seen();
          const { others } = await race([server.url], scope, shape, crowd);
          for (let passed = 1; passed > 0; ) ({ passed } = await race([server.url], scope, shape, 50));
          const spent = (upstream.seen() - before) * usedNanos;
          expect(others).toEqual([]);
          expect(spent).toBeLessThanOrEqual(budgetNanos);
          // The last one fits only if what it may cost at most does.
          expect(spent).toBeGreaterThan(budgetNanos * 0.9);
        }, 60_000);
    }
  });
}
