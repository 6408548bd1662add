/**
 * PostgreSQL with the records goes away in every way, under load of two nodes, one of them with two workers: requests go on, and what
 * they came to is there once when it is back.
 *
 * `--seconds N` each way (4; `--long`: 120), `--rate N` requests a second (80).
 */
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { SQL } from "bun";
import { clientKey, type GatewayProcess, makeFolder, removeFolder, startGateway } from "../faults/gateway-process.ts";
import { conclude, isLong, numberOption, type Promised, percentile, report, sleep } from "../faults/promise.ts";
import { startWorkers, workersOf } from "../workers/workers-of.ts";
import { type StoreServer, startPostgres } from "./servers.ts";
import { type SpoiltWay, startToxiproxy } from "./toxiproxy.ts";

const seconds = numberOption("seconds", isLong() ? 120 : 4);
const rate = numberOption("rate", 80);
/** Of the promise: so soon after its return all is there, and so much may the memory grow. */
const replayedWithinSeconds = 60;
const mostGrowthBytes = 20 * 1024 * 1024;

interface Trouble {
  readonly name: string;
  /** At least so long, in seconds. */
  readonly atLeast?: number;
  begin(): Promise<void> | void;
  end(): Promise<void> | void;
}

const server: StoreServer = await startPostgres();
const proxies = await startToxiproxy();
const way: SpoiltWay = await proxies.to(server.port);
const folder = makeFolder();
const config = {
  providers: { demo: {} },
  prices: { "*/*": { input: 1, output: 2 } },
  stores: { records: server.url.replace(`:${server.port}`, `:${way.port}`) },
  drainSeconds: 5,
};
const place = (name: string) => {
  mkdirSync(join(folder, name));
  return join(folder, name);
};
const single = await startGateway({ config, folder: place("single") });
const pair = await startWorkers(2, { config, folder: place("pair") });

/** Requests at a steady rate to both nodes, whatever becomes of those before. */
class Load {
  readonly whole = new Set<string>();
  readonly ms: number[] = [];
  failed = 0;
  readonly #pending = new Set<Promise<void>>();
  #timer: ReturnType<typeof setInterval> | undefined;
  #count = 0;

  begin(): void {
    this.#timer = setInterval(() => {
      const one: Promise<void> = this.#one(this.#count++ % 2 === 0 ? single : pair).finally(() => this.#pending.delete(one));
      this.#pending.add(one);
    }, 1_000 / rate);
  }

  async end(): Promise<void> {
    clearInterval(this.#timer);
    await Promise.all(this.#pending);
  }

  async #one({ port }: GatewayProcess): Promise<void> {
    const begun = performance.now();
    try {
      const answer = await fetch(`http://127.0.0.1:${port}/v1/chat/completions`, {
        method: "POST",
        headers: { authorization: `Bearer ${clientKey}`, "content-type": "application/json" },
        body: JSON.stringify({ model: "demo/echo", messages: [{ role: "user", content: `number ${this.#count}` }] }),
      });
      await answer.text();
      if (answer.status !== 200) throw new Error(`${answer.status}`);
      this.whole.add(answer.headers.get("x-sluice-request-id") ?? "");
      this.ms.push(performance.now() - begun);
    } catch {
      this.failed++;
    }
  }
}

/** Somebody who does the same again and again. */
function meddling(name: string, everyMs: number, turn: (sql: SQL) => Promise<unknown>): Trouble {
  let goesOn = true;
  let ended: Promise<void> | undefined;
  return {
    name,
    begin() {
      ended = (async () => {
        const sql = new SQL(server.url, { max: 1 });
        while (goesOn) {
          await turn(sql);
          await sleep(everyMs);
        }
        await sql.close();
      })();
    },
    async end() {
      goesOn = false;
      await ended;
    },
  };
}

/** Answers to statements get lost. */
const endConnections =
  "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'";

/** Takes what the drains take, the other way round: the server refuses whoever has waited longest. */
const deadlock = (sql: SQL) =>
  sql
    .begin(async (transaction) => {
      await transaction.unsafe("SELECT 1 FROM sluice.rollups FOR UPDATE");
      await sleep(300);
      await transaction.unsafe("UPDATE sluice.journal_positions SET bytes = bytes");
    })
    .catch(() => undefined);

async function deadlocks(): Promise<number> {
  const sql = new SQL(server.url, { max: 1 });
  const [row] = await sql.unsafe("SELECT sum(deadlocks)::int AS count FROM pg_stat_database");
  await sql.close();
  return row.count;
}

