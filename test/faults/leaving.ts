/**
 * Clients that leave, in every phase of an exchange: how long the upstream's socket outlives them.
 *
 * `--clients N` in each phase at a time (200), `--rounds N` (1); `--long` is five rounds, with the limit for p99.
 */
import type { Socket } from "node:net";
import { type BlackHole, openBlackHole } from "../upstreams/black-hole.ts";
import { type FaultUpstream, startFaultUpstream } from "../upstreams/fault-upstream.ts";
import { type GatewayProcess, readLedger, removeFolder, startGateway } from "./gateway-process.ts";
import { conclude, isLong, numberOption, type Promised, percentile, report, sleep, until } from "./promise.ts";
import { bodyFor, openRequest } from "./raw-client.ts";
import { dialects, providerFor, providersAt } from "./upstream-config.ts";

const clients = numberOption("clients", 200);
const rounds = numberOption("rounds", isLong() ? 5 : 1);
/** A busy machine is no promise's fault: the short form asks for the maximum only. */
const limitMs = isLong() ? { p99: 100, max: 250 } : { p99: 250, max: 250 };

interface Phase {
  readonly name: string;
  readonly model: string;
  readonly stream: boolean;
}

const phases: readonly Phase[] = [
  { name: "waiting-for-headers", model: "slow-60000", stream: true },
  { name: "preamble", model: "stall-1", stream: true },
  { name: "mid-stream", model: "stall-8", stream: true },
  { name: "not-streamed", model: "slow-60000", stream: false },
  { name: "not-streamed-mid-body", model: "stall-8", stream: false },
  { name: "held-back", model: "big-100000000", stream: true },
];

interface Bench {
  readonly upstream: FaultUpstream;
  readonly gateway: GatewayProcess;
}

function open({ gateway }: Bench, provider: (index: number) => string, { name, stream }: Phase, model: string): Socket[] {
  return Array.from({ length: clients }, (_, index) => {
    const dialect = dialects[index % dialects.length] ?? "openai-chat";
    const body = bodyFor(dialect, `${provider(index)}/${model}`, stream, `${name}-${index}-`);
    const socket = openRequest({ port: gateway.port, dialect, body });
    socket.on("error", () => socket.destroy());
    // Those that don't read hold the upstream back in the middle of its answer.
    if (name.startsWith("held-back")) socket.pause();
    else socket.resume();
    return socket;
  });
}

/** Milliseconds from each client's leaving to the end of its upstream's socket. */
async function leave(bench: Bench, phase: Phase, round: number): Promise<number[]> {
  const { upstream } = bench;
  upstream.seen.length = 0;
  const named = { ...phase, name: `${phase.name}-${round}` };
  const sockets = open(bench, (index) => providerFor[dialects[index % dialects.length] ?? "openai-chat"], named, phase.model);
  if (!(await until(() => upstream.seen.length === clients, 10_000))) throw new Error(`only ${upstream.seen.length} requests arrived`);
  // Past the upstream's first bytes, where it sends some; a reader that holds back needs its buffers full.
  await sleep(phase.name === "held-back" ? 2_000 : 150);
  const times = sockets.map(async (socket, index) => {
    await sleep((index % 20) * 10);
    const request = upstream.seen.find(({ body }) => body.includes(`"${named.name}-${index}-"`));
    const leftMs = performance.now();
    socket.destroy();
    await Promise.race([request?.closed, sleep(5_000)]);
    return (request?.closedAtMs ?? Number.POSITIVE_INFINITY) - leftMs;
  });
  return Promise.all(times);
}

/** All leave at once while their upstream connections are being opened; the time until none is left. */
async function leaveWhileConnecting(bench: Bench, deaf: BlackHole): Promise<number> {
  const fillers = deaf.beingMade();
  const sockets = open(bench, () => "deaf", { name: "connecting", model: "", stream: true }, "any");
  if (!(await until(() => deaf.beingMade() > fillers, 5_000))) throw new Error("no connection is being opened");
  await sleep(200);
  const leftMs = performance.now();
  for (const socket of sockets) socket.destroy();
  await until(() => deaf.beingMade() <= fillers, 5_000);
  return deaf.beingMade() <= fillers ? performance.now() - leftMs : Number.POSITIVE_INFINITY;
}

async function main(): Promise<void> {
  const upstream = await startFaultUpstream();
  using deaf = await openBlackHole();
  const at = (url: string) => providersAt(url, { timeouts: { connectMs: 20_000, firstEventMs: 90_000, idleMs: 90_000 } });
  const deafProvider = {
    type: "openai-compatible",
    baseUrl: `http://127.0.0.1:${deaf.port}/v1`,
    dialects: ["openai-responses", "anthropic-messages"],
  };
  const timeouts = { connectMs: 20_000 };
  const config = {
    providers: { ...at(upstream.url), deaf: { ...deafProvider, apiKey: "none-needed-here", timeouts, retries: 0 } },
    drainSeconds: 2,
  };
  const gateway = await startGateway({ config });
  const bench = { upstream, gateway };
  const before = gateway.descriptors();
  const promises: Promised[] = [];
  for (const phase of phases) {
    const times: number[] = [];
    for (let round = 0; round < rounds; round++) times.push(...(await leave(bench, phase, round)));
    const measured = {
      clients: times.length,
      p50: Math.round(percentile(times, 0.5)),
      p99: Math.round(percentile(times, 0.99)),
      max: Math.round(Math.max(...times)),
    };
    promises.push(
      report({ id: `leaving-${phase.name}`, pass: measured.p99 <= limitMs.p99 && measured.max <= limitMs.max, measured, limit: limitMs }),
    );
  }
  const connecting = Math.round(await leaveWhileConnecting(bench, deaf));
  promises.push(
    report({ id: "leaving-connecting", pass: connecting <= limitMs.max, measured: { clients, all: connecting }, limit: limitMs.max }),
  );
  await until(() => upstream.openSockets() === 0, 2_000);
  promises.push(report({ id: "leaving-sockets", pass: upstream.openSockets() === 0, measured: upstream.openSockets(), limit: 0 }));
  await until(() => gateway.descriptors() <= before + 5, 10_000);
  const descriptors = gateway.descriptors();
  promises.push(report({ id: "leaving-descriptors", pass: descriptors <= before + 5, measured: descriptors, limit: before + 5 }));
  await gateway.stop();
  const ledger = await readLedger(gateway.folder);
  const cancelled = [...ledger.records.values()].filter(({ outcome, fault }) => outcome === "cancelled" && fault === "client_gone").length;
  const all = clients * (phases.length * rounds + 1);
  promises.push(
    report({
      id: "leaving-recorded",
      pass: ledger.requests === all && cancelled === all,
      measured: { records: ledger.requests, cancelled },
      limit: all,
    }),
  );
  await upstream.close();
  removeFolder(gateway.folder);
  conclude(promises);
}

await main();
