// Every way in which the server of the counters can fail, with every rule for it: `bun test ./test/stores/loss.ts`.

import { heapStats } from "bun:jsc";
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type OpenedGateway, openGateway } from "../../src/gateway/index.ts";
import { percentile } from "../faults/promise.ts";
import { type StoreServer, startPostgres, startRedis } from "./servers.ts";
import { type SpoiltWay, startToxiproxy, type Toxiproxy } from "./toxiproxy.ts";
import { troubles } from "./troubles.ts";

const limit = 1_500;
/** Of it, so much is for one process that is alone. */
const localShare = 0.1;
/** For three seconds and more: it is to be seen when waits end. */
const duringLoss = 600;
/** Of the promise: so much longer do 99 of 100 requests wait, for so long, and so much may the memory grow; after so long all is told. */
const mostAddedMs = 60;
const waitsEndAfterMs = 2_000;
const mostGrowthBytes = 20 * 2 ** 20;
const mostReplayMs = 60_000;
/** More than this is a wait, once what this process was itself late is taken off. */
const noWaitMs = 10;

const servers: Record<string, StoreServer> = {};
const ways: Record<string, SpoiltWay> = {};
const folder = mkdtempSync(join(tmpdir(), "sluice-loss-"));
let proxies: Toxiproxy;
let upstream: Server;

beforeAll(async () => {
  [servers.redis, servers.postgres, proxies] = await Promise.all([startRedis(), startPostgres(), startToxiproxy()]);
  for (const [kind, server] of Object.entries(servers)) ways[kind] = await proxies.to(server.port);
  upstream = createServer((request, response) => {
    request.resume().on("end", () => {
      const message = { role: "assistant", content: "Hi" };
      response.setHeader("content-type", "application/json");
      response.end(JSON.stringify({ id: "c", choices: [{ index: 0, finish_reason: "stop", message }], usage: { prompt_tokens: 1 } }));
    });
  });
  await new Promise<void>((resolve) => upstream.listen(0, "127.0.0.1", resolve));
}, 300_000);
afterAll(async () => {
  for (const server of Object.values(servers)) await server.remove();
  await proxies.close();
  upstream.close();
  rmSync(folder, { recursive: true });
});

const key = (at: number) => `sk-sluice-loss-of-stores-0123456789abcdef-${at}`;
let cases = 0;
let opened = 0;

function open(kind: string, rule: string, at: number, timeoutMs = 50): Promise<OpenedGateway> {
  const config = {
    providers: { mock: { type: "openai-compatible", baseUrl: `http://127.0.0.1:${(upstream.address() as AddressInfo).port}/v1` } },
    stores: {
      counters: servers[kind]!.url.replace(`:${servers[kind]!.port}`, `:${ways[kind]!.port}`),
      onLoss: { limits: rule, localShare },
      timeoutMs,
    },
    keys: [{ name: `loss ${at}`, value: key(at), limits: { requestsPerDay: limit } }],
  };
  return openGateway({ config, folder: join(folder, `${opened++}`) });
}

async function ask(gateway: OpenedGateway, at: number) {
  const begun = performance.now();
  const answered = await gateway.fetch(
    new Request("http://127.0.0.1/v1/chat/completions", {
      method: "POST",
      headers: { authorization: `Bearer ${key(at)}`, "content-type": "application/json" },
      body: JSON.stringify({ model: "mock/m", messages: [{ role: "user", content: "x" }] }),
    }),
  );
  const text = await answered.text();
  const retryAfterS = Number(answered.headers.get("retry-after") ?? 0);
  return { status: answered.status, text, retryAfterS, begun, ms: performance.now() - begun };
}

type Answered = Awaited<ReturnType<typeof ask>>;

/** How late this process was by itself, on a machine that others use too: a moment of it every two milliseconds. */
class Lateness {
  readonly #moments: { readonly at: number; readonly lateMs: number }[] = [];
  #due = performance.now() + 2;
  readonly #timer = setInterval(() => {
    const at = performance.now();
    this.#moments.push({ at, lateMs: at - this.#due });
    this.#due = at + 2;
  }, 2);

  /** From one moment to another, altogether. */
  within(from: number, to: number): number {
    return this.#moments.reduce((sum, { at, lateMs }) => (at >= from && at - lateMs <= to ? sum + lateMs : sum), 0);
  }

  /** At worst. */
  since(from: number): number {
    return this.#moments.reduce((worst, { at, lateMs }) => (at >= from ? Math.max(worst, lateMs) : worst), 0);
  }

  end(): void {
    clearInterval(this.#timer);
  }
}

/** What is reachable, so that two of the same load may be compared: what is resident swings with the collector's mood. */
function heapBytes(): number {
  Bun.gc(true);
  const { heapSize, extraMemorySize } = heapStats();
  return heapSize + extraMemorySize;
}

