import type { DenialStore, StoredDenial } from "../../storage/index.ts";
import { certificateIssuer } from "../certificates/certificate-book.ts";
import { tokenKeyId } from "./token-principal.ts";
import type { Denials } from "./token-verifier.ts";

/** The denials of the store, in memory: read anew whenever the store has changed, as the keys are. */
export class DenialList implements Denials {
  readonly #store: DenialStore;
  readonly #now: () => number;
  #names: ReadonlySet<string> = new Set();
  /** Ids of principals of whom everything is denied. */
  #holders: ReadonlySet<string> = new Set();

  /** @param now milliseconds since the epoch */
  constructor(store: DenialStore, now: () => number) {
    this.#store = store;
    this.#now = now;
  }

  /** @returns whether it is another list than before */
  async refresh(): Promise<boolean> {
    const all = await this.#store.list(this.#now());
    const names = new Set(all.map(nameOf));
    const before = this.#names;
    this.#holders = new Set(all.filter(({ kind }) => kind === "subject").map(holderIdOf));
    this.#names = names;
    return names.size !== before.size || [...names].some((name) => !before.has(name));
  }

  /** Whether everything of this principal is denied. */
  deniesHolder(keyId: string): boolean {
    return this.#holders.has(keyId);
  }

  denies({ issuer, subject, id }: Parameters<Denials["denies"]>[0]): boolean {
    if (this.#names.size === 0) return false;
    if (this.#names.has(nameOf({ kind: "subject", issuer, value: subject }))) return true;
    return id !== undefined && this.#names.has(nameOf({ kind: "token", issuer, value: id }));
  }
}

function holderIdOf({ issuer, value }: StoredDenial): string {
  return issuer === certificateIssuer ? `${certificateIssuer}:${value}` : tokenKeyId(issuer, value);
}

function nameOf({ kind, issuer, value }: Pick<StoredDenial, "kind" | "issuer" | "value">): string {
  return JSON.stringify([kind, issuer, value]);
}
