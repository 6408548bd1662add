/**
 * Things that come one by one, drawn by one reader. Where `poll` is there it may be used instead of `next`, never both at a
 * time: it makes no promise, which counts where thousands of streams send a word each now and then.
 */
export interface Flow<Thing> extends AsyncIterator<Thing, undefined> {
  /** What was given is the last thing but for some that says so: the end follows, mostly at once. */
  readonly ending?: boolean;
  /**
   * The next step, where it is here already; else undefined, and `ready` is called once when it is worth asking again.
   * @throws what `next` would reject with
   */
  poll?(ready: () => void): IteratorResult<Thing, undefined> | undefined;
}

/** Lets a promise be polled: for the few steps of a flow that have to be waited for. */
export class Awaited<Thing> {
  #outcome: { readonly value: Thing } | { readonly error: unknown } | undefined;
  #waiting = false;

  /** Waits for a promise; `ready` is called when it has settled, and `take` gives what came. */
  wait(promise: Promise<Thing>, ready: () => void): void {
    this.#waiting = true;
    promise.then(
      (value) => this.#settle({ value }, ready),
      (error: unknown) => this.#settle({ error }, ready),
    );
  }

  /** A promise was given and what came of it was not taken. */
  get waiting(): boolean {
    return this.#waiting;
  }

  /** What came; undefined where it is not here. @throws what the promise rejected with */
  take(): { readonly value: Thing } | undefined {
    const outcome = this.#outcome;
    if (!outcome) return undefined;
    this.#outcome = undefined;
    this.#waiting = false;
    if ("error" in outcome) throw outcome.error;
    return outcome;
  }

  #settle(outcome: { readonly value: Thing } | { readonly error: unknown }, ready: () => void): void {
    this.#outcome = outcome;
    ready();
  }
}
