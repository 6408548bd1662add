/**
 * Kills the gateway at random moments under load, restarts it, and compares what clients got whole with the ledger.
 *
 * `--kills N` (50), `--rate N` requests a second (100), `--most-ms N` of life between two kills (400), `--seed N`;
 * `--long` is 1,000 kills within 3 s each.
 */
import { startFaultUpstream } from "../upstreams/fault-upstream.ts";
import { type GatewayProcess, type Ledger, makeFolder, readLedger, removeFolder, startGateway } from "./gateway-process.ts";
import { readAnswer } from "./oracle.ts";
import { conclude, isLong, numberOption, randomFrom, report, sleep } from "./promise.ts";
import { ask, bodyFor } from "./raw-client.ts";
import { dialects, providerFor, providersAt } from "./upstream-config.ts";

const kills = numberOption("kills", isLong() ? 1_000 : 50);
const mostMs = numberOption("most-ms", isLong() ? 3_000 : 400);
const rate = numberOption("rate", 100);
const seed = numberOption("seed", Date.now() % 1_000_000);
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
    const answer = await ask({ port, dialect, body: bodyFor(dialect, `${providerFor[dialect]}/ok`, stream), withinMs: 5_000 });
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
  const config = { providers: providersAt(upstream.url), prices, drainSeconds: 5 };
  let gateway: GatewayProcess = await startGateway({ config, folder });
  const { port } = gateway;
  const load = new Load(port, random);
  for (let kill = 0; kill < kills; kill++) {
    await sleep(random() * mostMs);
    await gateway.kill();
    gateway = await startGateway({ config, folder, port });
    upstream.seen.length = 0;
  }
  await sleep(200);
  await load.end();
  await gateway.stop();
  await upstream.close();
  judge(load, await readLedger(folder));
  removeFolder(folder);
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
  conclude([
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
  ]);
}

await main();
