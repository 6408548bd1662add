/**
 * The servers of the counters fail in every way, under load of two gateways, one on Redis or Valkey, one on PostgreSQL, that let requests
 * pass meanwhile: none waits longer than those of a gateway beside for more than two seconds, the processes do not grow, and what was
 * used is told exactly when the servers are back.
 *
 * `--seconds N` each way (5; `--long`: 120), `--rate N` requests a second (80).
 */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { makeFolder, removeFolder, startGateway } from "../faults/gateway-process.ts";
import { conclude, isLong, numberOption, type Promised, report, sleep } from "../faults/promise.ts";
import { adminKey } from "../gitops/gateway-process.ts";
import { type StoreServer, startPostgres, startRedis } from "./servers.ts";
import { addedMs, promisedWaits, SteadyLoad, waitsAsPromised } from "./steady-load.ts";
import { startToxiproxy } from "./toxiproxy.ts";
import { troublesOf } from "./troubles.ts";

const seconds = numberOption("seconds", isLong() ? 120 : 5);
const rate = numberOption("rate", 80);
/** Of the promise. */
const replayedWithinSeconds = 60;
const mostGrowthBytes = 20 * 1024 * 1024;

const [redis, postgres, proxies] = await Promise.all([startRedis(), startPostgres(), startToxiproxy()]);
const servers: readonly StoreServer[] = [redis, postgres];
const ways = await Promise.all(servers.map((server) => proxies.to(server.port)));
const folder = makeFolder();
const budget = { usd: 1_000, per: "month" };
const limits = { requestsPerDay: 1_000_000 };
const embedded = { providers: { demo: { budget, limits } }, prices: { "*/*": { input: 1, output: 2 } }, drainSeconds: 5 };

function start(name: string, stores?: Readonly<Record<string, unknown>>) {
  mkdirSync(join(folder, name));
  return startGateway({
    config: { ...embedded, ...(stores && { stores }) },
    folder: join(folder, name),
    env: { SLUICE_ADMIN_KEY: adminKey },
  });
}

const onLoss = { limits: "allow", budgets: "allow" };
const gateways = await Promise.all(
  servers.map(({ url, port }, at) => start(`on-${at}`, { counters: url.replace(`:${port}`, `:${ways[at]?.port}`), onLoss })),
);
const beside = await start("beside");
const load = new SteadyLoad(gateways, beside, rate);

/** What is counted of requests, as the admin API tells; undefined while the server does not answer. */
async function countedAt(which: number): Promise<number | undefined> {
  const url = `http://127.0.0.1:${gateways[which]?.port}/admin/v1/limits`;
  const answer = await fetch(url, { headers: { authorization: `Bearer ${adminKey}` } });
  const listed = (await answer.json()) as { data?: { measure: string; used: number }[] };
  return listed.data?.find(({ measure }) => measure === "requests")?.used;
}

async function suffer(name: string): Promise<Promised> {
  const troubles = servers.map((server, at) => troublesOf(server, ways[at] as (typeof ways)[number], [name])[0]);
  const before = [...gateways, beside].map((gateway) => gateway.residentBytes());
  for (const trouble of troubles) await trouble?.begin();
  load.begin();
  await sleep(seconds * 1_000);
  const fared = await load.end();
  const added = addedMs(fared, promisedWaits.endAfterMs);
  const grown = [...gateways, beside].map((gateway, at) => gateway.residentBytes() - (before[at] ?? 0));
  // What the load alone makes of a process is seen at the one beside.
  const growth = Math.max(...grown.slice(0, -1)) - Math.max(0, grown.at(-1) ?? 0);
  for (const trouble of troubles) await trouble?.end();
  const healed = performance.now();
  const all = load.whole.map(({ size }) => size);
  let counted = await Promise.all(gateways.map((_, at) => countedAt(at)));
  while (`${counted}` !== `${all}` && performance.now() - healed < replayedWithinSeconds * 1_000) {
    await sleep(250);
    counted = await Promise.all(gateways.map((_, at) => countedAt(at)));
  }
  const replayedSeconds = Number(((performance.now() - healed) / 1_000).toFixed(1));
  const exact = `${counted}` === `${all}`;
  return report({
    id: `counters-away: ${name}`,
    pass: exact && fared.failed === 0 && waitsAsPromised(added) && fared.asked.length > seconds * rate * 0.3 && growth < mostGrowthBytes,
    measured: {
      seconds,
      answered: fared.asked.length,
      failed: fared.failed,
      addedMs: added,
      growthMb: Number((growth / 2 ** 20).toFixed(1)),
      ofEachMb: grown.map((bytes) => Number((bytes / 2 ** 20).toFixed(1))),
      replayedSeconds,
      all,
      counted,
    },
    limit: { failed: 0, counted: all, replayedSeconds: replayedWithinSeconds, growthMb: 20, ...promisedWaits },
  });
}

load.begin();
await sleep(4_000);
await load.end();
const promised: Promised[] = [];
for (const name of ["stopped", "hung", "in a black hole", "slow", "a little too slow", "resetting"]) promised.push(await suffer(name));
conclude(promised);
await Promise.all([...gateways, beside].map((gateway) => gateway.stop()));
await proxies.close();
for (const server of servers) await server.remove();
removeFolder(folder);
process.exit();
