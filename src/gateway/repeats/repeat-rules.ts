import type { Config } from "../../config/index.ts";

/** What the config says of requests with an `Idempotency-Key`, everything filled in. */
export interface RepeatRules {
  readonly keepMs: number;
  /** So many days, in UTC, records are kept; undefined: for ever. */
  readonly recordDays: number | undefined;
  readonly whileUnderWay: "wait" | "refuse";
  readonly waitMs: number;
  readonly maxAnswerBytes: number;
  readonly maxBytes: number;
  readonly maxKeysPerCaller: number;
  readonly onLoss: "refuse" | "pass";
}

/** @returns undefined where the header is ignored */
export function repeatRules({ idempotency: options, records }: Pick<Config, "idempotency" | "records">): RepeatRules | undefined {
  const { enabled = true, keepHours = 24, waitSeconds = 50, maxAnswerBytes = 4 * 1024 * 1024, maxBytes = 256 * 1024 * 1024 } = options;
  const { whileUnderWay = "wait", maxKeysPerCaller = 10_000, onLoss = "refuse" } = options;
  if (!enabled) return undefined;
  const keepMs = keepHours * 3_600_000;
  return {
    keepMs,
    recordDays: records.keepDays,
    whileUnderWay,
    waitMs: waitSeconds * 1_000,
    maxAnswerBytes,
    maxBytes,
    maxKeysPerCaller,
    onLoss,
  };
}

const dayMs = 86_400_000;

/** Until when the answer of a request is kept: as long as its key stands, and no longer than its record, by which it is erased. */
export function answerEnd(startedAt: number, { keepMs, recordDays }: Pick<RepeatRules, "keepMs" | "recordDays">): number {
  const keyEnd = startedAt + keepMs;
  return recordDays === undefined ? keyEnd : Math.min(keyEnd, (Math.floor(startedAt / dayMs) + recordDays + 1) * dayMs);
}
