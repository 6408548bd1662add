import type { Config } from "../../config/index.ts";

/** What the config says of requests with an `Idempotency-Key`, everything filled in. */
export interface RepeatRules {
  readonly keepMs: number;
  readonly whileUnderWay: "wait" | "refuse";
  readonly waitMs: number;
  readonly maxAnswerBytes: number;
  readonly maxBytes: number;
  readonly maxKeysPerCaller: number;
  readonly onLoss: "refuse" | "pass";
}

/** @returns undefined where the header is ignored */
export function repeatRules(options: Config["idempotency"]): RepeatRules | undefined {
  const { enabled = true, keepHours = 24, waitSeconds = 50, maxAnswerBytes = 4 * 1024 * 1024, maxBytes = 256 * 1024 * 1024 } = options;
  const { whileUnderWay = "wait", maxKeysPerCaller = 10_000, onLoss = "refuse" } = options;
  if (!enabled) return undefined;
  const keepMs = keepHours * 3_600_000;
  return { keepMs, whileUnderWay, waitMs: waitSeconds * 1_000, maxAnswerBytes, maxBytes, maxKeysPerCaller, onLoss };
}