/** Evenly, whatever becomes of those before. */
async function many(gateway: OpenedGateway, at: number, count: number, everyMs: number): Promise<Answered[]> {
  const asked: Promise<Answered>[] = [];
  for (let each = 0; each < count; each++) {
    asked.push(ask(gateway, at));
    await Bun.sleep(everyMs);
  }
  return Promise.all(asked);
}

const passed = (answers: readonly Answered[]) => answers.filter(({ status }) => status === 200).length;

describe.each(["redis", "postgres"])("%s", (kind) => {
  const all = Object.keys(troubles).flatMap((name) => ["refuse", "allow", "local-share"].map((rule) => [name, rule] as const));
  test.each(all)(
    "%s: %s",
    async (name, rule) => {
      const [server, way, trouble, at] = [servers[kind]!, ways[kind]!, troubles[name]!, cases++];
      const gateway = await open(kind, rule, at);
      const before = await many(gateway, at, 20, 5);
      // A machine that others use too may be late by more than a call may take.
      while (passed(before) < 20 && before.length < 60) before.push(await ask(gateway, at));
      expect(passed(before)).toBe(20);

      const lateness = new Lateness();
      const heapBefore = heapBytes();
      await trouble.begin(server, way);
      const begun = performance.now();
      const during = await many(gateway, at, duringLoss, 5);
      lateness.end();
      const ownLatenessMs = lateness.since(begun);
      const growth = heapBytes() - heapBefore;
      await trouble.end(server, way);

      expect(during.filter(({ status }) => ![200, rule === "refuse" ? 503 : 429].includes(status))).toEqual([]);
      if (rule === "refuse") {
        const refused = during.filter(({ status }) => status === 503);
        expect(refused.length).toBeGreaterThan(0);
        for (const { text } of refused) expect(text).not.toContain("127.0.0.1");
      }
      if (rule === "allow") expect(passed(during)).toBe(duringLoss);
      // What it was granted before may be more than what it may use alone.
      if (rule === "local-share") expect(passed(before) + passed(during)).toBeLessThanOrEqual(limit * localShare + 80);
      const usualMs = percentile(
        before.map(({ ms }) => ms),
        0.5,
      );
      const added =
        percentile(
          during.map(({ ms }) => ms),
          0.99,
        ) - usualMs;
      expect(added).toBeLessThan(mostAddedMs + ownLatenessMs);
      const waited = during.filter((each) => each.ms - usualMs - lateness.within(each.begun, each.begun + each.ms) > noWaitMs);
      // The first one waits when what was granted is used up.
      const waitsMs = Math.max(0, ...waited.map((each) => each.begun + each.ms - (waited[0]?.begun ?? 0)));
      expect(waitsMs).toBeLessThan(waitsEndAfterMs);
      expect(growth).toBeLessThan(mostGrowthBytes);

      const healed = performance.now();
      let after: Answered | undefined;
      let more = 0;
      while (performance.now() - healed < 10_000) {
        after = await ask(gateway, at);
        if (after.status === 200) more++;
        if (after.status === 200 && rule === "refuse") break;
        if (rule !== "refuse" && performance.now() - healed > 1_500) break;
        await Bun.sleep(50);
      }
      expect(after?.status).toBe(200);
      await gateway.close();

      // Another process finds exactly what is left.
      const other = await open(kind, "refuse", at);
      let left = 0;
      for (;;) {
        const { status, retryAfterS } = await ask(other, at);
        if (status === 200) left++;
        // What a process could not give back, as the machine was busy, is free after half a minute.
        else if (status === 429 && retryAfterS > 60) break;
        else await Bun.sleep(200);
      }
      expect(passed(before) + passed(during) + more + left).toBe(limit);
      expect(performance.now() - healed).toBeLessThan(mostReplayMs);
      await other.close();
      console.log(
        `${kind} ${name}, ${rule}: ${passed(during)} of ${duringLoss} passed, p99 +${added.toFixed(0)} ms, of it late by itself ${ownLatenessMs.toFixed(0)}; ${waited.length} waited, all within ${waitsMs.toFixed(0)} ms; ${(growth / 2 ** 20).toFixed(1)} MB more; exact ${((performance.now() - healed) / 1_000).toFixed(1)} s after`,
      );
    },
    120_000,
  );
});

test.each(["redis", "postgres"])(
  "%s that is so far away that an answer takes three fifths of what a call may is used as ever",
  async (kind) => {
    const [way, at] = [ways[kind]!, cases++];
    // Its tables are there.
    await (await open(kind, "refuse", at)).close();
    await way.spoil("latency", { latency: 150 });
    const gateway = await open(kind, "refuse", at, 500);
    const answers = await many(gateway, at, 400, 10);
    await gateway.close();
    await way.heal();
    expect(passed(answers)).toBe(400);
  },
  60_000,
);
