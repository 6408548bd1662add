import { createHash } from "node:crypto";
import type { AlertTargetConfig } from "../../config/index.ts";
import { Explanation, Fault } from "../../exchange/index.ts";
import type { Threshold } from "../../policies/index.ts";
import type { Transport } from "../../providers/index.ts";
import type { OutboxStore, OutMessage } from "../../storage/index.ts";
import { type Alert, deliver } from "./alert-target.ts";

export interface AlertPostParts {
  readonly outbox: OutboxStore;
  readonly transport: Transport;
  readonly warn: (message: string) => void;
  /** How soon what waits is looked at again. Default 2000. */
  readonly everyMs?: number;
  /** The wait before the second try; it doubles from then on. Default 5000. */
  readonly firstWaitMs?: number;
}

const leaseMs = 60_000;
const longestWaitMs = 3_600_000;
/** A message that could not be delivered for so long is given up. */
const givenUpAfterMs = 3 * 86_400_000;
/** So long no message of the same threshold and window is made again. */
const knownMs = 400 * 86_400_000;
const atOnce = 20;

/**
 * Tells those whom the config names when limits are used to a part of them: once for each threshold and window, however many processes
 * see it, and over restarts. A message waits in the outbox until it was delivered.
 */
export class AlertPost {
  readonly #parts: AlertPostParts;
  #targets: ReadonlyMap<string, AlertTargetConfig> = new Map();
  #timer: ReturnType<typeof setInterval> | undefined;
  #working: Promise<void> | undefined;
  #sweptAt = 0;
  /** The outbox could not be read or written the last time; that was told. */
  #troubled = false;
  #closed = false;

  constructor(parts: AlertPostParts) {
    this.#parts = parts;
  }

  /** Takes these targets instead of those so far. Without any, nothing is looked at. */
  configure(targets: ReadonlyMap<string, AlertTargetConfig>): void {
    this.#targets = targets;
    clearInterval(this.#timer);
    this.#timer = undefined;
    if (targets.size === 0) return;
    this.#timer = setInterval(() => void this.work(), this.#parts.everyMs ?? 2_000);
    this.#timer.unref();
  }

  /** A counter has been used to a part of it. */
  async tell({ counter, at, to, used, windowId, now }: Threshold): Promise<void> {
    const { id: limit, name, whose, measure, limit: of } = counter;
    const alert: Alert = {
      type: "limit.threshold",
      timestamp: new Date(now).toISOString(),
      data: { limit, name, whose, measure, of, used, at },
    };
    try {
      for (const target of to) {
        const id = `alert_${createHash("sha256")
          .update(JSON.stringify([limit, of, at, windowId, target]))
          .digest("base64url")
          .slice(0, 24)}`;
        await this.#parts.outbox.add({ id, target, body: JSON.stringify(alert), createdAt: now });
      }
    } catch (error) {
      this.#parts.warn(`An alert about ${name} of ${whose} could not be kept, and is not sent. ${String(error)}`);
    }
    void this.work();
  }

  /** Delivers what is due. */
  work(): Promise<void> {
    if (this.#closed) return Promise.resolve();
    this.#working ??= this.#worked().finally(() => (this.#working = undefined));
    return this.#working;
  }

  async #worked(): Promise<void> {
    const { outbox, warn } = this.#parts;
    try {
      const now = Date.now();
      const due = await outbox.claim(now, leaseMs, atOnce);
      this.#troubled = false;
      await Promise.all(due.map((message) => this.#sent(message)));
      if (now - this.#sweptAt < 3_600_000) return;
      this.#sweptAt = now;
      await outbox.sweep(now - knownMs);
    } catch (error) {
      if (!this.#troubled) warn(`Alerts cannot be read or written: ${String(error)}`);
      this.#troubled = true;
    }
  }

  async #sent(message: OutMessage): Promise<void> {
    const { outbox, transport, warn, firstWaitMs = 5_000 } = this.#parts;
    const { id, target: name, body, tries, createdAt } = message;
    const target = this.#targets.get(name);
    if (!target) {
      warn(`An alert for "${name}" is not sent: the config has no such target any more.`);
      return outbox.end(id, Date.now());
    }
    try {
      await deliver(target, id, body, transport);
      await outbox.end(id, Date.now());
    } catch (error) {
      const why = error instanceof Explanation || error instanceof Fault ? error.message : error instanceof Error ? error.name : "an error";
      const now = Date.now();
      if (now - createdAt > givenUpAfterMs) {
        warn(`An alert for "${name}" is given up after ${tries} tries: ${why}.`);
        return outbox.end(id, now);
      }
      if (tries === 1) warn(`An alert for "${name}" could not be delivered (${why}) and is tried again.`);
      const wait = Math.min(longestWaitMs, firstWaitMs * 2 ** (tries - 1));
      await outbox.later(id, now + wait * (0.75 + Math.random() / 2));
    }
  }

  /** What is being sent ends first; what waits is sent after the next start. */
  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#timer);
    await this.#working;
  }
}
