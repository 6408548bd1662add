import { CommandError } from "./command-line/command.ts";

const unitsMs: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

/**
 * A moment as people write it: a date, a date with a time, or a span as `7d`.
 * @param direction which way a span counts from `now` @returns milliseconds since the epoch @throws CommandError
 */
export function parseTime(text: string, flag: string, now: number, direction: "back" | "ahead"): number {
  const span = /^(\d{1,6})([mhdw])$/.exec(text);
  if (span !== null) {
    const ms = Number(span[1]) * unitsMs[span[2]!]!;
    return direction === "back" ? now - ms : now + ms;
  }
  const time = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d))?$/.test(text) ? Date.parse(text) : Number.NaN;
  if (!Number.isNaN(time)) return time;
  throw new CommandError(
    `--${flag} takes a time, not ${JSON.stringify(text)}.`,
    `Write a date, as 2026-11-20 or 2026-11-20T08:00:00Z, or a span, as 24h, 7d or 4w.`,
  );
}

/** `2026-11-20 08:00` in UTC. */
export function shortTime(time: number): string {
  return new Date(time).toISOString().slice(0, 16).replace("T", " ");
}
