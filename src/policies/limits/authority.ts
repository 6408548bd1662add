import type { CounterEntry, CounterStore, SwapOutcome } from "../../storage/index.ts";
import type { Counter } from "./counter.ts";
import { readState, writeState } from "./counter-state.ts";
import { type Ask, type Share, shareOut } from "./share-out.ts";

/** So often another writer may be faster. */
const mostTries = 1_000;
/** What never ends is kept so long after the last word; of the rest, until clocks that go wrong are past its end too. */
const endlessMs = 400 * 86_400_000;
const doubtMs = 86_400_000;

/**
 * Asks the store for shares, by optimistic writing: it reckons with what it saw last, and again with what stands there when somebody
 * was faster. Mostly one round trip; at once where the store is in the process.
 */
export class Authority {
  readonly #store: CounterStore;
  readonly #seen = new Map<string, CounterEntry | undefined>();
  /** Round trips so far. */
  asked = 0;

  constructor(store: CounterStore) {
    this.#store = store;
  }

  /** @throws what the store throws; nothing is shared out then */
  ask(counter: Counter, ask: Ask): Share | Promise<Share> {
    if (this.#seen.has(counter.id)) return this.#try(counter, ask, this.#seen.get(counter.id), 0);
    this.asked++;
    const entry = this.#store.get(counter.id);
    return entry instanceof Promise ? entry.then((found) => this.#try(counter, ask, found, 0)) : this.#try(counter, ask, entry, 0);
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
      if (written) return this.#try(counter, ask, written.entry, tries + 1);
      if (ask.leave) this.#seen.delete(counter.id);
      else this.#seen.set(counter.id, { version: version + 1, state });
      return share;
    };
    return outcome instanceof Promise ? outcome.then(settled) : settled(outcome);
  }
}

function keptUntil({ window }: Counter, { untilMs }: Share, now: number): number {
  if (window.kind === "calendar") return window.unit === "ever" ? now + endlessMs : untilMs + doubtMs;
  return now + doubtMs + (window.kind === "standing" ? 0 : window.lengthMs);
}
