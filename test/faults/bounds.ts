/**
 * Upstreams that send without measure: packed bombs, lines and chunks without end, slow drips. The gateway's memory must
 * stay bounded, and everybody else must be served meanwhile.
 *
 * `--at-once N` of each kind (4), `--megabytes N` for lines and chunks (64); `--long` is 8 at once of 1,000 MB.
 */

import { startFaultUpstream } from "../upstreams/fault-upstream.ts";
import type { ScriptedDialect } from "../upstreams/scripted-dialect.ts";
import { readLedger, removeFolder, startGateway } from "./gateway-process.ts";
import { openMegabytes } from "./megabytes-upstream.ts";
import { conclude, inParallel, isLong, numberOption, type Promised, percentile, report, sleep } from "./promise.ts";
import { ask, bodyFor, type RawAnswer } from "./raw-client.ts";
import { dialects, providerFor, providersAt } from "./upstream-config.ts";

const atOnce = numberOption("at-once", isLong() ? 8 : 4);
const megabytes = numberOption("megabytes", isLong() ? 1_000 : 64);

interface Kind {
  readonly name: string;
  readonly provider: "faults" | "megabytes";
  readonly model: string;
  readonly stream: boolean;
  readonly limitMB: number;
  good(answer: RawAnswer): boolean;
}

const failed = (answer: RawAnswer) => answer.status >= 500 || (answer.status === 200 && !answer.whole);
const kinds: readonly Kind[] = [
  { name: "gzip-bomb-streamed", provider: "faults", model: "gzip-bomb", stream: true, limitMB: 200, good: () => true },
  { name: "gzip-bomb-whole", provider: "faults", model: "gzip-bomb", stream: false, limitMB: 200 * atOnce, good: failed },
  { name: "gzip-chain", provider: "faults", model: "gzip-chain", stream: true, limitMB: 100, good: failed },
  { name: "giant-line", provider: "megabytes", model: "line", stream: true, limitMB: 32 + 16 * atOnce, good: failed },
  { name: "giant-line-whole", provider: "megabytes", model: "line", stream: false, limitMB: 32 + 200 * atOnce, good: () => true },
  {
    name: "giant-chunk",
    provider: "megabytes",
    model: "chunk",
    stream: true,
    limitMB: 96 + 16 * atOnce,
    good: (answer) => answer.status === 200,
  },
];

async function main(): Promise<void> {
  const faults = await startFaultUpstream();
  const flood = await openMegabytes(megabytes * 1024 * 1024);
  const promises: Promised[] = [];
  for (const kind of kinds) {
    const url = kind.provider === "faults" ? faults.url : flood.url;
    const spare = { spare: { type: "openai-compatible", baseUrl: `${faults.url}/v1`, apiKey: "none-needed-here" } };
    const gateway = await startGateway({ config: { providers: { ...providersAt(url), ...spare }, drainSeconds: 1 } });
    const { port } = gateway;
    for (let warm = 0; warm < 20; warm++) await ask({ port, dialect: "openai-chat", body: bodyFor("openai-chat", "spare/ok", true) });
    const before = gateway.residentBytes();
    let most = before;
    let over = false;
    const watching = (async () => {
      for (; !over; await sleep(20)) most = Math.max(most, gateway.residentBytes());
    })();
    const waits: number[] = [];
    const others = (async () => {
      for (; !over; await sleep(20)) {
        const startMs = performance.now();
        await ask({ port, dialect: "openai-chat", body: bodyFor("openai-chat", "spare/ok", false) });
        waits.push(performance.now() - startMs);
      }
    })();
    const answers: RawAnswer[] = [];
    await inParallel(Array.from({ length: atOnce }), atOnce, async (_, index) => {
      const dialect: ScriptedDialect = dialects[index % dialects.length] ?? "openai-chat";
      const body = bodyFor(dialect, `${providerFor[dialect]}/${kind.model}`, kind.stream);
      answers.push(await ask({ port, dialect, body, withinMs: 120_000 }));
    });
    over = true;
    await Promise.all([watching, others]);
    const alive = gateway.alive();
    await gateway.stop();
    const ledger = await readLedger(gateway.folder);
    removeFolder(gateway.folder);
    const good = answers.filter((answer) => answer.ended !== "never" && kind.good(answer)).length;
    const grownMB = Math.round((most - before) / 1e6);
    const records = ledger.requests - 20 - waits.length;
    promises.push(
      report({
        id: `bounds-${kind.name}`,
        pass: alive && good === atOnce && grownMB < kind.limitMB && records === atOnce,
        measured: {
          grownMB,
          statuses: answers.map(({ status }) => status),
          good,
          records,
          alive,
          othersP99Ms: Math.round(percentile(waits, 0.99)),
        },
        limit: { grownMB: kind.limitMB, good: atOnce, records: atOnce },
      }),
    );
  }
  await faults.close();
  flood.close();
  conclude(promises);
}

await main();