const troubles: readonly Trouble[] = [
  { name: "stopped", atLeast: 12, begin: () => server.stop(), end: () => server.start() },
  { name: "killed", begin: () => server.kill(), end: () => server.start() },
  { name: "hung", begin: () => server.hang(), end: () => server.resume() },
  { name: "in a black hole", begin: () => way.spoil("timeout", { timeout: 0 }), end: () => way.heal() },
  { name: "slow", begin: () => way.spoil("latency", { latency: 2_000 }), end: () => way.heal() },
  { name: "resetting", begin: () => way.spoil("reset_peer", { timeout: 0 }), end: () => way.heal() },
  meddling("ending connections", 20, (sql) => sql.unsafe(endConnections)),
  meddling("deadlocks", 10, deadlock),
];

const load = new Load();
const promised: Promised[] = [];

async function sums() {
  const sql = new SQL(server.url, { max: 1 });
  try {
    const [row] =
      await sql.unsafe(`SELECT (SELECT count(*) FROM sluice.record_lines)::int AS lines, (SELECT count(DISTINCT id) FROM sluice.record_lines)::int AS ids,
      (SELECT COALESCE(sum(requests), 0) FROM sluice.rollups)::int AS counted, (SELECT COALESCE(sum(cost_nanos), 0) FROM sluice.rollups)::text AS summed,
      (SELECT COALESCE(sum(cost_nanos), 0) FROM sluice.records)::text AS cost`);
    return row as { lines: number; ids: number; counted: number; summed: string; cost: string };
  } finally {
    await sql.close();
  }
}

const resident = (pid: number) => 1024 * Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]);
const cpuSeconds = (pid: number) => {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
  return (Number(fields[11]) + Number(fields[12])) / 100;
};
const get = async (path: string) => (await fetch(`http://127.0.0.1:${single.port}${path}`)).text();

async function suffer(trouble: Trouble): Promise<void> {
  const before = load.whole.size;
  const grown = [single.pid, ...workersOf(pair)].map((pid) => ({ pid, bytes: resident(pid) }));
  load.ms.length = 0;
  load.failed = 0;
  await trouble.begin();
  const lastsSeconds = Math.max(seconds, trouble.atLeast ?? 0);
  load.begin();
  await sleep(lastsSeconds * 1_000);
  await load.end();
  const answered = load.whole.size - before;
  const waits = { ready: await get("/readyz"), bytes: Number(/^sluice_journal_backlog_bytes (\d+)/m.exec(await get("/metrics"))?.[1]) };
  const idleFrom = cpuSeconds(single.pid);
  await sleep(1_000);
  const idleCpu = cpuSeconds(single.pid) - idleFrom;
  await trouble.end();
  const healed = performance.now();
  let found = await sums();
  while ((found.lines < load.whole.size || found.counted < load.whole.size) && performance.now() - healed < replayedWithinSeconds * 1_000) {
    await sleep(100);
    found = await sums();
  }
  const replayedSeconds = (performance.now() - healed) / 1_000;
  // What comes twice comes late.
  await sleep(500);
  found = await sums();
  const growth = Math.max(...grown.map(({ pid, bytes }) => resident(pid) - bytes));
  const exact =
    found.lines === load.whole.size && found.ids === found.lines && found.counted === found.lines && found.summed === found.cost;
  const told = trouble.atLeast === undefined || (waits.ready.includes('"degraded":["records"]') && waits.bytes > 0);
  promised.push(
    report({
      id: `records-away: ${trouble.name}`,
      pass: exact && told && load.failed === 0 && answered > lastsSeconds * rate * 0.3 && growth < mostGrowthBytes && idleCpu < 0.5,
      measured: {
        seconds: lastsSeconds,
        answered,
        failed: load.failed,
        p99Ms: Math.round(percentile(load.ms, 0.99)),
        waited: waits,
        replayedSeconds: Number(replayedSeconds.toFixed(1)),
        growthMb: Number((growth / 2 ** 20).toFixed(1)),
        idleCpuSeconds: idleCpu,
        all: load.whole.size,
        found,
      },
      limit: { failed: 0, lines: load.whole.size, replayedSeconds: replayedWithinSeconds, growthMb: 20 },
    }),
  );
}

load.begin();
await sleep(2_000);
await load.end();
await sleep(1_500);
for (const trouble of troubles) await suffer(trouble);
await Promise.all([single.stop(), pair.stop()]);
const end = await sums();
promised.push(
  report({
    id: "records-away: two nodes on one PostgreSQL, one with two workers",
    pass: end.counted === load.whole.size && end.lines === load.whole.size,
    measured: { all: load.whole.size, ...end },
    limit: "equal",
  }),
);
const refused = await deadlocks();
promised.push(report({ id: "records-away: there were deadlocks", pass: refused > 0, measured: refused, limit: "> 0" }));
conclude(promised);
await proxies.close();
await server.remove();
removeFolder(folder);
process.exit();
