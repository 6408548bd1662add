/**
 * Crowds of first requests on limits and budgets that several workers share, and a worker that is killed with a share in hand.
 *
 * `--workers N` (4), `--crowd N` (500)
 */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { readLedger, removeFolder } from "../faults/gateway-process.ts";
import { conclude, numberOption, report, sleep } from "../faults/promise.ts";
import { providersAt } from "../faults/upstream-config.ts";
import { send } from "./load.ts";
import { startWorkers, workersOf } from "./workers-of.ts";

const workers = numberOption("workers", 4);
const crowd = numberOption("crowd", 500);

/** How often each model was asked for. */
const reached = new Map<string, number>();
const usage = { prompt_tokens: 10, completion_tokens: 10, total_tokens: 20 };
let holdMs = 30;
const upstream = createServer(async (request, response) => {
  const body = Buffer.concat(await Array.fromAsync(request as AsyncIterable<Buffer>)).toString();
  const { model, stream } = JSON.parse(body) as { model: string; stream?: boolean };
  reached.set(model, (reached.get(model) ?? 0) + 1);
  await sleep(holdMs);
  if (request.url?.endsWith("/embeddings")) {
    const data = [{ object: "embedding", index: 0, embedding: [0.1, 0.2] }];
    response.setHeader("content-type", "application/json").end(JSON.stringify({ object: "list", model, data, usage }));
    return;
  }
  const choice = { index: 0, finish_reason: "stop" };
  if (stream !== true) {
    const choices = [{ ...choice, message: { role: "assistant", content: "Well." } }];
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify({ id: "c", object: "chat.completion", created: 1, model, choices, usage }));
    return;
  }
  response.setHeader("content-type", "text/event-stream");
  const chunk = (rest: object) => `data: ${JSON.stringify({ id: "c", object: "chat.completion.chunk", created: 1, model, ...rest })}\n\n`;
  response.write(chunk({ choices: [{ index: 0, delta: { role: "assistant", content: "Well." }, finish_reason: null }] }));
  response.write(chunk({ choices: [{ ...choice, delta: {} }], usage }));
  response.end("data: [DONE]\n\n");
});
await new Promise<void>((resolve) => upstream.listen(0, "127.0.0.1", 4_096, resolve));
const providers = providersAt(`http://127.0.0.1:${(upstream.address() as AddressInfo).port}`);

const modes = ["whole", "stream", "embeddings"] as const;
type Mode = (typeof modes)[number];
const keyOf = (name: string) => `sk-sluice-crowd-${name}-4k9w2m7qx8`;
const keys = [
  ...modes.map((mode) => ({ name: mode, value: keyOf(mode), limits: { requestsPerDay: 10 } })),
  ...modes.map((mode) => ({ name: `usd-${mode}`, value: keyOf(`usd-${mode}`), budget: { usd: 0.01, per: "day" } })),
  { name: "held", value: keyOf("held"), limits: { requestsPerDay: 100 } },
];
/** Dollars a million: a request that may answer 100 tokens costs at most some thousandths of a dollar. */
const prices = { "*/*": { input: 1, output: 20 } };
const gateway = await startWorkers(workers, { config: { providers, prices, keys, drainSeconds: 5 } });

async function ask(key: string, mode: Mode, model: string): Promise<number> {
  const chat = { model: `chat/${model}`, stream: mode === "stream", max_tokens: 100, messages: [{ role: "user", content: "hi" }] };
  const [path, body] = mode === "embeddings" ? ["/v1/embeddings", { model: `chat/${model}`, input: "hi" }] : ["/v1/chat/completions", chat];
  return (await send(gateway.port, path, JSON.stringify(body), undefined, keyOf(key))).status;
}

async function crowded(key: string, mode: Mode): Promise<{ readonly upstream: number; readonly good: number; readonly odd: number[] }> {
  const statuses = await Promise.all(Array.from({ length: crowd }, () => ask(key, mode, key)));
  const good = statuses.filter((status) => status === 200).length;
  return { upstream: reached.get(key) ?? 0, good, odd: statuses.filter((status) => status !== 200 && status !== 429) };
}

const promised = [];
for (const mode of modes) {
  const measured = await crowded(mode, mode);
  const pass = measured.upstream === 10 && measured.good === 10 && measured.odd.length === 0;
  promised.push(report({ id: `limit-of-ten-${mode}`, pass, measured: { workers, crowd, ...measured }, limit: { upstream: 10 } }));
}
for (const mode of modes) {
  const measured = await crowded(`usd-${mode}`, mode);
  await sleep(600);
  const { records } = await readLedger(gateway.folder);
  const spent = [...records.values()]
    .filter(({ keyId }) => keyId === `config:usd-${mode}`)
    .reduce((sum, record) => sum + (record.costNanos ?? 0), 0);
  const pass = spent <= 10_000_000 && measured.good > 0 && measured.good === measured.upstream && measured.odd.length === 0;
  promised.push(report({ id: `budget-${mode}`, pass, measured: { ...measured, spentNanos: spent }, limit: { spentNanos: 10_000_000 } }));
}

// Each worker gets a share; one dies with requests under way.
holdMs = 1_500;
const underway = Array.from({ length: 24 }, () => ask("held", "whole", "held"));
await sleep(700);
const before = reached.get("held") ?? 0;
process.kill(workersOf(gateway)[0] ?? 0, "SIGKILL");
const killedAt = performance.now();
await Promise.all(underway);
holdMs = 0;
let lastMs = 0;
let refusedBetween = 0;
while (performance.now() - killedAt < 62_000) {
  const status = await ask("held", "whole", "held");
  if (status === 200) lastMs = performance.now() - killedAt;
  else if (status === 429) refusedBetween++;
  if (status === 429) await sleep(250);
}
const all = reached.get("held") ?? 0;
promised.push(
  report({
    id: "killed-with-a-share",
    pass: all <= 100 && all >= 85 && lastMs < 60_000,
    measured: { upstream: all, beforeTheKill: before, countedThoughNotUsed: 100 - all, lastOfItBackMs: Math.round(lastMs), refusedBetween },
    limit: { upstream: 100, lastOfItBackMs: 60_000 },
  }),
);
await gateway.stop();
upstream.closeAllConnections();
upstream.close();
removeFolder(gateway.folder);
conclude(promised);
process.exit();
