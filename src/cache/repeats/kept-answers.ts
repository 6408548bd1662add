import type { CounterEntry, CounterStore } from "../../storage/index.ts";

/** Seals what is kept, bound to whose it is and to its name. */
export interface AnswerSeals {
  seal(owner: string, name: string, pieces: readonly Uint8Array[]): Promise<Uint8Array>;
  /** Undefined where its owner was forgotten since. @throws Fault `vault_locked` where it does not open */
  open(owner: string, name: string, sealed: Uint8Array): Promise<Uint8Array | undefined>;
  /** What is sealed for an owner opens nowhere any more. @throws Fault `store_unavailable`, `vault_locked` */
  forget(owner: string): Promise<unknown>;
}

/** A store that answers within milliseconds takes no megabyte at a time. */
const partBytes = 128 * 1024;

/** Answers that may be given again, sealed, in the store of the counters. */
export class KeptAnswers {
  readonly #store: CounterStore;
  readonly #seals: AnswerSeals;

  constructor(store: CounterStore, seals: AnswerSeals) {
    this.#store = store;
    this.#seals = seals;
  }

  /**
   * @param first the id of the request that was answered so
   * @param until milliseconds since the epoch
   * @returns in how many parts
   * @throws Fault `store_unavailable`, `vault_locked`
   */
  async put(owner: string, first: string, pieces: readonly Uint8Array[], until: number): Promise<number> {
    const sealed = Buffer.from(await this.#seals.seal(owner, sealedName(first), pieces));
    const parts = Math.ceil(sealed.length / partBytes);
    for (let part = 0; part < parts; part++) {
      const state = sealed.toString("base64", part * partBytes, (part + 1) * partBytes);
      await this.#write(partName(first, part), state, until);
    }
    return parts;
  }

  /** Undefined where it is not there: it was erased, its owner was forgotten, or its store forgot it. @throws Fault `store_unavailable`, `vault_locked` */
  async get(owner: string, first: string, parts: number): Promise<Uint8Array | undefined> {
    const found: Buffer[] = [];
    for (let part = 0; part < parts; part++) {
      const entry = await this.#store.get(partName(first, part));
      if (entry === undefined || entry.state === "") return undefined;
      found.push(Buffer.from(entry.state, "base64"));
    }
    return this.#seals.open(owner, sealedName(first), Buffer.concat(found));
  }

  /** @returns whether there was one @throws Fault `store_unavailable` */
  async erase(first: string): Promise<boolean> {
    let parts = 0;
    while (await this.#has(first, parts)) parts++;
    // The last first: what broke off half-way is found again.
    for (let part = parts - 1; part >= 0; part--) await this.#write(partName(first, part), "", 0);
    return parts > 0;
  }

  /** Nothing of an owner is given again; the bytes go in their time. @throws Fault `store_unavailable`, `vault_locked` */
  async forget(owner: string): Promise<void> {
    await this.#seals.forget(owner);
  }

  async #has(first: string, part: number): Promise<boolean> {
    const entry = await this.#store.get(partName(first, part));
    return entry !== undefined && entry.state !== "";
  }

  /** Nobody else writes it at the same time: whatever stands there, which is nothing mostly, is replaced. */
  async #write(id: string, state: string, expiresAt: number): Promise<void> {
    let entry: CounterEntry | undefined;
    for (;;) {
      const outcome = await this.#store.swap({ id, version: entry?.version ?? 0, before: entry?.state, state, expiresAt });
      if (!outcome) return;
      entry = outcome.entry;
      // Written, and only the answer was lost.
      if (entry?.state === state) return;
    }
  }
}

function partName(first: string, part: number): string {
  return `answer:${first}:${part}`;
}

function sealedName(first: string): string {
  return `${first}.repeat`;
}
