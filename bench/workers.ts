/**
 * What a second worker is worth. Where the load shares the cores, throughput says nothing; the processor time that the workers take
 * does: a request's of one worker, a request's of two, and how evenly two share the work, which together bound what two can serve.
 *
 * `bun bench/workers.ts [--requests N]` (6,000)
 */
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { removeFolder } from "../test/faults/gateway-process.ts";
import { numberOption } from "../test/faults/promise.ts";
import { providersAt } from "../test/faults/upstream-config.ts";
import { SteadyClients } from "../test/workers/load.ts";
import { startWorkers, workersOf } from "../test/workers/workers-of.ts";
import { plainAnswer } from "./plain-answer.ts";

const requests = numberOption("requests", 6_000);
const ticksPerSecond = 100;

const upstream = createServer((request, response) => {
  request.resume();
  request.on("end", () => response.setHeader("content-type", "application/json").end(plainAnswer));
});
await new Promise<void>((resolve) => upstream.listen(0, "127.0.0.1", resolve));
const config = { providers: providersAt(`http://127.0.0.1:${(upstream.address() as AddressInfo).port}`) };

/** User and system time of a process, in seconds. */
function cpuSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
}

async function measure(workers: number): Promise<{ readonly cpuMicros: number; readonly largestShare: number; readonly failed: number }> {
  const gateway = await startWorkers(workers, { config });
  const round = async (count: number) => {
    const clients = new SteadyClients(gateway.port, (_asked, { status }) => status === 200);
    clients.start(64, { model: "chat/m", stream: false }, true);
    while (clients.asked < count) await new Promise((resolve) => setTimeout(resolve, 5));
    await clients.end();
    return clients;
  };
  await round(requests / 3);
  const pids = workersOf(gateway);
  const before = pids.map(cpuSeconds);
  const { asked, failures } = await round(requests);
  const spent = pids.map((pid, at) => cpuSeconds(pid) - (before[at] ?? 0));
  const sum = spent.reduce((total, seconds) => total + seconds, 0);
  await gateway.stop();
  removeFolder(gateway.folder);
  return { cpuMicros: (sum / asked) * 1e6, largestShare: Math.max(...spent) / sum, failed: failures.length };
}

const rounds = [await measure(1), await measure(2), await measure(2), await measure(1)] as const;
const mean = (one: number, other: number) => (one + other) / 2;
const alone = mean(rounds[0].cpuMicros, rounds[3].cpuMicros);
const together = mean(rounds[1].cpuMicros, rounds[2].cpuMicros);
const largestShare = mean(rounds[1].largestShare, rounds[2].largestShare);
const result = {
  requests,
  cpuMicrosOneWorker: Math.round(alone),
  cpuMicrosTwoWorkers: Math.round(together),
  largestShare: Number(largestShare.toFixed(3)),
  /** With two cores to themselves: until the busier one has no time left. */
  twoServe: Number((alone / together / largestShare).toFixed(2)),
  failed: rounds.reduce((total, { failed }) => total + failed, 0),
};
process.stdout.write(`${JSON.stringify(result)}\n`);
upstream.closeAllConnections();
upstream.close();
process.exit();
