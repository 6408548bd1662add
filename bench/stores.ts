/**
 * What stores elsewhere cost the gateway: two gateways with one config but for the stores (embedded; counters on Redis or Valkey, control
 * and records on PostgreSQL), limits and budgets on, and one load that goes to the one and to the other in turns, so that what else the
 * machine does falls on both alike. Measured is the processor time of all processes of a gateway, from the begin of its turn until its
 * records are taken over. One line of JSON for each promise.
 *
 * `bun bench/stores.ts [--turns N] [--seconds N] [--clients N] [--pause-ms N] [--tags N]` (15 of 1.5 s, 32 clients that ask at once again,
 * requests of no tag; else of one of so many)
 */
import { randomBytes } from "node:crypto";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { RedisClient, SQL } from "bun";
import { type GatewayProcess, makeFolder, removeFolder, startGateway } from "../test/faults/gateway-process.ts";
import { conclude, numberOption, percentile, report, sleep } from "../test/faults/promise.ts";
import { startPostgres, startRedis } from "../test/stores/servers.ts";
import { plainAnswer } from "./plain-answer.ts";
import { cpuSeconds } from "./process-time.ts";

const turns = numberOption("turns", 15);
const seconds = numberOption("seconds", 1.5);
const clients = numberOption("clients", 32);
const pauseMs = numberOption("pause-ms", 0);
const tags = numberOption("tags", 0);
/** Of the promise: stores elsewhere cost at most so much of what the embedded ones cost. */
const mostRatio = 1.15;
/** Longer than records wait for company. */
const takenOverMs = 500;

const [redis, postgres] = await Promise.all([startRedis(), startPostgres()]);
const upstream = Bun.serve({
  port: 0,
  hostname: "127.0.0.1",
  async fetch(request) {
    await request.arrayBuffer();
    return new Response(plainAnswer, { headers: { "content-type": "application/json" } });
  },
});
const key = "sk-sluice-bench-of-stores-0123456789abcdef";
const budget = { usd: 1_000_000, per: "month" };
const common = {
  providers: { mock: { type: "openai-compatible", baseUrl: `http://127.0.0.1:${upstream.port}/v1`, apiKey: "upstream-key-of-the-bench" } },
  prices: { "mock/*": { input: 1, output: 1 } },
  teams: { one: { budget, limits: { requestsPerDay: 1_000_000_000 } } },
  keys: [{ name: "bench", team: "one", value: key, budget, limits: { tokensPerDay: 1_000_000_000_000 } }],
};
const body = JSON.stringify({
  model: "mock/m",
  max_tokens: 200,
  messages: [{ role: "user", content: "What do stores cost? ".repeat(10) }],
});

const folder = makeFolder();
const env = { SLUICE_MASTER_KEY: randomBytes(32).toString("base64") };
const elsewhere = { control: postgres.url, records: postgres.url, counters: redis.url };

class Side {
  readonly microsARequest: number[] = [];
  requests = 0;
  failed = 0;
  readonly #gateway: GatewayProcess;
  readonly #seconds: number;

  constructor(gateway: GatewayProcess) {
    this.#gateway = gateway;
    this.#seconds = cpuSeconds(gateway.pid);
  }

  /** All that it took since it was there, what it does unasked included. */
  get wholeMicros(): number {
    return ((cpuSeconds(this.#gateway.pid) - this.#seconds) / this.requests) * 1e6;
  }

  async turn(): Promise<void> {
    const before = cpuSeconds(this.#gateway.pid);
    const asked = await this.#load();
    await sleep(takenOverMs);
    this.requests += asked;
    this.microsARequest.push(((cpuSeconds(this.#gateway.pid) - before) / asked) * 1e6);
  }

  async #load(): Promise<number> {
    const end = performance.now() + seconds * 1_000;
    const url = `http://127.0.0.1:${this.#gateway.port}/v1/chat/completions`;
    const headers = { authorization: `Bearer ${key}`, "content-type": "application/json" };
    let asked = 0;
    const client = async () => {
      while (performance.now() < end) {
        const tagged = tags === 0 ? headers : { ...headers, "x-sluice-metadata": `{"feature":"f${asked % tags}"}` };
        const answered = await fetch(url, { method: "POST", headers: tagged, body });
        await answered.arrayBuffer();
        if (answered.status !== 200) this.failed++;
        asked++;
        if (pauseMs > 0) await sleep(pauseMs);
      }
    };
    await Promise.all(Array.from({ length: clients }, client));
    return asked;
  }
}

async function start(name: string, stores: Readonly<Record<string, string>>): Promise<GatewayProcess> {
  mkdirSync(join(folder, name));
  return startGateway({ config: { ...common, stores }, folder: join(folder, name), env });
}

/** What came to the servers: it is no saving where nothing was kept there. */
async function keptElsewhere() {
  const [sql, client] = [new SQL(postgres.url, { max: 1 }), new RedisClient(redis.url)];
  const [row] = await sql.unsafe("SELECT count(*)::int AS records FROM sluice.record_lines");
  const counters = (await client.send("KEYS", ["sluice:*"])) as unknown[];
  await sql.close();
  client.close();
  return { records: row.records as number, counters: counters.length };
}

const gateways = [await start("embedded", {}), await start("elsewhere", elsewhere)] as const;
const warm = gateways.map((gateway) => new Side(gateway));
for (let turn = 0; turn < 4; turn++) for (const side of warm) await side.turn();
const [here, there] = gateways.map((gateway) => new Side(gateway)) as [Side, Side];
const round = (value: number) => Math.round(value * 1_000) / 1_000;
const ratioOf = () =>
  round(
    percentile(
      here.microsARequest.map((micros, turn) => (there.microsARequest[turn] ?? 0) / micros),
      0.5,
    ),
  );
let ratio = 0;
// On a machine that does much else, single turns say little: where the answer is not clear, it goes on for three times as long at most.
for (let turn = 0; turn < turns || (ratio > mostRatio && turn < 3 * turns); turn++) {
  // Whoever is first in one turn is second in the next.
  for (const side of turn % 2 === 0 ? [here, there] : [there, here]) await side.turn();
  ratio = ratioOf();
}
const told = (side: Side) => ({
  cpuMicros: Math.round(percentile(side.microsARequest, 0.5)),
  all: side.microsARequest.map((micros) => Math.round(micros)),
  wholeCpuMicros: Math.round(side.wholeMicros),
  requests: side.requests,
  failed: side.failed,
});
const measured = { embedded: told(here), elsewhere: told(there) };
const ratioOfWholes = round(there.wholeMicros / here.wholeMicros);
for (const gateway of gateways) await gateway.stop();
const kept = await keptElsewhere();
const all = there.requests + (warm[1]?.requests ?? 0);
conclude([
  report({
    id: "stores elsewhere cost little",
    pass: ratio <= mostRatio && here.failed + there.failed === 0,
    measured: { ...measured, ratio, ratioOfWholes },
    limit: { ratio: mostRatio, failed: 0 },
  }),
  report({
    id: "and all was kept there",
    pass: kept.records === all && kept.counters >= 4,
    measured: kept,
    limit: { records: all, counters: 4 },
  }),
]);
await upstream.stop(true);
await Promise.all([redis.remove(), postgres.remove()]);
removeFolder(folder);
process.exit();
