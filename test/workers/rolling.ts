/**
 * Replaces all workers again and again, and changes the config meanwhile, every second time for one that is wrong, under a load of
 * short requests and long streams.
 *
 * `--restarts N` (3), `--reloads N` (60), `--workers N` (2), `--drain-seconds N` (300), which streams must not outlast even where other
 * programs slow them down; `--long` is 20 restarts and 1,000 reloads.
 */
import { removeFolder } from "../faults/gateway-process.ts";
import { conclude, isLong, numberOption, percentile, report, sleep, until } from "../faults/promise.ts";
import { startTextUpstream } from "../faults/text-upstream.ts";
import { providersAt } from "../faults/upstream-config.ts";
import { type Asked, type Got, post, SteadyClients } from "./load.ts";
import { replaceAll, startWorkers, workersOf, writeConfig } from "./workers-of.ts";

const restarts = numberOption("restarts", isLong() ? 20 : 3);
const reloads = numberOption("reloads", isLong() ? 1_000 : 60);
const workers = numberOption("workers", 2);
const drainSeconds = numberOption("drain-seconds", 300);

const upstream = await startTextUpstream();
const long = `chat/${upstream.add({ pieces: Array.from({ length: 5_000 }, (_, at) => `word ${at} `) })}`;
const short = `chat/${upstream.add({ pieces: ["Well."] })}`;
const first = { providers: providersAt(upstream.url), models: { steady: short }, drainSeconds };
const gateway = await startWorkers(workers, { config: first });

/** What each kind of request gets while nothing happens; ids and times differ. */
const quiet = new Map<string, string>();
const kind = ({ model, stream }: Asked) => `${model} ${stream}`;
const plain = (body: string) => body.replaceAll(/"created":\d+/g, "").replaceAll(/"id":"[^"]*"/g, "");
for (const asked of [short, "steady", long].flatMap((model) => [true, false].map((stream) => ({ model, stream }))))
  quiet.set(kind(asked), plain((await post(gateway.port, asked)).body));

const isGood = (asked: Asked, got: Got) =>
  got.status === 200 && got.error === undefined && plain(got.body) === quiet.get(kind(asked)) && got.body.length > 20;
const clients = new SteadyClients(gateway.port, isGood);
clients.start(4, { model: "steady", stream: false }, true);
clients.start(4, { model: short, stream: true }, true, 3);
clients.start(2, { model: "steady", stream: false }, false, 2);
const streams = new SteadyClients(gateway.port, isGood);
streams.start(20, { model: long, stream: true }, true, 50);

/** One wrong in a way of its own each time. */
const wrongs: readonly Readonly<Record<string, unknown>>[] = [
  { ...first, modles: {} },
  { ...first, models: { steady: "nobody/there" } },
  { ...first, providers: { chat: { type: "openai-compatible", baseUrl: "no url" } } },
  { ...first, drainSeconds: "long" },
];
let known = 0;
const tookMs: number[] = [];
const restarting = (async () => {
  for (let restart = 0; restart < restarts; restart++) {
    await sleep(1_000);
    await replaceAll(gateway);
  }
})();
for (let reload = 0; reload < reloads; reload++) {
  if (reload % 2 === 1) {
    writeConfig(gateway, wrongs[(reload >> 1) % wrongs.length] ?? {});
    await sleep(120);
    continue;
  }
  const name = `generation-${reload}`;
  writeConfig(gateway, { ...first, models: { steady: short, [name]: short } });
  const since = performance.now();
  // Each try is another connection, so that chance leads it to every worker.
  for (let row = 0; row < 8 && performance.now() - since < 20_000; ) {
    row = (await post(gateway.port, { model: name, stream: false })).status === 200 ? row + 1 : 0;
    if (row === 0) await sleep(10);
  }
  known++;
  tookMs.push(performance.now() - since);
}
await restarting;
await clients.end();
await streams.end();
await until(() => workersOf(gateway).length === workers, 15_000);
const left = workersOf(gateway).length;
await gateway.stop();
await upstream.close();
removeFolder(gateway.folder);

const measured = { restarts, reloads, workers };
conclude([
  report({
    id: "rolling-no-request-fails",
    pass: clients.failures.length === 0 && clients.asked > 100,
    measured: { ...measured, asked: clients.asked, failed: clients.failures.length, first: clients.failures.slice(0, 3) },
    limit: { failed: 0 },
  }),
  report({
    id: "rolling-streams-are-whole",
    pass: streams.failures.length === 0 && streams.asked >= 20,
    measured: {
      streams: streams.asked,
      cutOrOther: streams.failures.length,
      first: streams.failures.slice(0, 2).map(({ error, status, body }) => ({ error, status, length: body.length })),
    },
    limit: { cutOrOther: 0 },
  }),
  report({
    id: "rolling-configs-are-known-everywhere",
    pass: known === Math.ceil(reloads / 2) && percentile(tookMs, 0.98) < 3_000 && left === workers,
    measured: {
      good: known,
      p50Ms: Math.round(percentile(tookMs, 0.5)),
      p98Ms: Math.round(percentile(tookMs, 0.98)),
      mostMs: Math.round(percentile(tookMs, 1)),
      workersAtTheEnd: left,
    },
    limit: { p98Ms: 3_000 },
  }),
]);
process.exit();
