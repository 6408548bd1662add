import type { CounterEntry, CounterStore } from "../../storage/index.ts";

/** Why there is no answer to give again. `broken`: nobody has it whole. */
export type LostAnswer = "large" | "crowded" | "unsealed" | "broken";

/** What stands under a key: its first request. Times are milliseconds since the epoch. */
export interface Claim {
  /** Tells what was asked from other requests; a keyed hash. */
  readonly request: string;
  /** The first's id. */
  readonly first: string;
  /** From then on the key is free. */
  readonly until: number;
  /** While it is under way: whoever answers it says again before then that it is. */
  readonly lease: number;
  /** How it ended: in how many parts its answer is kept, and until when where that is not as long as the key, or why not. Absent while it is under way. */
  readonly ended?: { readonly parts: number; readonly until?: number } | { readonly lost: LostAnswer };
}

export interface ClaimsOptions {
  readonly store: CounterStore;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Default 30,000. */
  readonly leaseMs?: number;
}

const usualLeaseMs = 30_000;
/** Between the clocks of two nodes. */
const skewMs = 5_000;
const mostTries = 8;
/** When it is tried to take back a claim of which nobody knows whether it was written. */
const undoAfterMs = [1_000, 5_000, 25_000];

/**
 * Who was first with a key, for all processes that share the store of the counters. A claim is written before anything is asked, and
 * renewed while its request is under way; one that is not renewed belongs to a process that died.
 */
export class RepeatClaims {
  readonly #store: CounterStore;
  readonly #now: () => number;
  readonly leaseMs: number;

  constructor({ store, now, leaseMs = usualLeaseMs }: ClaimsOptions) {
    this.#store = store;
    this.#now = now;
    this.leaseMs = leaseMs;
  }

  /**
   * @param id of the key; a keyed hash
   * @returns the claim, held, where the caller is the first; else what the first has written
   * @throws Fault `store_unavailable`
   */
  async begin(id: string, { request, first, until }: Pick<Claim, "request" | "first" | "until">): Promise<HeldClaim | Claim> {
    const name = nameOf(id);
    const claim: Claim = { request, first, until, lease: this.#now() + this.leaseMs };
    const state = JSON.stringify(claim);
    try {
      let before: CounterEntry | undefined;
      for (let tries = 0; tries < mostTries; tries++) {
        const outcome = await this.#store.swap({ id: name, version: before?.version ?? 0, before: before?.state, state, expiresAt: until });
        if (!outcome) return new HeldClaim(this.#store, name, claim, { version: (before?.version ?? 0) + 1, state });
        before = outcome.entry;
        const standing = this.#standing(before);
        // One that was written and of which only the answer was lost.
        if (standing?.first === first && before) return new HeldClaim(this.#store, name, standing, before);
        if (standing) return standing;
      }
    } catch (error) {
      this.#undo(name, first, 0);
      throw error;
    }
    throw new Error("A key was freed and taken again too often.");
  }

  /** What stands under a key. @throws Fault `store_unavailable` */
  async look(id: string): Promise<Claim | undefined> {
    return this.#standing(await this.#store.get(nameOf(id)));
  }

  /** Nobody is there any more to end it. */
  isLapsed({ ended, lease }: Claim): boolean {
    return ended === undefined && lease + skewMs <= this.#now();
  }

  #standing(entry: CounterEntry | undefined): Claim | undefined {
    const claim = claimIn(entry);
    return claim && claim.until > this.#now() ? claim : undefined;
  }

  /** The store did not answer, and may have written all the same: the key of a request that was never asked is freed. */
  #undo(name: string, first: string, turn: number): void {
    const afterMs = undoAfterMs[turn];
    if (afterMs === undefined) return;
    const timer = setTimeout(async () => {
      try {
        const entry = await this.#store.get(name);
        const claim = claimIn(entry);
        if (entry && claim?.first === first) await new HeldClaim(this.#store, name, claim, entry).free();
        if (entry) return;
      } catch {
        // It is still away.
      }
      this.#undo(name, first, turn + 1);
    }, afterMs);
    timer.unref?.();
  }
}

/** A claim of this process. */
export class HeldClaim {
  readonly #store: CounterStore;
  readonly #name: string;
  #claim: Claim;
  #seen: CounterEntry;
  #writing: Promise<unknown> = Promise.resolve();
  #freed = false;

  constructor(store: CounterStore, name: string, claim: Claim, seen: CounterEntry) {
    this.#store = store;
    this.#name = name;
    this.#claim = claim;
    this.#seen = seen;
  }

  /** Says that it is under way. @throws Fault `store_unavailable` */
  renew(lease: number): Promise<void> {
    return this.#write({ ...this.#claim, lease });
  }

  /** @throws Fault `store_unavailable` */
  end(ended: NonNullable<Claim["ended"]>): Promise<void> {
    return this.#write({ ...this.#claim, ended });
  }

  /** It came to nothing: the key may be used again. @throws Fault `store_unavailable` */
  free(): Promise<void> {
    return this.#write(undefined);
  }

  /** One after another: each has to know what the one before has written. */
  #write(claim: Claim | undefined): Promise<void> {
    const written = this.#writing.then(() => this.#swap(claim));
    this.#writing = written.catch(() => undefined);
    return written;
  }

  async #swap(claim: Claim | undefined): Promise<void> {
    // A late renewal says nothing of what has ended.
    if (this.#freed || (this.#claim.ended && !claim?.ended)) return;
    const state = claim ? JSON.stringify(claim) : "";
    for (let tries = 0; tries < mostTries; tries++) {
      const { version, state: before } = this.#seen;
      const id = this.#name;
      const expiresAt = claim ? claim.until : 0;
      const outcome = await this.#store.swap({ id, version, before: version === 0 ? undefined : before, state, expiresAt });
      if (!outcome) {
        this.#seen = { version: version + 1, state };
        if (claim) this.#claim = claim;
        else this.#freed = true;
        return;
      }
      // The server forgot its last writes, or did one whose answer was lost.
      const { entry } = outcome;
      if (entry && claimIn(entry)?.first !== this.#claim.first) return;
      this.#seen = entry ?? { version: 0, state: "" };
    }
  }
}

function nameOf(id: string): string {
  return `repeat:${id}`;
}

function claimIn(entry: CounterEntry | undefined): Claim | undefined {
  return entry === undefined || entry.state === "" ? undefined : (JSON.parse(entry.state) as Claim);
}
