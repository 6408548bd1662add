import type { KeptBody } from "../../storage/index.ts";

/** A body that is to be written. */
export interface WaitingBody {
  readonly startedAt: number;
  readonly owner: string;
  readonly id: string;
  readonly body: KeptBody;
  /** It is written, or lost: its memory is free. */
  release(): void;
}

export interface QueueOptions {
  /** @throws where it cannot be written now */
  readonly write: (waiting: WaitingBody) => Promise<void>;
  readonly warn: (message: string) => void;
  /** Between two tries while nothing can be written: from the first to the second. Default 500 and 15,000. */
  readonly pauseMs?: readonly [number, number];
}

/** Few at a time fall behind a busy loop, each of whose turns brings a write one step further: what waits then is lost with the process. */
const atOnce = 16;

/**
 * Writes bodies beside the requests, in the order in which they ended. What cannot be written waits in memory, and as long as
 * something waits for that reason no other body is begun: `trouble` says why.
 */
export class BodyQueue {
  readonly #options: QueueOptions;
  readonly #waiting: WaitingBody[] = [];
  readonly #held = new Set<string>();
  #running: Promise<void> | undefined;
  #trouble: string | undefined;
  #closing = false;
  #wake: (() => void) | undefined;

  constructor(options: QueueOptions) {
    this.#options = options;
  }

  /** Why nothing can be written now; undefined where it can. */
  get trouble(): string | undefined {
    return this.#trouble;
  }

  /** Whether this body is on its way. */
  holds(id: string): boolean {
    return this.#held.has(id);
  }

  add(waiting: WaitingBody): void {
    this.#waiting.push(waiting);
    this.#held.add(waiting.id);
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
    });
  }

  /** Tries once more what waits; what cannot be written is lost. */
  async close(): Promise<void> {
    this.#closing = true;
    this.#wake?.();
    await this.#running;
  }

  async #run(): Promise<void> {
    // Not within the request that has just ended.
    await new Promise<void>((resolve) => setImmediate(resolve));
    const [first, longest] = this.#options.pauseMs ?? [500, 15_000];
    for (let pauseMs = first; this.#waiting.length > 0; ) {
      const failure = await this.#writeSome();
      this.#told(failure);
      if (failure === undefined) pauseMs = first;
      else if (this.#closing) return this.#lose();
      else {
        await this.#pause(pauseMs);
        pauseMs = Math.min(longest, pauseMs * 2);
      }
    }
  }

  /** Of the first in the queue those that cannot be written stay there. @returns why, where some could not */
  async #writeSome(): Promise<string | undefined> {
    const some = this.#waiting.splice(0, this.#trouble === undefined ? atOnce : 1);
    const outcomes = await Promise.allSettled(some.map((waiting) => this.#options.write(waiting)));
    const left = some.filter((_, index) => outcomes[index]?.status === "rejected");
    for (const waiting of some) if (!left.includes(waiting)) this.#done(waiting);
    this.#waiting.unshift(...left);
    const failed = outcomes.find((outcome) => outcome.status === "rejected");
    return failed && reasonOf(failed.reason);
  }

  async #pause(ms: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#wake = undefined;
  }

  #told(failure: string | undefined): void {
    if (failure !== undefined && this.#trouble === undefined)
      this.#options.warn(`Bodies cannot be kept; requests go on, and their records say so. ${failure}`);
    if (failure === undefined && this.#trouble !== undefined) this.#options.warn("Bodies can be kept again.");
    this.#trouble = failure;
  }

  #lose(): void {
    this.#options.warn(`${this.#waiting.length} bodies could not be written before the end, and are lost. ${this.#trouble ?? ""}`);
    for (const waiting of this.#waiting.splice(0)) this.#done(waiting);
  }

  #done(waiting: WaitingBody): void {
    this.#held.delete(waiting.id);
    waiting.release();
  }
}

/** A system's own error by its code, since its message names paths; what others say as it stands. */
function reasonOf(error: unknown): string {
  const { code, message } = error as { code?: unknown; message?: unknown };
  if (code === "ENOSPC" || code === "EDQUOT") return "the disk is full";
  if (typeof code === "string" && /^E[A-Z0-9]+$/.test(code)) return `the disk refused: ${code}`;
  return typeof message === "string" ? message : "the store of bodies refused";
}
