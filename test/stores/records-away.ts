/**
 * PostgreSQL with the records goes away in every way, under load of two nodes, one of them with two workers: requests go on, none later
 * than those of a gateway beside, and what they came to is there once when it is back.
 *
 * `--seconds N` each way (4; `--long`: 120), `--rate N` requests a second (80).
 */
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { SQL } from "bun";
import { makeFolder, removeFolder, startGateway } from "../faults/gateway-process.ts";
import { conclude, isLong, numberOption, type Promised, report, sleep } from "../faults/promise.ts";
import { startWorkers, workersOf } from "../workers/workers-of.ts";
import { type StoreServer, startPostgres } from "./servers.ts";
import { addedMs, promisedWaits, SteadyLoad, waitsAsPromised } from "./steady-load.ts";
import { type SpoiltWay, startToxiproxy } from "./toxiproxy.ts";
import { troublesOf } from "./troubles.ts";

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
const embedded = { providers: { demo: {} }, prices: { "*/*": { input: 1, output: 2 } }, drainSeconds: 5 };
const config = {
  ...embedded,
  stores: { records: server.url.replace(`:${server.port}`, `:${way.port}`) },
};
const place = (name: string) => {
  mkdirSync(join(folder, name));
  return join(folder, name);
};
const single = await startGateway({ config, folder: place("single") });
const pair = await startWorkers(2, { config, folder: place("pair") });
const beside = await startGateway({ config: embedded, folder: place("beside") });

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
  ...troublesOf(server, way).map((trouble) => (trouble.name === "stopped" ? { ...trouble, atLeast: 12 } : trouble)),
  { name: "killed", begin: () => server.kill(), end: () => server.start() },
  meddling("ending connections", 20, (sql) => sql.unsafe(endConnections)),
  meddling("deadlocks", 10, deadlock),
];

const load = new SteadyLoad([single, pair], beside, rate);
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
  const before = load.wholeCount;
  const grown = [single.pid, ...workersOf(pair)].map((pid) => ({ pid, bytes: resident(pid) }));
  await trouble.begin();
  const lastsSeconds = Math.max(seconds, trouble.atLeast ?? 0);
  load.begin();
  await sleep(lastsSeconds * 1_000);
  const fared = await load.end();
  const all = load.wholeCount;
  const answered = all - before;
  const added = addedMs(fared, promisedWaits.endAfterMs);
  const waits = { ready: await get("/readyz"), bytes: Number(/^sluice_journal_backlog_bytes (\d+)/m.exec(await get("/metrics"))?.[1]) };
  const idleFrom = cpuSeconds(single.pid);
  await sleep(1_000);
  const idleCpu = cpuSeconds(single.pid) - idleFrom;
  await trouble.end();
  const healed = performance.now();
  let found = await sums();
  while ((found.lines < all || found.counted < all) && performance.now() - healed < replayedWithinSeconds * 1_000) {
    await sleep(100);
    found = await sums();
  }
  const replayedSeconds = (performance.now() - healed) / 1_000;
  // What comes twice comes late.
  await sleep(500);
  found = await sums();
  const growth = Math.max(...grown.map(({ pid, bytes }) => resident(pid) - bytes));
  const exact = found.lines === all && found.ids === found.lines && found.counted === found.lines && found.summed === found.cost;
  const told = trouble.atLeast === undefined || (waits.ready.includes('"degraded":["records"]') && waits.bytes > 0);
  promised.push(
    report({
      id: `records-away: ${trouble.name}`,
      pass:
        exact &&
        told &&
        fared.failed === 0 &&
        waitsAsPromised(added) &&
        answered > lastsSeconds * rate * 0.3 &&
        growth < mostGrowthBytes &&
        idleCpu < 0.5,
      measured: {
        seconds: lastsSeconds,
        answered,
        failed: fared.failed,
        addedMs: added,
        waited: waits,
        replayedSeconds: Number(replayedSeconds.toFixed(1)),
        growthMb: Number((growth / 2 ** 20).toFixed(1)),
        idleCpuSeconds: idleCpu,
        all,
        found,
      },
      limit: { failed: 0, lines: all, replayedSeconds: replayedWithinSeconds, growthMb: 20, ...promisedWaits },
    }),
  );
}

load.begin();
await sleep(2_000);
await load.end();
await sleep(1_500);
for (const trouble of troubles) await suffer(trouble);
await Promise.all([single.stop(), pair.stop(), beside.stop()]);
const end = await sums();
promised.push(
  report({
    id: "records-away: two nodes on one PostgreSQL, one with two workers",
    pass: end.counted === load.wholeCount && end.lines === load.wholeCount,
    measured: { all: load.wholeCount, ...end },
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
