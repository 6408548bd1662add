import { add, type Book, mayHaveUsed, remove, turned } from "./book.ts";

/**
 * How one counter that is used up for good (a budget, a limit of the calendar, what is under way) is shared out among holders
 * (processes). The one rule, three times: here for stores in the process, in `valkey-hold.ts` and in `postgres-hold-function.ts` for servers,
 * which work it out themselves, so that nobody stands in another's way. At every moment `spent + Σ granted ≤ limit`, and no holder
 * uses more than it was granted; `docs/limits.md` says why. Amounts are whole numbers, times milliseconds since the epoch.
 */
export interface HoldQuestion {
  readonly id: string;
  readonly limit: number;
  /** When the window began; 0 where it never begins anew. What stands there of another window is put aside, in the place of what was. */
  readonly startMs: number;
  /** What is used comes back by itself: a dead holder's requests are dead too. */
  readonly standing: boolean;
  readonly holder: string;
  /** One more with each question of the holder: one that comes late, after the next, is not heard. */
  readonly turn: number;
  /** Used so far in the window, reservations among it. */
  readonly used: number;
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
  /** When nobody needs what stands there any more. */
  readonly expiresAt: number;
}

export interface HoldAnswer {
  /** Free for the holder from now on: at least `need`, or it is a no. */
  readonly free: number;
  /** Of it, so much until it tells again. */
  readonly step: number;
  /** Left for everybody, beside what is shared out. */
  readonly left: number;
  /** As all have told it; negative where somebody has added to what may be used. */
  readonly used: number;
  /** Shared out to others. */
  readonly others: number;
  /** How many hold a part, whoever asks among them. */
  readonly holders: number;
}

/** What an operator does to a counter: begin it anew, or let so much more be used until its window ends (less, where negative). */
export type Adjustment = { readonly reset: true } | { readonly add: number };

export interface AdjustQuestion {
  readonly id: string;
  readonly startMs: number;
  readonly change: Adjustment;
  readonly expiresAt: number;
}

/** A holder tells so often what it has used, and is dead when it is not heard of for so long; both are longer where many hold a part. */
export const tellMs = { least: 5_000, ofHolder: 100, most: 20_000 } as const;
export const patience = { leastMs: 30_000, tells: 2.5 } as const;
/** Nobody is taken for alive for longer without a word: whoever seems to be was heard of before the clock was put back. */
export const longestPatienceMs = Math.max(patience.leastMs, tellMs.most * patience.tells);
/** Of what is left, one holder uses no more than this part untold. */
export const riskedPart = 1 / 8;
/** Of what is left, all holders together keep no more than this part without need. */
export const sparePart = 1 / 16;
/** Of what is not used yet, all holders together are granted so much; whoever needs more finds the rest. */
export const sharedPart = 1 / 2;
/** Who is heard of again is so soon after: of the others, the longest dead are forgotten. */
export const mostBuried = 1_000;
/** Clocks of holders differ by no more: whoever is still in the window before is told no until its clock has come. */
export const skewMs = 10_000;

export function timesOf(holders: number): { readonly tellEveryMs: number; readonly patienceMs: number } {
  const tellEveryMs = Math.min(tellMs.most, Math.max(tellMs.least, holders * tellMs.ofHolder));
  return { tellEveryMs, patienceMs: Math.max(patience.leastMs, tellEveryMs * patience.tells) };
}

/**
 * Answers, and writes it into the book.
 *
 * @param before what stands there, which is changed; undefined where nothing does
 * @returns the book to keep; none where nothing is to be written
 */
