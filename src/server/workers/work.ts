import { CommandError } from "../cli/command.ts";
import type { SharedSockets } from "../listener.ts";
import type { RunningServer } from "../running-server.ts";
import { firstSocket, type Order, type Report, workerVariable } from "./messages.ts";

const tellEveryMs = 1000;

/** What a supervisor gave this process; undefined where there is none. */
export function socketsGiven(environment: Readonly<Record<string, string | undefined>>): SharedSockets | undefined {
  const port = environment[workerVariable];
  if (port === undefined || process.send === undefined) return undefined;
  // From none until the supervisor says from which; connections wait until then.
  return { port: Number(port), fds: [], onChange: undefined };
}

/** Serves under a supervisor: ends when it says so, or when it is gone. */
export async function work(server: RunningServer, sockets: SharedSockets): Promise<void> {
  const { promise: told, resolve: end } = Promise.withResolvers<"retire" | "stop">();
  process.on("message", (order: Order) => {
    if (order.kind === "accept") sockets.onChange?.(order.sockets.map((socket) => firstSocket + socket));
    else if (order.kind === "refresh") void server.refresh();
    else end(order.kind);
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
