import { createHash } from "node:crypto";
import { Fault } from "../../exchange/index.ts";
import type { RepetitionStore } from "../../storage/index.ts";
import type { AdminReply } from "./operation.ts";

const keptMs = 10 * 60_000;
const mostKept = 1_000;
/** Of what is under way at another process. */
const lookEveryMs = 50;
const mostLooks = 40;

export interface RepetitionOptions {
  readonly store: RepetitionStore;
  /** Keyed: what is hashed may be a secret. */
  readonly hash: (text: string) => string;
}

/** A request with an `Idempotency-Key`. */
export interface Repeatable {
  /** Whose, for which operation, and the header's value. */
  readonly name: string;
  readonly request: Uint8Array;
  /** Its answer shows something this once: it is kept in memory only. */
  readonly shownOnce: boolean;
  /**
   * Does it.
   * @param acted called once it is done, whatever comes afterwards
   */
  run(acted: () => void): Promise<AdminReply>;
}

interface Kept {
  readonly request: string;
  readonly until: number;
  readonly reply: Promise<AdminReply>;
}

/**
 * Answers to requests that may be sent twice, for ten minutes. That one was begun stands in the store: it is done once at whichever
 * process, and after a crash. One that came to nothing may be tried again.
 */
export class Repetitions {
  readonly #options: RepetitionOptions;
  readonly #kept = new Map<string, Kept>();

  constructor(options: RepetitionOptions) {
    this.#options = options;
  }

  /** @throws Fault `repetition_differs` where the same key came with another request; `repetition_unknown` where nobody can say what it was answered */
  once(asked: Repeatable, now: number): Promise<AdminReply> {
    this.#forget(now);
    const { hash } = this.#options;
    const id = hash(asked.name);
    const request = hash(createHash("sha256").update(asked.request).digest("base64url"));
    const before = this.#kept.get(id);
    if (before) {
      if (before.request !== request) throw new Fault("repetition_differs");
      return before.reply;
    }
    let hasActed = false;
    const reply = this.#begun(id, request, asked, now, () => {
      hasActed = true;
    });
    this.#kept.set(id, { request, until: now + keptMs, reply });
    reply.catch(() => hasActed || this.#kept.delete(id));
    return reply;
  }

  async #begun(id: string, request: string, asked: Repeatable, now: number, acted: () => void): Promise<AdminReply> {
    const { store } = this.#options;
    for (let looks = 0; ; looks++) {
      const first = await store.begin(id, request, now, now + keptMs);
      if (!first) break;
      if (first.request !== request) throw new Fault("repetition_differs");
      if (first.reply !== undefined) return JSON.parse(first.reply) as AdminReply;
      if (first.done || looks === mostLooks)
        throw new Fault("repetition_unknown", { message: first.done ? doneElsewhere : begunElsewhere });
      await new Promise((resolve) => setTimeout(resolve, lookEveryMs));
    }
    let hasActed = false;
    try {
      const reply = await asked.run(() => {
        hasActed = true;
        acted();
      });
      await store.done(id, asked.shownOnce ? undefined : JSON.stringify(reply)).catch(() => undefined);
      return reply;
    } catch (error) {
      if (!hasActed) await store.forget(id).catch(() => undefined);
      throw error;
    }
  }

  /** They are in the order of their ends. */
  #forget(now: number): void {
    for (const [key, { until }] of this.#kept) {
      if (until > now && this.#kept.size < mostKept) return;
      this.#kept.delete(key);
    }
  }
}

const doneElsewhere =
  "This was done already, and what it showed is shown once, by the process that did it. Look for what it made; a key is rotated to have a new one.";
const begunElsewhere = "This was begun before, and is under way at another process or was broken off. Look whether it was done.";
