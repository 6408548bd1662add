import type { CounterEntry, CounterStore, SwapOutcome } from "../../storage/index.ts";
import type { Counter } from "./counter.ts";
import { readState, writeState } from "./counter-state.ts";
import { type Ask, type Share, shareOut } from "./share-out.ts";

/** So often another writer may be faster. */
const mostTries = 1_000;
const triesAtOnce = 3;
const longestWaitMs = 1_000;
/** What never ends is kept so long after the last word; of the rest, until clocks that go wrong are past its end too. */
const endlessMs = 400 * 86_400_000;
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
 * Asks the store for shares, by optimistic writing: it reckons with what it saw last, and again with what stands there when somebody
 * was faster. Mostly one round trip; at once where the store is in the process.
 */
export class Authority {
  readonly #store: CounterStore;
  readonly #after: Patience["after"];
  readonly #random: () => number;
  readonly #seen = new Map<string, CounterEntry>();
  readonly #left = new Map<string, CounterEntry>();
  /** Operations of the store so far. */
  asked = 0;
  /** The store is in another process, as it turned out: what asks it waits. */
  isFar = false;

  constructor(store: CounterStore, { after, random }: Patience) {
    this.#store = store;
    this.#after = after;
    this.#random = random;
  }

  /** @throws what the store throws; nothing is shared out then */
  ask(counter: Counter, ask: Ask): Share | Promise<Share> {
    // Far away, a write that finds something else there tells it: no slower than to look first, and faster where nothing is there.
    const seen = this.#seen.get(counter.id) ?? this.#left.get(counter.id);
    if (this.isFar || seen) return this.#try(counter, ask, seen, 0);
    this.asked++;
    const entry = this.#store.get(counter.id);
    if (!(entry instanceof Promise)) return this.#try(counter, ask, entry, 0);
    this.isFar = true;
    return entry.then((found) => this.#try(counter, ask, found, 0));
  }

  /** What the answer would be, with nothing written: whoever was told no asks so, and stands in nobody's way. */
  async look(counter: Counter, ask: Ask): Promise<Share> {
    this.asked++;
    const entry = await this.#store.get(counter.id);
    if (entry) this.#seen.set(counter.id, entry);
    else this.#seen.delete(counter.id);
    return shareOut(entry && readState(entry.state), counter, ask);
  }

  #try(counter: Counter, ask: Ask, entry: CounterEntry | undefined, tries: number): Share | Promise<Share> {
    if (tries === mostTries) throw new Error(`the counter ${counter.id} is changed by too many at once`);
    const share = shareOut(entry && readState(entry.state), counter, ask);
    const version = entry?.version ?? 0;
    const state = writeState(share.state);
    this.asked++;
    const expiresAt = keptUntil(counter, share, ask.now);
    const outcome = this.#store.swap({ id: counter.id, version, before: entry?.state, state, expiresAt });
    const settled = (written: SwapOutcome) => {
      if (written) return this.#again(counter, ask, written.entry, tries + 1);
      if (ask.leave) this.#leave(counter.id, { version: version + 1, state });
      else {
        this.#left.delete(counter.id);
        this.#seen.set(counter.id, { version: version + 1, state });
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

function keptUntil({ window }: Counter, { untilMs }: Share, now: number): number {
  if (window.kind === "calendar") return window.unit === "ever" ? now + endlessMs : untilMs + doubtMs;
  return now + doubtMs + (window.kind === "standing" ? 0 : window.lengthMs);
}
