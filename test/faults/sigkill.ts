/**
 * Kills the gateway at random moments under load, restarts it, and compares what clients got whole, and what the upstream was asked,
 * with the ledger. With `--workers N` one of its workers is killed each time, and comes back by itself.
 *
 * With `--postgres` control, records and counters are in a PostgreSQL of its own.
 *
 * `--kills N` (50), `--rate N` requests a second (100), `--most-ms N` of life between two kills (400), `--seed N`;
 * `--long` is 1,000 kills within 3 s each.
 */
import { startPostgres } from "../stores/servers.ts";
import { startFaultUpstream } from "../upstreams/fault-upstream.ts";
import { startWorkers, workersOf } from "../workers/workers-of.ts";
import { type GatewayProcess, type Ledger, makeFolder, readLedger, removeFolder, startGateway } from "./gateway-process.ts";
import { readAnswer } from "./oracle.ts";
import { conclude, isLong, numberOption, type Promised, randomFrom, report, sleep, until } from "./promise.ts";
import { ask, bodyFor } from "./raw-client.ts";
import { dialects, providerFor, providersAt } from "./upstream-config.ts";

const kills = numberOption("kills", isLong() ? 1_000 : 50);
const mostMs = numberOption("most-ms", isLong() ? 3_000 : 400);
const rate = numberOption("rate", 100);
const workers = numberOption("workers", 0);
const seed = numberOption("seed", Date.now() % 1_000_000);
/** A supervisor waits longer after each death of a worker: after so many the gateway is stopped, and one that has seen none goes on. */
const deathsOfOne = 5;
/** 11 tokens in and 7 out, as the upstream always reports, at 1 and 2 dollars a million. */
const costNanos = 25_000;

/** Requests at a steady rate, whether or not a gateway is there to answer. */
class Load {
  readonly whole: string[] = [];
  asked = 0;
  readonly #pending = new Set<Promise<void>>();
  readonly #timer: ReturnType<typeof setInterval>;

  constructor(port: number, random: () => number) {
    const send = () => {
      const dialect = dialects[this.asked++ % dialects.length] ?? "openai-chat";
      const one = this.#one(port, dialect, random() < 0.5).finally(() => this.#pending.delete(one));
      this.#pending.add(one);
    };
    this.#timer = setInterval(send, 1_000 / rate);
  }

  async #one(port: number, dialect: (typeof dialects)[number], stream: boolean): Promise<void> {
    const number = `n${this.asked}`;
    const headers = { "x-sluice-metadata": JSON.stringify({ number }) };
    const body = bodyFor(dialect, `${providerFor[dialect]}/ok`, stream, `asked as ${number}.`);
    const answer = await ask({ port, dialect, headers, body, withinMs: 5_000 });
    const { kind, marks } = readAnswer({ client: dialect, stream }, answer);
    const id = answer.headers["x-sluice-request-id"];
    // Whole for its reader: all of the JSON, or the terminal event, however the connection ended behind it.
    if (answer.status === 200 && id !== undefined && kind !== "error-in-band" && marks.end) this.whole.push(id);
  }

  async end(): Promise<void> {
    clearInterval(this.#timer);
    await Promise.all(this.#pending);
  }
}

async function main(): Promise<void> {
  process.stdout.write(`seed ${seed}: ${kills} kills, ${rate} requests a second\n`);
  const random = randomFrom(seed);
  const upstream = await startFaultUpstream();
  const folder = makeFolder();
  const prices = { "*/*": { input: 1, output: 2 } };
  const postgres = process.argv.includes("--postgres") ? await startPostgres() : undefined;
  const stores = postgres && { stores: { control: postgres.url, records: postgres.url, counters: postgres.url } };
  const config = { providers: providersAt(upstream.url), prices, drainSeconds: 5, ...stores };
  const start = (port?: number) => {
    const options = { config, folder, ...(port !== undefined && { port }) };
    return workers > 0 ? startWorkers(workers, options) : startGateway(options);
  };
  let gateway: GatewayProcess = await start();
  const { port } = gateway;
  const load = new Load(port, random);
  const reached: string[] = [];
  const collect = () => {
    for (const { body } of upstream.seen.splice(0)) reached.push(/asked as (n\d+)\./.exec(body)?.[1] ?? body);
  };
  for (let kill = 0; kill < kills; kill++) {
    await sleep(random() * mostMs);
    if (workers > 0) await killOne(gateway, random);
    else await gateway.kill();
    const isLast = workers === 0 || (kill + 1) % deathsOfOne === 0;
    if (isLast) {
      await gateway.stop();
      gateway = await start(port);
    }
    collect();
  }
  await sleep(200);
  await load.end();
  await gateway.stop();
  collect();
  await upstream.close();
  const ledger = await readLedger(folder, postgres?.url);
  judge(load, ledger);
  judgeAsked(reached, ledger);
  conclude(promised);
  removeFolder(folder);
  await postgres?.remove();
}

/** Kills a worker, and waits until as many serve as before. */
async function killOne(gateway: GatewayProcess, random: () => number): Promise<void> {
  const pids = workersOf(gateway);
  process.kill(pids[Math.floor(random() * pids.length)] ?? 0, "SIGKILL");
  await until(() => workersOf(gateway).length < workers, 1_000);
  if (!(await until(() => workersOf(gateway).length === workers, 60_000)))
    throw new Error(`No worker came back: ${gateway.log().slice(-1_000)}`);
}

const promised: Promised[] = [];

/** Of each request that the upstream has seen there is one record: as it ended, or that its process died. */
function judgeAsked(reached: readonly string[], { records }: Ledger): void {
  const rows = new Map<string, number>();
  let expired = 0;
  for (const { detail, outcome } of records.values()) {
    const number = String(detail.metadata?.number);
    rows.set(number, (rows.get(number) ?? 0) + 1);
    if (detail.expired === true && outcome === "failed") expired++;
  }
  const wrong = reached.filter((number) => rows.get(number) !== 1);
  promised.push(
    report({
      id: "sigkill-each-asked-has-one-row",
      // A worker of several seldom dies with a request under way, and of a few kills none may hit one: that some do is for the form of
      // one process and many kills to show.
      pass: wrong.length === 0 && reached.length > kills && (expired > 0 || workers > 0 || kills < 50),
      measured: { reached: reached.length, expired, wrong: wrong.slice(0, 5) },
      limit: { wrong: 0 },
    }),
  );
}

function judge(load: Load, ledger: Ledger): void {
  const records = [...ledger.records.values()];
  const missing = load.whole.filter((id) => !ledger.records.has(id));
  const wrong = load.whole.filter((id) => {
    const record = ledger.records.get(id);
    return record !== undefined && (record.costNanos !== costNanos || record.outcome !== "success");
  });
  const sum = records.reduce((total, record) => total + BigInt(record.costNanos ?? 0), 0n);
  const counts = { kills, asked: load.asked, whole: load.whole.length, records: records.length };
  promised.push(
    report({
      id: "sigkill-nothing-lost",
      pass: missing.length === 0 && wrong.length === 0 && load.whole.length > kills,
      measured: { ...counts, missing: missing.slice(0, 5), wrong: wrong.slice(0, 5), seed },
      limit: { missing: 0, wrong: 0 },
    }),
    report({
      id: "sigkill-nothing-twice",
      pass: ledger.requests === records.length && ledger.costNanos === sum,
      measured: { records: records.length, counted: ledger.requests, costNanos: `${sum}`, summed: `${ledger.costNanos}` },
      limit: "equal",
    }),
  );
}

await main();
