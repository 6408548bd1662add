import type { DenialStore, StoredDenial } from "../../storage/index.ts";
import type { Denials } from "./token-verifier.ts";

/** The denials of the store, in memory: read anew whenever the store has changed, as the keys are. */
export class DenialList implements Denials {
  readonly #store: DenialStore;
  readonly #now: () => number;
  #names: ReadonlySet<string> = new Set();

  /** @param now milliseconds since the epoch */
  constructor(store: DenialStore, now: () => number) {
    this.#store = store;
    this.#now = now;
  }

  /** @returns whether it is another list than before */
  async refresh(): Promise<boolean> {
    const names = new Set((await this.#store.list(this.#now())).map(nameOf));
    const before = this.#names;
    this.#names = names;
    return names.size !== before.size || [...names].some((name) => !before.has(name));
  }

  denies({ issuer, subject, id }: Parameters<Denials["denies"]>[0]): boolean {
    if (this.#names.size === 0) return false;
    if (this.#names.has(nameOf({ kind: "subject", issuer, value: subject }))) return true;
    return id !== undefined && this.#names.has(nameOf({ kind: "token", issuer, value: id }));
  }
}

function nameOf({ kind, issuer, value }: Pick<StoredDenial, "kind" | "issuer" | "value">): string {
  return JSON.stringify([kind, issuer, value]);
}
