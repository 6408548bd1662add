/**
 * What an `Idempotency-Key` costs: the same requests without a key, each with a key of its own, and again with a key that was answered
 * before, whole and streamed, by turns, so that what else the machine does falls on all alike. Measured is the processor time of the
 * gateway, from the begin of a turn until its records are taken over, and how long one request at a time takes. Beside it stands a gateway
 * that ignores the header. One line of JSON for each promise; what counts are the ratios to requests without a key.
 *
 * `bun bench/repeats.ts [--turns N] [--seconds N] [--clients N] [--redis]` (9 of 1 s, 16 clients that ask at once again; counters in the
 * data folder)
 */
import { mkdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { type GatewayProcess, makeFolder, removeFolder, startGateway } from "../test/faults/gateway-process.ts";
import { conclude, numberOption, percentile, report, sleep } from "../test/faults/promise.ts";
import { startRedis } from "../test/stores/servers.ts";
import { plainAnswer } from "./plain-answer.ts";
import { cpuSeconds } from "./process-time.ts";

const turns = numberOption("turns", 9);
const seconds = numberOption("seconds", 1);
const clients = numberOption("clients", 16);
/** Longer than records wait for company. */
const takenOverMs = 400;
const oneByOne = 60;

let upstreamCalls = 0;
const events = Array.from({ length: 20 }, (_, at) =>
  chunk({ choices: [{ index: 0, delta: { content: `word ${at} ` }, finish_reason: null }] }),
);
const ending = chunk({ choices: [{ index: 0, delta: {}, finish_reason: "stop" }] });
const usage = chunk({ choices: [], usage: { prompt_tokens: 10, completion_tokens: 40, total_tokens: 50 } });
const streamedAnswer = `${events.join("")}${ending}${usage}data: [DONE]\n\n`;
const upstream = Bun.serve({
  port: 0,
  hostname: "127.0.0.1",
  async fetch(request) {
    const { stream } = (await request.json()) as { stream?: boolean };
    upstreamCalls++;
    const type = stream === true ? "text/event-stream" : "application/json";
    return new Response(stream === true ? streamedAnswer : plainAnswer, { headers: { "content-type": type } });
  },
});

function chunk(rest: object): string {
  return `data: ${JSON.stringify({ id: "c", object: "chat.completion.chunk", created: 1, model: "m", ...rest })}\n\n`;
}

const key = "sk-sluice-bench-of-repeats-0123456789abcdef";
const redis = process.argv.includes("--redis") ? await startRedis() : undefined;
const folder = makeFolder();

async function start(name: string, idempotency: object): Promise<GatewayProcess> {
  mkdirSync(join(folder, name));
  const providers = {
    mock: { type: "openai-compatible", baseUrl: `http://127.0.0.1:${upstream.port}/v1`, apiKey: "upstream-key-of-the-bench" },
  };
  const keys = [{ name: "bench", value: key }];
  const stores = redis ? { counters: redis.url } : {};
  return startGateway({
    config: { providers, keys, stores, prices: { "mock/*": { input: 1, output: 1 } }, idempotency },
    folder: join(folder, name),
  });
}

type Kind = "ignored" | "without" | "first" | "again";

/** One kind of requests, and what its turns came to. */
class Side {
  readonly microsARequest: number[] = [];
  readonly medianMs: number[] = [];
  requests = 0;
  failed = 0;
  replayed = 0;
  readonly #gateway: GatewayProcess;
  readonly #kind: Kind;
  readonly #stream: boolean;
  /** Of keys that were sent already. */
  #sent = 0;

  constructor(gateway: GatewayProcess, kind: Kind, stream: boolean) {
    this.#gateway = gateway;
    this.#kind = kind;
    this.#stream = stream;
  }

  async turn(): Promise<void> {
    const before = cpuSeconds(this.#gateway.pid);
    const asked = await this.#load();
    await sleep(takenOverMs);
    this.microsARequest.push(((cpuSeconds(this.#gateway.pid) - before) / asked) * 1e6);
    const took: number[] = [];
    for (let at = 0; at < oneByOne; at++) {
      const begun = performance.now();
      await this.#ask();
      took.push(performance.now() - begun);
    }
    this.medianMs.push(percentile(took, 0.5));
  }

  forget(): void {
    for (const list of [this.microsARequest, this.medianMs]) list.length = 0;
  }

  async #load(): Promise<number> {
    const end = performance.now() + seconds * 1_000;
    let asked = 0;
    const client = async () => {
      for (; performance.now() < end; asked++) await this.#ask();
    };
    await Promise.all(Array.from({ length: clients }, client));
    return asked;
  }

  async #ask(): Promise<void> {
    const name = `${this.#stream}-${this.#kind === "again" ? `again-${this.#sent++ % 50}` : `first-${this.#sent++}`}`;
    const headers = {
      authorization: `Bearer ${key}`,
      "content-type": "application/json",
      ...(this.#kind !== "without" && { "idempotency-key": name }),
    };
    const messages = [{ role: "user", content: "What does a key cost? ".repeat(10) }];
    const body = JSON.stringify({ model: "mock/m", max_tokens: 200, messages, ...(this.#stream && { stream: true }) });
    const answered = await fetch(`http://127.0.0.1:${this.#gateway.port}/v1/chat/completions`, { method: "POST", headers, body });
    await answered.arrayBuffer();
    this.requests++;
    if (answered.status !== 200) this.failed++;
    if (answered.headers.get("idempotent-replayed") === "true") this.replayed++;
  }
}

const counting = await start("counting", { maxKeysPerCaller: 10_000_000, maxBytes: 1_099_511_627_776 });
const ignoring = await start("ignoring", { enabled: false });
const kinds = ["ignored", "without", "first", "again"] as const;
const sides = [false, true].map(
  (stream) =>
    Object.fromEntries(kinds.map((kind) => [kind, new Side(kind === "ignored" ? ignoring : counting, kind, stream)])) as Record<Kind, Side>,
);
const all = sides.flatMap((each) => Object.values(each));
// A process that has answered more is faster: the one that ignores keys is to have answered as many as the other.
for (const side of all)
  for (let turn = 0; turn < (side === sides[0]?.ignored || side === sides[1]?.ignored ? 6 : 2); turn++) await side.turn();
for (const side of all) side.forget();
for (let turn = 0; turn < turns; turn++) for (const side of turn % 2 === 0 ? all : all.toReversed()) await side.turn();

const round = (value: number) => Math.round(value * 100) / 100;
const ratios = (of: readonly number[], to: readonly number[]) =>
  round(
    percentile(
      of.map((value, turn) => value / (to[turn] ?? Number.NaN)),
      0.5,
    ),
  );
for (const gateway of [counting, ignoring]) await gateway.stop();
const firsts = sides.reduce((sum, { first }) => sum + first.requests, 0);
const keptBytes = statSync(join(counting.folder, "data", "counters.db"), { throwIfNoEntry: false })?.size ?? 0;
const asked = all.reduce((sum, { requests }) => sum + requests, 0);
const replayed = all.reduce((sum, side) => sum + side.replayed, 0);
conclude([
  ...sides.map((each, at) =>
    report({
      id: at === 0 ? "whole" : "streamed",
      pass: Object.values(each).every(({ failed }) => failed === 0),
      measured: Object.fromEntries(
        kinds.map((kind) => {
          const { microsARequest, medianMs, requests, failed } = each[kind];
          const cpuRatio = ratios(microsARequest, each.without.microsARequest);
          const timeRatio = ratios(medianMs, each.without.medianMs);
          return [kind, { cpuRatio, timeRatio, cpuMicros: Math.round(percentile(microsARequest, 0.5)), requests, failed }];
        }),
      ),
      limit: { failed: 0 },
    }),
  ),
  report({
    id: "and nobody was asked twice",
    pass: upstreamCalls === asked - replayed && replayed === sides.reduce((sum, { again }) => sum + again.requests - 50, 0),
    measured: { asked, upstreamCalls, replayed, ...(!redis && { bytesAKey: Math.round(keptBytes / firsts) }) },
    limit: "each key asked its provider once",
  }),
]);
await upstream.stop(true);
await redis?.remove();
removeFolder(folder);
process.exit();
