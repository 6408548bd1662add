import type { Engine } from "../../gateway/index.ts";
import { CommandError } from "../cli/command-line/command.ts";
import type { OpenSockets } from "../listen-bun-shared.ts";
import type { ServerFacts } from "./messages.ts";
import { WorkerProcess } from "./worker-process.ts";

export interface PoolOptions {
  readonly sockets: OpenSockets;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly log: Engine["log"];
}

const leastPauseMs = 100;
const mostPauseMs = 30_000;
/** Whoever has lived so long may die again without being thought hopeless. */
const soundMs = 10_000;

/**
 * The workers of one gateway. Each accepts from its part of the sockets; when one goes, the others take its part over, with the
 * connections that wait there.
 */
export class WorkerPool {
  readonly #options: PoolOptions;
  #workers: WorkerProcess[] = [];
  readonly #all = new Set<WorkerProcess>();
  #count = 0;
  #lastId = 0;
  #failures = 0;
  #stopping = false;
  #lastGood: string | undefined;
  #running: Promise<unknown> = Promise.resolve();

  constructor(options: PoolOptions) {
    this.#options = options;
  }

  /** Those that serve. */
  get workers(): readonly WorkerProcess[] {
    return this.#workers;
  }

  /** Starts the first alone, so that what is made once is made once. @throws CommandError where it cannot start */
  async start(count: number): Promise<ServerFacts> {
    this.#count = count;
    const facts = await (await this.#begin()).serving;
    await Promise.all(Array.from({ length: count - 1 }, () => this.#begin()));
    return facts;
  }

  /** Resolves when there are so many; never throws. */
  resize(count: number): Promise<void> {
    return this.#alone(async () => {
      if (this.#stopping) return;
      this.#count = count;
      while (this.#workers.length < count) await this.#begin();
      for (const leaver of this.#workers.slice(count)) this.#retire(leaver);
    });
  }

  /** Replaces one worker after another, each when its successor serves. Never throws: where none can start, the old ones stay. */
  replaceAll(): Promise<void> {
    return this.#alone(async () => {
      const { log } = this.#options;
      for (const old of [...this.#workers]) {
        if (this.#stopping) return;
        await this.#begin();
        if (!old.leaving) this.#retire(old);
      }
      log("info", "All workers were replaced.", { workers: this.#workers.length });
    });
  }

  refresh(): void {
    for (const worker of this.#workers) worker.order({ kind: "refresh" });
  }

  /** Lets running requests end. Resolves when all are gone. */
  async stop(): Promise<void> {
    this.#stopping = true;
    for (const worker of this.#all) worker.order({ kind: "stop" });
    await Promise.all([...this.#all].map(({ ended }) => ended));
  }

  kill(): void {
    this.#stopping = true;
    for (const worker of this.#all) worker.kill();
  }

  /** @returns a worker that serves @throws CommandError */
  async #begin(): Promise<WorkerProcess> {
    const { sockets, environment, log } = this.#options;
    if (this.#stopping) throw new CommandError("The gateway is stopping.", "");
    const onConfig = (text: string) => {
      this.#lastGood = text;
    };
    const worker = new WorkerProcess({ id: ++this.#lastId, sockets, environment, lastGood: this.#lastGood, onConfig });
    this.#all.add(worker);
    void worker.ended.then((ending) => this.#ended(worker, ending));
    await worker.serving;
    if (this.#stopping) {
      worker.order({ kind: "stop" });
      return worker;
    }
    this.#workers.push(worker);
    this.#share();
    log("info", "A worker serves.", { worker: worker.id, pid: worker.pid });
    return worker;
  }

  #retire(worker: WorkerProcess): void {
    this.#workers = this.#workers.filter((other) => other !== worker);
    this.#share();
    worker.order({ kind: "retire" });
  }

  /** Every socket belongs to one of those that serve. */
  #share(): void {
    const { fds } = this.#options.sockets;
    this.#workers.forEach((worker, place) => {
      const sockets = fds.map((_, socket) => socket).filter((socket) => socket % this.#workers.length === place);
      worker.order({ kind: "accept", sockets });
    });
  }

  #ended(worker: WorkerProcess, { code, signal }: { readonly code: number | null; readonly signal: string | null }): void {
    this.#all.delete(worker);
    if (!this.#workers.includes(worker)) return;
    this.#workers = this.#workers.filter((other) => other !== worker);
    this.#share();
    if (this.#stopping) return;
    if (performance.now() - worker.startedAt > soundMs) this.#failures = 0;
    const againInMs = Math.min(mostPauseMs, leastPauseMs * 2 ** this.#failures++);
    this.#options.log("error", "A worker died; another takes its place.", { worker: worker.id, pid: worker.pid, code, signal, againInMs });
    setTimeout(() => void this.resize(this.#count), againInMs);
  }

  /** One change of the pool after another. */
  #alone(change: () => Promise<void>): Promise<void> {
    const done = this.#running.then(change).catch((error: unknown) => {
      if (this.#stopping) return;
      const againInMs = Math.min(mostPauseMs, leastPauseMs * 2 ** this.#failures++);
      this.#options.log("error", `A worker could not start; the others serve on. ${String(error)}`, { againInMs });
      if (this.#workers.length < this.#count) setTimeout(() => void this.resize(this.#count), againInMs);
    });
    this.#running = done;
    return done;
  }
}
