import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { clientKey, type GatewayProcess, type StartOptions, startGateway } from "../faults/gateway-process.ts";
import { until } from "../faults/promise.ts";

/** A gateway of several processes. Its own pid is the supervisor's. */
export async function startWorkers(count: number | "auto", options: StartOptions): Promise<GatewayProcess> {
  const gateway = await startGateway({ ...options, words: ["--workers", `${count}`], env: { SLUICE_LOG: "info", ...options.env } });
  if (count !== "auto") await until(() => workersOf(gateway).length === count, 20_000);
  return gateway;
}

/** Process ids of those that serve, as the log tells. */
export function workersOf(gateway: GatewayProcess): readonly number[] {
  const served = [...gateway.log().matchAll(/"A worker serves\.","worker":\d+,"pid":(\d+)/g)].map(([, pid]) => Number(pid));
  return served.filter(isAlive);
}

export function isAlive(pid: number): boolean {
  try {
    // One that has died and that nobody has waited for yet is no process any more.
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}

/** Has the supervisor replace all workers, and waits until it has. */
export async function replaceAll(gateway: GatewayProcess): Promise<void> {
  const done = () => gateway.log().split("All workers were replaced.").length;
  const before = done();
  process.kill(gateway.pid, "SIGUSR2");
  if (!(await until(() => done() > before, 60_000))) throw new Error(`The workers were not replaced: ${gateway.log().slice(-2_000)}`);
}

/** Writes the config that the gateway watches, with the key that clients use. */
export function writeConfig(gateway: GatewayProcess, config: Readonly<Record<string, unknown>>): void {
  const keys = [{ name: "faults", value: clientKey }, ...((config.keys as object[]) ?? [])];
  writeFileSync(join(gateway.folder, "sluice.json"), JSON.stringify({ ...config, keys }));
}
