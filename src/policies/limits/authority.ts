import type { CounterEntry, CounterStore, SwapOutcome } from "../../storage/index.ts";
import type { Counter } from "./counter.ts";
import { type PouredWindow, pourOut } from "./pour-out.ts";
import { readState, writeState } from "./poured-state.ts";
import { type Ask, heldSpan, questionOf, type Share, shareOf } from "./share-out.ts";
import type { Span } from "./window.ts";

/** So often another writer may be faster. */
const mostTries = 1_000;
const triesAtOnce = 3;
const longestWaitMs = 1_000;
const doubtMs = 86_400_000;
/** So many counters that nothing is taken from any more are remembered as they were left. */
const mostLeft = 10_000;
const longestLeft = 500;

/** How it is waited, and for how long. */
export interface Patience {
  after(ms: number, work: () => void): void;
  /** From 0 to 1. */
  random(): number;
}

/**
 * Asks the store for shares: one operation each, at once where the store is in the process. Of what fills up again, by optimistic
 * writing: it reckons with what it saw last, and again with what stands there when somebody was faster.
 */
export class Authority {
  readonly #store: CounterStore;
  readonly #after: Patience["after"];
  readonly #random: () => number;
  readonly #seen = new Map<string, CounterEntry>();
  readonly #left = new Map<string, CounterEntry>();
  #turn = 0;
  /** Operations of the store so far. */
  asked = 0;
  /** The store is in another process, as it turned out: what asks it waits. */
  isFar = false;

  constructor(store: CounterStore, { after, random }: Patience) {
    this.#store = store;
    this.#after = after;
    this.#random = random;
  }

  /** Rejects with what the store throws, also where that is in this process; whether something was shared out is not known then. */
  ask(counter: Counter, ask: Ask): Share | Promise<Share> {
    const span = heldSpan(counter, ask.now);
    try {
      return span ? this.#hold(counter, span, ask) : this.#pour(counter, ask);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  #hold(counter: Counter, span: Span, ask: Ask): Share | Promise<Share> {
    this.asked++;
    const question = questionOf(counter, span, ask, ++this.#turn);
    const answer = this.#store.hold(question);
    if (!(answer instanceof Promise)) return shareOf(answer, question, span);
    this.isFar = true;
    return answer.then((heard) => shareOf(heard, question, span));
  }

  #pour(counter: Counter, ask: Ask): Share | Promise<Share> {
    // Far away, a write that finds something else there tells it: no slower than to look first, and faster where nothing is there.
    const seen = this.#seen.get(counter.id) ?? this.#left.get(counter.id);
    if (this.isFar || seen) return this.#try(counter, ask, seen, 0);
    this.asked++;
    const entry = this.#store.get(counter.id);
    if (!(entry instanceof Promise)) return this.#try(counter, ask, entry, 0);
    this.isFar = true;
    return entry.then((found) => this.#try(counter, ask, found, 0));
  }

  #try(counter: Counter, ask: Ask, entry: CounterEntry | undefined, tries: number): Share | Promise<Share> {
    if (tries === mostTries) throw new Error(`the counter ${counter.id} is changed by too many at once`);
    const window = counter.window as PouredWindow;
    const { state, share } = pourOut(entry && readState(entry.state), counter.limit, window, ask);
    const version = entry?.version ?? 0;
    const text = writeState(state);
    this.asked++;
    const expiresAt = ask.now + doubtMs + window.lengthMs;
    const outcome = this.#store.swap({ id: counter.id, version, before: entry?.state, state: text, expiresAt });
    const settled = (written: SwapOutcome) => {
      if (written) return this.#again(counter, ask, written.entry, tries + 1);
      if (ask.leave) this.#leave(counter.id, { version: version + 1, state: text });
      else {
        this.#left.delete(counter.id);
        this.#seen.set(counter.id, { version: version + 1, state: text });
      }
      return share;
    };
    return outcome instanceof Promise ? outcome.then(settled) : settled(outcome);
  }

  /** Many who ask for the same at once let each other pass. */
  #again(counter: Counter, ask: Ask, entry: CounterEntry | undefined, tries: number): Share | Promise<Share> {
    if (!this.isFar || tries < triesAtOnce) return this.#try(counter, ask, entry, tries);
    const waitMs = this.#random() * Math.min(longestWaitMs, 2 ** tries);
    return new Promise<void>((resolve) => this.#after(waitMs, resolve)).then(() => this.#try(counter, ask, entry, tries));
  }

  /** Who comes back soon finds it as it was left, where nobody else was there. */
  #leave(id: string, entry: CounterEntry): void {
    this.#seen.delete(id);
    if (!this.isFar || entry.state.length > longestLeft) return;
    this.#left.delete(id);
    this.#left.set(id, entry);
    if (this.#left.size > mostLeft) for (const [oldest] of this.#left) return void this.#left.delete(oldest);
  }
}
