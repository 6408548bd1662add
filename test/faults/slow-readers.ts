/**
 * Clients that ask for a large answer and never read a byte of it: what stays in the gateway's memory must be bounded.
 *
 * `--clients N` (1,000), `--megabytes N` for each (10), `--seconds N` to watch (8); `--long` watches for 120 s.
 */
import type { Socket } from "node:net";
import { startFaultUpstream } from "../upstreams/fault-upstream.ts";
import { readLedger, removeFolder, startGateway } from "./gateway-process.ts";
import { conclude, inParallel, isLong, numberOption, report, sleep, until } from "./promise.ts";
import { ask, bodyFor, openRequest } from "./raw-client.ts";
import { dialects, providerFor, providersAt } from "./upstream-config.ts";

const clients = numberOption("clients", 1_000);
const bytes = numberOption("megabytes", 10) * 1024 * 1024;
const seconds = numberOption("seconds", isLong() ? 120 : 8);
const limitBytes = 300e6;

async function main(): Promise<void> {
  const upstream = await startFaultUpstream();
  const gateway = await startGateway({ config: { providers: providersAt(upstream.url), drainSeconds: 2 } });
  const { port } = gateway;
  const dialectOf = (index: number) => dialects[index % dialects.length] ?? "openai-chat";
  const warm = Array.from({ length: 60 });
  await inParallel(warm, 20, async (_, index) => {
    const dialect = dialectOf(index);
    await ask({ port, dialect, body: bodyFor(dialect, `${providerFor[dialect]}/ok`, true) });
  });
  const before = { resident: gateway.residentBytes(), descriptors: gateway.descriptors() };

  const sockets: Socket[] = [];
  const model = `big-${bytes}`;
  for (let index = 0; index < clients; index++) {
    const dialect = dialectOf(index);
    const socket = openRequest({ port, dialect, body: bodyFor(dialect, `${providerFor[dialect]}/${model}`, true) });
    socket.pause();
    socket.on("error", () => socket.destroy());
    sockets.push(socket);
    if (index % 50 === 49) await sleep(10);
  }
  const streaming = () => upstream.seen.filter((request) => request.model === model).length;
  await until(() => streaming() === clients, 20_000);
  let most = 0;
  for (const end = performance.now() + seconds * 1_000; performance.now() < end; await sleep(100))
    most = Math.max(most, gateway.residentBytes());
  const settled = gateway.residentBytes();
  const reached = streaming();
  // Somebody who does read is served as ever.
  const served = await ask({ port, dialect: "openai-chat", body: bodyFor("openai-chat", "chat/ok", true) });

  for (const socket of sockets) socket.destroy();
  const left = () => upstream.seen.filter(({ model: name, closedAtMs }) => name === model && closedAtMs === undefined).length;
  await until(() => left() === 0, 10_000);
  const leaked = left();
  await upstream.close();
  await until(() => gateway.descriptors() <= before.descriptors + 5, 10_000);
  const descriptors = gateway.descriptors();
  await gateway.stop();
  const ledger = await readLedger(gateway.folder);
  const cancelled = [...ledger.records.values()].filter(({ outcome }) => outcome === "cancelled").length;
  removeFolder(gateway.folder);

  const grown = most - before.resident;
  conclude([
    report({
      id: "slow-readers-memory",
      pass: reached === clients && grown < limitBytes,
      measured: {
        clients: reached,
        grownMB: megabytesOf(grown),
        settledMB: megabytesOf(settled - before.resident),
        kbEach: Math.round(grown / 1024 / clients),
      },
      limit: { grownMB: limitBytes / 1e6 },
    }),
    report({ id: "slow-readers-others-are-served", pass: served.status === 200 && served.whole, measured: served.status, limit: 200 }),
    report({ id: "slow-readers-freed", pass: leaked === 0, measured: leaked, limit: 0 }),
    report({
      id: "slow-readers-descriptors",
      pass: descriptors <= before.descriptors + 5,
      measured: descriptors,
      limit: before.descriptors + 5,
    }),
    report({
      id: "slow-readers-recorded",
      pass: ledger.requests === warm.length + clients + 1 && cancelled === clients,
      measured: { records: ledger.requests, cancelled },
      limit: { records: warm.length + clients + 1, cancelled: clients },
    }),
  ]);
}

function megabytesOf(count: number): number {
  return Math.round(count / 1e6);
}

await main();
