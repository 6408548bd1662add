import type { Counter } from "./counter.ts";

/** What happens to a counter's requests while its store does not answer and the share of this process is used up. */
export type OnLoss = "refuse" | "allow" | { readonly localShare: number };

export interface LossOptions {
  readonly limits: "refuse" | "allow" | "local-share";
  readonly budgets: "refuse" | "allow" | "local-share";
  readonly localShare: number;
}

/** As the config says it, for limits and for budgets. */
export function lossRule({ limits, budgets, localShare }: LossOptions): (counter: Counter) => OnLoss {
  const rule = (word: "refuse" | "allow" | "local-share"): OnLoss => (word === "local-share" ? { localShare } : word);
  const [ofLimits, ofBudgets] = [rule(limits), rule(budgets)];
  return ({ measure }) => (measure === "nanos" ? ofBudgets : ofLimits);
}

/**
 * What one process may use of a limit by itself, while nobody can be asked: a part of the window's limit, or of a bucket that fills up
 * evenly.
 */
export class LocalAllowance {
  readonly #part: number;
  #level: number | undefined;
  #atMs = 0;

  constructor(part: number) {
    this.#part = part;
  }

  /** @param used by this process in the window so far */
  allows({ limit, window }: Counter, used: number, amount: number, now: number): boolean {
    const most = limit * this.#part;
    if (window.kind === "calendar" || window.kind === "standing") return used + amount <= most;
    const level = Math.min(most, (this.#level ?? most) + (Math.max(0, now - this.#atMs) * most) / window.lengthMs);
    this.#atMs = now;
    this.#level = level < amount ? level : level - amount;
    return level >= amount;
  }
}
