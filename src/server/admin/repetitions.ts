import { createHash } from "node:crypto";
import { Fault } from "../../exchange/index.ts";
import type { AdminReply } from "./operation.ts";

const keptMs = 10 * 60_000;
const mostKept = 1_000;

interface Kept {
  readonly request: string;
  readonly until: number;
  readonly reply: Promise<AdminReply>;
}

/**
 * Answers to requests that may be sent twice (`Idempotency-Key`), for ten minutes and in memory only: the answer that made a key holds
 * it. Two at once are one; one that failed may be tried again.
 */
export class Repetitions {
  readonly #kept = new Map<string, Kept>();

  /**
   * @param key whose, for which operation, and the header's value
   * @throws Fault `repetition_differs` where the same key came with another request
   */
  once(key: string, request: Uint8Array, now: number, run: () => Promise<AdminReply>): Promise<AdminReply> {
    this.#forget(now);
    const digest = createHash("sha256").update(request).digest("base64url");
    const before = this.#kept.get(key);
    if (before) {
      if (before.request !== digest) throw new Fault("repetition_differs");
      return before.reply;
    }
    const reply = run();
    this.#kept.set(key, { request: digest, until: now + keptMs, reply });
    reply.catch(() => this.#kept.delete(key));
    return reply;
  }

  /** They are in the order of their ends. */
  #forget(now: number): void {
    for (const [key, { until }] of this.#kept) {
      if (until > now && this.#kept.size < mostKept) return;
      this.#kept.delete(key);
    }
  }
}
