import { closeSync } from "node:fs";
import { CommandError } from "../cli/command-line/command.ts";
import type { SharedSockets } from "../listener.ts";
import type { RunningServer, StartOptions } from "../running-server.ts";
import { firstSocket, type Order, type Report, workerVariable } from "./messages.ts";

const tellEveryMs = 1000;

/** What a worker starts with. */
export type WorkerStart = Required<Pick<StartOptions, "sockets" | "onConfig">> & Pick<StartOptions, "lastGood">;

/** Waits for a supervisor's word; undefined where there is no supervisor. */
export async function workerStart(environment: Readonly<Record<string, string | undefined>>): Promise<WorkerStart | undefined> {
  const [, port, count] = /^(\d+):(\d+)$/.exec(environment[workerVariable] ?? "") ?? [];
  if (port === undefined || process.send === undefined) return undefined;
  const { promise, resolve } = Promise.withResolvers<string | undefined>();
  process.once("message", (order: Order) => resolve(order.kind === "begin" ? order.lastGood : undefined));
  const lastGood = await promise;
  // From none until the supervisor says from which; connections wait until then.
  const given = Array.from({ length: Number(count) }, (_, socket) => firstSocket + socket);
  const release = () => {
    for (const fd of given.splice(0)) closeSync(fd);
  };
  const sockets: SharedSockets = { port: Number(port), fds: [], onChange: undefined, release };
  return { sockets, onConfig: (text) => report({ kind: "config", text }), ...(lastGood !== undefined && { lastGood }) };
}

/** Serves under a supervisor: ends when it says so, or when it is gone. */
export async function work(server: RunningServer, sockets: SharedSockets): Promise<void> {
  const { promise: told, resolve: end } = Promise.withResolvers<"retire" | "stop">();
  process.on("message", (order: Order) => {
    if (order.kind === "accept") sockets.onChange?.(order.sockets.map((socket) => firstSocket + socket));
    else if (order.kind === "refresh") void server.refresh();
    else if (order.kind !== "begin") end(order.kind);
  });
  // A supervisor that died cannot say anything any more. A service's whole group may be told to stop: once is enough.
  process.on("disconnect", () => end("stop"));
  process.on("SIGTERM", () => end("stop"));
  process.on("SIGINT", () => undefined);
  process.on("SIGHUP", () => undefined);
  process.on("SIGUSR2", () => undefined);
  const { url, firstKeys, providers, tryModel } = server;
  report({ kind: "serving", facts: { url, firstKeys, providers, tryModel } });
  const stopTelling = tellLoad(server);
  const how = await told;
  await server.close({ handedOver: how === "retire" });
  stopTelling();
  if (process.connected) process.disconnect?.();
}

/** The supervisor says it in the place of this process. */
export function couldNotStart(error: unknown): void {
  const known = error instanceof CommandError ? error : undefined;
  const problem = error instanceof Error ? error.message : String(error);
  report({ kind: "failed", failure: { problem, next: known?.next ?? "", details: known?.details } });
}

function report(report: Report): void {
  // The channel may be closed by now: nobody is left to hear it.
  if (process.connected) process.send?.(report, undefined, undefined, () => undefined);
}

function tellLoad(server: RunningServer): () => void {
  let cpu = process.cpuUsage();
  let at = performance.now();
  const timer = setInterval(() => {
    const [spent, now] = [process.cpuUsage(cpu), performance.now()];
    const elapsedMs = now - at;
    cpu = process.cpuUsage();
    at = now;
    const busy = (spent.user + spent.system) / 1000 / elapsedMs;
    report({ kind: "load", load: { busy, lagMs: Math.max(0, elapsedMs - tellEveryMs), inFlight: server.inFlight } });
  }, tellEveryMs);
  timer.unref();
  return () => clearInterval(timer);
}
