import { type HoldAnswer, type HoldQuestion, tellMs, timesOf } from "../../storage/index.ts";
import type { Counter } from "./counter.ts";
import { type Span, spanAt } from "./window.ts";

/** What a holder (a process) asks of a counter. */
export interface Ask {
  readonly holder: string;
  /** Used so far in the window, reservations among it. */
  readonly used: number;
  /** Back from what was taken out of a bucket or a sliding window; negative where more was used than was taken. */
  readonly give: number;
  /** What must be free for it to be a yes. */
  readonly need: number;
  /** What it would like to have free, to spend without asking. */
  readonly wish: number;
  /** What it would keep free beside that, where there is plenty. */
  readonly spare: number;
  /** Of what it holds, it may use so much until the answer has come: that stays its own. */
  readonly keep: number;
  /** It needs nothing any more. */
  readonly leave: boolean;
  readonly now: number;
}

export interface Share {
  /** Free for the holder from now on: at least `need`, or it is a no. */
  readonly free: number;
  /** Of it, so much until it tells again. */
  readonly step: number;
  /** Left for everybody, beside what is shared out. */
  readonly left: number;
  /** As all have told it, this holder among them. */
  readonly used: number;
  /** The share is worth nothing from then on. */
  readonly untilMs: number;
  /** So often the holder tells what it has used. */
  readonly tellEveryMs: number;
  /** Not heard of for so long, it is dead. */
  readonly patienceMs: number;
  /** Of a no: when to try again. */
  readonly retryAfterMs: number;
}

/** Where others hold what is left, it comes back when their requests end. */
const soonMs = 1_000;
/** What never ends is kept so long after the last word; of the rest, until clocks that go wrong are past its end too. */
const endlessMs = 400 * 86_400_000;
const doubtMs = 86_400_000;

/** The window of a counter that the store itself shares out; undefined of one that fills up again, which `pour-out.ts` reckons. */
export function heldSpan({ window }: Counter, now: number): Span | undefined {
  if (window.kind === "standing") return { startMs: 0, endMs: Number.POSITIVE_INFINITY };
  return window.kind === "calendar" ? spanAt(window.unit, window.zone, now) : undefined;
}

/** In the store's words. @param turn one more each time */
export function questionOf({ id, limit, window }: Counter, span: Span, ask: Ask, turn: number): HoldQuestion {
  const { holder, used, need, wish, spare, keep, leave, now } = ask;
  const standing = window.kind === "standing";
  const expiresAt = heldUntil(standing, span, now);
  return { id, limit, startMs: span.startMs, standing, holder, turn, used, need, wish, spare, keep, leave, now, expiresAt };
}

/** When nobody needs a held counter any more. */
export function heldUntil(standing: boolean, { endMs }: Span, now: number): number {
  if (standing) return now + doubtMs;
  return endMs === Number.POSITIVE_INFINITY ? now + endlessMs : endMs + doubtMs;
}

export function shareOf(answer: HoldAnswer, { limit, standing, need, wish, now }: HoldQuestion, { endMs }: Span): Share {
  const { free, step, left, used, others, holders } = answer;
  const isUsedUp = !standing && limit - used < need && others === 0 && endMs !== Number.POSITIVE_INFINITY;
  const retryAfterMs = free >= need ? 0 : isUsedUp ? Math.max(1, endMs - now) : soonMs;
  // Who gets less than it would like has what others could use now: it looks again soon whether it needs that.
  const times = timesOf(holders);
  const tellEveryMs = free < wish ? tellMs.least : times.tellEveryMs;
  return { free, step, left, used, untilMs: endMs, tellEveryMs, patienceMs: times.patienceMs, retryAfterMs };
}
