import { type ChildProcess, spawn } from "node:child_process";
import { CommandError } from "../cli/command-line/command.ts";
import type { OpenSockets } from "../listen-bun-shared.ts";
import { type Order, type Report, type ServerFacts, type WorkerLoad, workerVariable } from "./messages.ts";

export interface Ending {
  readonly code: number | null;
  readonly signal: string | null;
}

export interface WorkerOptions {
  readonly id: number;
  readonly sockets: OpenSockets;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** A text of the config file that was served before. */
  readonly lastGood: string | undefined;
  onConfig(text: string): void;
}

/** One worker, seen from its supervisor. */
export class WorkerProcess {
  readonly id: number;
  readonly startedAt = performance.now();
  /** Says what it serves. @throws CommandError with what it could not start for, and so does the promise */
  readonly serving: Promise<ServerFacts>;
  readonly ended: Promise<Ending>;
  /** As it was last told. */
  load: WorkerLoad = { busy: 0, lagMs: 0, inFlight: 0 };
  /** It was told to end, so its end is no accident. */
  leaving = false;
  readonly #child: ChildProcess;

  constructor({ id, sockets, environment, lastGood, onConfig }: WorkerOptions) {
    const { port, fds } = sockets;
    this.id = id;
    this.#child = spawn(process.execPath, [...process.execArgv, ...ownProgram(), ...process.argv.slice(2)], {
      // Out of the terminal's process group: Ctrl-C is for the supervisor to hear.
      detached: true,
      env: { ...environment, [workerVariable]: `${port}:${fds.length}` },
      stdio: ["ignore", "inherit", "inherit", "ipc", ...fds],
    });
    const { promise, resolve, reject } = Promise.withResolvers<ServerFacts>();
    this.serving = promise;
    promise.catch(() => undefined);
    this.#child.on("message", (report: Report) => {
      if (report.kind === "serving") resolve(report.facts);
      else if (report.kind === "load") this.load = report.load;
      else if (report.kind === "config") onConfig(report.text);
      else reject(new CommandError(report.failure.problem, report.failure.next, report.failure.details));
    });
    this.ended = new Promise((ended) => {
      const gone = (code: number | null, signal: string | null) => {
        reject(new CommandError(`A worker ended at its start (${signal ?? `exit code ${code}`}).`, "Its own words stand above."));
        ended({ code, signal });
      };
      this.#child.on("exit", gone);
      this.#child.on("error", () => gone(null, "not started"));
    });
    this.order({ kind: "begin", lastGood });
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  order(order: Order): void {
    if (order.kind === "retire" || order.kind === "stop") this.leaving = true;
    // One that is dying takes no orders; its end is heard of.
    if (this.#child.connected) this.#child.send(order, () => undefined);
  }

  kill(): void {
    this.leaving = true;
    this.#child.kill("SIGKILL");
  }
}

/** A program of one file carries its script inside. */
function ownProgram(): readonly string[] {
  const script = process.argv[1] ?? "";
  return script.startsWith("/$bunfs/") ? [] : [script];
}
