import type { Counter } from "./counter.ts";
import { spanAt } from "./window.ts";

/**
 * How one counter is shared out among holders (processes). Pure: what stood there and what is asked in, what stands there now and what
 * was given out. `docs/limits.md` says why it holds: at every moment
 * `spent + Σ granted ≤ limit`, and no holder uses more than it was granted.
 */
export interface CounterState {
  /** Of the calendar's unit; of a bucket, when `level` was right; else 0. */
  readonly atMs: number;
  /** Settled, by whoever holds nothing any more. */
  readonly spent: number;
  /** Of a bucket: what is in it. */
  readonly level: number;
  /** Of a sliding window: number of the slot, and what was taken in it. */
  readonly slots: readonly (readonly [slot: number, taken: number])[];
  readonly holders: Readonly<Record<string, Holding>>;
  /** Of holders that were taken for dead, what was counted as spent for them: taken back, should they be heard of again. */
  readonly buried: Readonly<Record<string, number>>;
}

/** What one holder has of a counter. */
export interface Holding {
  readonly granted: number;
  /** As it was last told. */
  readonly used: number;
  /** It uses at most so much beyond `used` before it tells again. */
  readonly step: number;
  /** Unless it is heard of until then, it is dead. */
  readonly untilMs: number;
}

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
  readonly state: CounterState;
  /** Free for the holder from now on: at least `need`, or it is a no. */
  readonly free: number;
  /** Of it, so much until it tells again. */
  readonly step: number;
  /** Left for everybody, beside what is shared out. */
  readonly left: number;
  /** The share is worth nothing from then on. */
  readonly untilMs: number;
  /** So often the holder tells what it has used; longer where many hold a part, so that they do not stand in each other's way. */
  readonly tellEveryMs: number;
  /** Not heard of for so long, it is dead. */
  readonly patienceMs: number;
  /** Of a no: when to try again. */
  readonly retryAfterMs: number;
}

/** A holder that is not heard of for so long is dead; where many hold a part, after so many times of telling. */
const holderPatienceMs = 30_000;
const patienceTells = 2.5;
const leastTellMs = 5_000;
const tellMsOfHolder = 100;
const mostTellMs = 20_000;
/** Of what is left, one holder uses no more than this part untold. */
const riskedPart = 1 / 8;
/** Of what is left, all holders together keep no more than this part without need. */
const sparePart = 1 / 16;
const slotsOfWindow = 60;
/** What is taken out of a bucket is used within this time, or goes back. */
const mostBucketMs = 1_000;
/** Where others hold what is left, it comes back when their requests end. */
const soonMs = 1_000;
/** Who is heard of again is so soon after: of the others, the longest dead are forgotten. */
const mostBuried = 64;
const pouredTimes = { tellEveryMs: leastTellMs, patienceMs: holderPatienceMs };
const nobody: CounterState = { atMs: 0, spent: 0, level: 0, slots: [], holders: {}, buried: {} };

export function shareOut(before: CounterState | undefined, counter: Counter, ask: Ask): Share {
  switch (counter.window.kind) {
    case "calendar": {
      const span = spanAt(counter.window.unit, counter.window.zone, ask.now);
      return held(before?.atMs === span.startMs ? before : { ...nobody, atMs: span.startMs }, counter.limit, ask, span.endMs);
    }
    case "standing":
      return held(before ?? nobody, counter.limit, ask, Number.POSITIVE_INFINITY, true);
    case "bucket":
      return poured(before, counter.limit, counter.window.lengthMs, ask);
    case "sliding":
      return slid(before ?? nobody, counter.limit, counter.window.lengthMs, ask);
  }
}

/** @param standing what is used comes back by itself: a dead holder's requests are dead too */
function held(before: CounterState, limit: number, ask: Ask, endMs: number, standing = false): Share {
  const { holders, spent, buried } = withoutDead(before, ask, standing);
  const mine = holders[ask.holder];
  delete holders[ask.holder];
  const others = Object.values(holders).reduce((sum, { granted }) => sum + granted, 0);
  const count = Object.keys(holders).length + 1;
  const tellEveryMs = Math.min(mostTellMs, Math.max(leastTellMs, count * tellMsOfHolder));
  const patienceMs = Math.max(holderPatienceMs, tellEveryMs * patienceTells);
  const times = { untilMs: endMs, tellEveryMs, patienceMs };
  if (ask.leave) {
    const state = { ...before, holders, buried, spent: standing ? 0 : spent + ask.used };
    return { state, free: 0, step: 0, left: limit - state.spent - others, ...times, retryAfterMs: 0 };
  }
  const room = limit - spent - others - ask.used;
  const spare = Math.max(0, Math.min(ask.spare, Math.floor((room * sparePart) / count)));
  const had = Math.max(0, (mine?.granted ?? 0) - ask.used);
  const free = Math.max(spare, Math.min(ask.keep, had), fair(room, ask, count, had));
  // If this holder dies, no more than a part of what is left is lost; near the end no more than is needed.
  const step = Math.min(free, Math.max(ask.need, ask.keep, Math.ceil(room * riskedPart)));
  holders[ask.holder] = { granted: ask.used + free, used: ask.used, step, untilMs: ask.now + patienceMs };
  const exhausted = !standing && limit - spent - ask.used < ask.need && others === 0;
  return {
    state: { ...before, holders, spent, buried },
    free,
    step,
    left: Math.max(0, room - free),
    ...times,
    retryAfterMs: free >= ask.need ? 0 : exhausted && endMs !== Number.POSITIVE_INFINITY ? Math.max(1, endMs - ask.now) : soonMs,
  };
}

