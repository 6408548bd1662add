import { Worker } from "node:worker_threads";

const longestMs = 30_000;

/** Ends the process where one input never comes to its end, and says how to see it again. */
export class Watchdog {
  readonly #shared = new Int32Array(new SharedArrayBuffer(8));
  readonly #worker: Worker;
  #count = 0;

  /** @param command runs the target again */
  constructor(command: string) {
    this.#worker = new Worker(
      `const { workerData } = require("node:worker_threads");
       const { writeSync } = require("node:fs");
       let seen = -1;
       let since = 0;
       setInterval(() => {
         const [running, index] = [Atomics.load(workerData.shared, 0), Atomics.load(workerData.shared, 1)];
         if (running === 0 || running !== seen) { seen = running; since = Date.now(); return; }
         if (Date.now() - since < ${longestMs}) return;
         writeSync(1, "an input never ends; see it again: " + workerData.command + " --at " + index + "\\n");
         process.kill(process.pid, "SIGKILL");
       }, 1000);`,
      { eval: true, workerData: { shared: this.#shared, command } },
    );
    this.#worker.unref();
  }

  begins(index: number): void {
    Atomics.store(this.#shared, 1, index);
    this.#count = (this.#count % 1_000_000_000) + 1;
    Atomics.store(this.#shared, 0, this.#count);
  }

  ends(): void {
    Atomics.store(this.#shared, 0, 0);
  }

  async stop(): Promise<void> {
    await this.#worker.terminate();
  }
}