export function hold(before: Book | undefined, ask: HoldQuestion): { readonly book: Book | undefined; readonly answer: HoldAnswer } {
  if (before && before.atMs > ask.startMs && before.atMs <= ask.now + skewMs) return { book: undefined, answer: unheard(before) };
  const book = turned(before, ask.startMs);
  const mine = book.holders.get(ask.holder);
  if (mine && mine.turn >= ask.turn) return { book: undefined, answer: unheard(book) };
  if (ask.now >= book.checkMs || (book.holders.size > 0 && book.checkMs > ask.now + longestPatienceMs)) bury(book, ask);
  const back = book.buried.get(ask.holder);
  if (back) {
    book.spent -= back.used;
    book.buried.delete(ask.holder);
  }
  if (mine) remove(book, ask.holder, mine);
  const holders = book.holders.size + 1;
  if (ask.leave) {
    if (!ask.standing) book.spent += ask.used;
    const left = ask.limit - book.spent - book.granted;
    return { book, answer: { free: 0, step: 0, left, used: book.spent + book.used, others: book.granted, holders } };
  }
  const room = ask.limit - book.spent - book.granted - ask.used;
  const spare = Math.max(0, Math.min(ask.spare, Math.floor((room * sparePart) / holders)));
  const kept = Math.min(ask.keep, Math.max(0, (mine?.granted ?? 0) - ask.used));
  const free = Math.max(spare, kept, fair(book, ask, room));
  // If this holder dies, no more than a part of what is left is lost; near the end no more than is needed.
  const step = Math.min(free, Math.max(ask.need, ask.keep, Math.ceil(room * riskedPart)));
  const others = book.granted;
  const { used, wish, turn } = ask;
  add(book, ask.holder, { granted: used + free, used, step, untilMs: ask.now + timesOf(holders).patienceMs, wish, turn });
  return { book, answer: { free, step, left: Math.max(0, room - free), used: book.spent + book.used, others, holders } };
}

/**
 * What is needed, where it is there. Beyond that a part of what nobody has used yet, as large as this holder's use is among that of
 * all, so that all run low at the same time; and at least half of what is free stays for others.
 */
function fair(book: Book, { limit, used, need, wish }: HoldQuestion, room: number): number {
  if (room <= 0) return 0;
  const unused = limit - book.spent - book.used - used;
  const part = wish > 0 ? Math.floor(Math.min(room * sharedPart, (unused * sharedPart * wish) / (book.wished + wish))) : 0;
  return Math.min(room, Math.max(need, Math.min(wish, part)));
}

/** What processes hold stays theirs. @returns the book to keep */
export function adjustBook(before: Book | undefined, { startMs, change }: AdjustQuestion): Book {
  const book = turned(before, startMs);
  if ("reset" in change) {
    book.spent = -book.used;
    book.buried.clear();
  } else book.spent -= change.add;
  return book;
}

function unheard({ spent, used, granted, holders }: Book): HoldAnswer {
  return { free: 0, step: 0, left: 0, used: spent + used, others: granted, holders: holders.size };
}

/**
 * What dead holders may have used is spent; the rest of what they held is free again. Where the store was away for long, all seem dead
 * to the first who comes back, and each of the others says itself what it has used.
 */
function bury(book: Book, { holder, standing, now }: HoldQuestion): void {
  let checkMs = Number.POSITIVE_INFINITY;
  for (const [name, holding] of book.holders) {
    if (name === holder) continue;
    if (holding.untilMs > now) {
      const untilMs = Math.min(holding.untilMs, now + longestPatienceMs);
      if (untilMs < holding.untilMs) book.holders.set(name, { ...holding, untilMs });
      checkMs = Math.min(checkMs, untilMs);
      continue;
    }
    remove(book, name, holding);
    if (standing) continue;
    const used = mayHaveUsed(holding);
    book.spent += used;
    book.buried.set(name, { used, atMs: now });
  }
  book.checkMs = checkMs;
  const tooMany = book.buried.size - mostBuried;
  if (tooMany <= 0) return;
  const longestFirst = [...book.buried].sort(([, one], [, other]) => one.atMs - other.atMs);
  for (const [name] of longestFirst.slice(0, tooMany)) book.buried.delete(name);
}
