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
/** Each is there once more while it is sealed and sent: of large ones fewer go at once. */
const bytesAtOnce = 8 * 1024 * 1024;

/** What fails so often, each time while others are written, fails by itself: the key of one tenant, the folder of one. */
const mostRefuted = 3;
/** Where all that wait have failed so often, another one may tell whether it is the store that fails. */
const mostFailures = 8;

interface Failed {
  readonly waiting: WaitingBody;
  readonly failures: number;
  /** Of them, so many although another one was written since the one before. */
  readonly refuted: number;
  /** How many were written when it failed last. */
  readonly written: number;
}

/**
 * Writes bodies beside the requests, about in the order in which they ended. What cannot be written waits in memory, behind the others,
 * and as long as something waits for that reason no other body is begun: `trouble` says why. What cannot be written while others can is
 * given up.
 */
export class BodyQueue {
  readonly #options: QueueOptions;
  readonly #waiting: WaitingBody[] = [];
  readonly #failed: Failed[] = [];
  #underway: readonly Failed[] = [];
  readonly #held = new Set<string>();
  #written = 0;
  #running: Promise<void> | undefined;
  #trouble: string | undefined;
  #closing = false;
  #wake: (() => void) | undefined;

  constructor(options: QueueOptions) {
    this.#options = options;
  }

  /** Why nothing can be written now; undefined where it can, or where that is not known. */
  get trouble(): string | undefined {
    if (this.#trouble === undefined) return undefined;
    const old = [...this.#failed, ...this.#underway].filter(({ failures }) => failures >= mostFailures);
    return old.length === this.#held.size ? undefined : this.#trouble;
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
    for (let pauseMs = first; this.#waiting.length + this.#failed.length > 0; ) {
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

  /** @returns why, where nothing could be written */
  async #writeSome(): Promise<string | undefined> {
    const some = this.#some();
    this.#underway = some;
    const outcomes = await Promise.allSettled(some.map(({ waiting }) => this.#options.write(waiting)));
    const reasons = outcomes.map((outcome) => (outcome.status === "rejected" ? reasonOf(outcome.reason) : undefined));
    this.#underway = [];
    const before = this.#written;
    this.#written += reasons.filter((reason) => reason === undefined).length;
    for (const [index, each] of some.entries()) {
      const reason = reasons[index];
      if (reason === undefined) this.#done(each.waiting);
      else this.#keep(each, reason);
    }
    return this.#written > before ? undefined : reasons[0];
  }

  /** Those that were not tried yet first, and one that was. */
  #some(): Failed[] {
    const most = this.#trouble === undefined || this.#closing ? atOnce : 1;
    const again = this.#failed.splice(0, Math.max(most > 1 ? 1 : 0, most - this.#waiting.length));
    const first = this.#waiting.splice(0, fitting(this.#waiting, most - again.length));
    return [...first.map((waiting) => ({ waiting, failures: 0, refuted: 0, written: this.#written })), ...again];
  }

  #keep({ waiting, failures, refuted, written }: Failed, why: string): void {
    const isRefuted = this.#written > written;
    if (isRefuted && (refuted + 1 >= mostRefuted || this.#closing)) {
      this.#options.warn(`The body of ${waiting.id} could not be written, and is lost; others could. ${why}`);
      this.#done(waiting);
    } else this.#failed.push({ waiting, failures: failures + 1, refuted: refuted + Number(isRefuted), written: this.#written });
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
    const lost = [...this.#failed.splice(0).map(({ waiting }) => waiting), ...this.#waiting.splice(0)];
    this.#options.warn(`${lost.length} bodies could not be written before the end, and are lost. ${this.#trouble ?? ""}`);
    for (const waiting of lost) this.#done(waiting);
  }

  #done(waiting: WaitingBody): void {
    this.#held.delete(waiting.id);
    waiting.release();
  }
}

/** How many of the first go at once: one at least. */
function fitting(waiting: readonly WaitingBody[], most: number): number {
  let [count, bytes] = [0, 0];
  for (const { body } of waiting.slice(0, most)) {
    bytes += body.request.bytes.length + body.answer.bytes.length;
    if (count > 0 && bytes > bytesAtOnce) break;
    count++;
  }
  return count;
}

/** A system's own error by its code, since its message names paths; what others say as it stands. */
function reasonOf(error: unknown): string {
  const { code, message } = error as { code?: unknown; message?: unknown };
  if (code === "ENOSPC" || code === "EDQUOT") return "the disk is full";
  if (typeof code === "string" && /^E[A-Z0-9]+$/.test(code)) return `the disk refused: ${code}`;
  return typeof message === "string" ? message : "the store of bodies refused";
}