/** A part of what is there that leaves some for the others; what is needed, where it is there. */
function fair(room: number, { need, wish }: Ask, holders: number, had: number): number {
  if (room <= 0) return 0;
  const part = Math.floor(room / (holders + 1));
  return Math.min(room, Math.max(need, Math.min(wish, Math.max(part, Math.min(had, wish)))));
}

/**
 * What dead holders may have used is spent; the rest of what they held is free again. Where the store was away for long, all seem dead
 * to the first who comes back, and each of the others says itself what it has used.
 */
function withoutDead({ holders, spent, buried: before }: CounterState, { now, holder }: Ask, standing: boolean) {
  const living: Record<string, Holding> = {};
  const buried = { ...before };
  let total = spent - (buried[holder] ?? 0);
  delete buried[holder];
  for (const [name, holding] of Object.entries(holders)) {
    if (holding.untilMs > now || name === holder) living[name] = holding;
    else if (!standing) {
      const used = Math.max(holding.used, Math.min(holding.granted, holding.used + holding.step));
      total += used;
      buried[name] = used;
    }
  }
  const tooMany = Object.keys(buried).length - mostBuried;
  if (tooMany > 0) for (const name of Object.keys(buried).slice(0, tooMany)) delete buried[name];
  return { holders: living, spent: total, buried };
}

function poured(before: CounterState | undefined, limit: number, lengthMs: number, ask: Ask): Share {
  const sinceMs = before ? Math.max(0, ask.now - before.atMs) : lengthMs;
  const level = Math.min(limit, (before?.level ?? limit) + (sinceMs * limit) / lengthMs + ask.give);
  const taken = ask.leave || level < ask.need ? 0 : Math.max(ask.need, Math.min(ask.wish, Math.floor(level / 4)));
  return {
    state: { ...nobody, atMs: ask.now, level: level - taken },
    free: taken,
    step: taken,
    left: Math.floor(level - taken),
    untilMs: ask.now + Math.min(mostBucketMs, lengthMs / slotsOfWindow),
    ...pouredTimes,
    retryAfterMs: taken >= ask.need ? 0 : Math.max(1, Math.ceil(((ask.need - level) * lengthMs) / limit)),
  };
}

function slid(before: CounterState, limit: number, lengthMs: number, ask: Ask): Share {
  const slotMs = lengthMs / slotsOfWindow;
  const slot = Math.floor(ask.now / slotMs);
  const slots = back(
    before.slots.filter(([number]) => number >= slot - slotsOfWindow),
    ask.give,
  );
  if (ask.give < 0) add(slots, slot, -ask.give);
  const room = limit - slots.reduce((sum, [, taken]) => sum + taken, 0);
  const taken = ask.leave || room < ask.need ? 0 : Math.max(ask.need, Math.min(ask.wish, Math.floor(room / 4)));
  if (taken > 0) add(slots, slot, taken);
  return {
    state: { ...nobody, slots },
    free: taken,
    step: taken,
    left: room - taken,
    untilMs: (slot + 1) * slotMs,
    ...pouredTimes,
    retryAfterMs: taken >= ask.need ? 0 : Math.max(1, Math.ceil(freeAgainAt(slots, ask.need - room, slotMs, lengthMs) - ask.now)),
  };
}

function add(slots: (readonly [number, number])[], slot: number, taken: number): void {
  const last = slots.at(-1);
  if (last?.[0] === slot) slots[slots.length - 1] = [slot, last[1] + taken];
  else slots.push([slot, taken]);
}

/** What comes back was taken last. */
function back(slots: readonly (readonly [number, number])[], give: number): (readonly [number, number])[] {
  const kept = [...slots];
  let left = give;
  for (let at = kept.length - 1; at >= 0 && left > 0; at--) {
    const [number, taken] = kept[at] as readonly [number, number];
    const returned = Math.min(taken, left);
    left -= returned;
    kept[at] = [number, taken - returned];
  }
  return kept;
}

/** When so much has slid out. */
function freeAgainAt(slots: readonly (readonly [number, number])[], missing: number, slotMs: number, lengthMs: number): number {
  let sum = 0;
  for (const [number, taken] of slots) {
    sum += taken;
    if (sum >= missing) return (number + 1) * slotMs + lengthMs;
  }
  return ((slots.at(-1)?.[0] ?? 0) + 1) * slotMs + lengthMs;
}
