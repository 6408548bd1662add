import { type DenialStore, denialDoubtMs, type StoredDenial } from "../../storage/index.ts";
import { certificateIssuer } from "../certificates/certificate-book.ts";
import { tokenKeyId } from "./token-principal.ts";
import type { Denials } from "./token-verifier.ts";

/** Until when each is denied, in milliseconds since the epoch. */
type Ends = ReadonlyMap<string, number>;

/** The denials of the store, in memory: read anew whenever the store has changed, as the keys are. */
export class DenialList implements Denials {
  readonly #store: DenialStore;
  readonly #now: () => number;
  #names: Ends = new Map();
  /** Ids of principals of whom everything is denied. */
  #holders: Ends = new Map();

  /** @param now milliseconds since the epoch */
  constructor(store: DenialStore, now: () => number) {
    this.#store = store;
    this.#now = now;
  }

  /** @returns whether it is another list than before */
  async refresh(): Promise<boolean> {
    const all = await this.#store.list(this.#now() - denialDoubtMs);
    const names = endsOf(all, nameOf);
    const before = this.#names;
    this.#holders = endsOf(
      all.filter(({ kind }) => kind === "subject"),
      holderIdOf,
    );
    this.#names = names;
    return names.size !== before.size || Array.from(names).some(([name, end]) => before.get(name) !== end);
  }

  /** Whether everything of this principal is denied. */
  deniesHolder(keyId: string): boolean {
    return this.#holds(this.#holders, keyId);
  }

  denies({ issuer, subject, id }: Parameters<Denials["denies"]>[0]): boolean {
    if (this.#names.size === 0) return false;
    if (this.#holds(this.#names, nameOf({ kind: "subject", issuer, value: subject }))) return true;
    return id !== undefined && this.#holds(this.#names, nameOf({ kind: "token", issuer, value: id }));
  }

  #holds(ends: Ends, name: string): boolean {
    const end = ends.get(name);
    return end !== undefined && this.#now() < end;
  }
}

/** Of several with one name, the last to end. */
function endsOf(denials: readonly StoredDenial[], wordOf: (denial: StoredDenial) => string): Ends {
  const ends = new Map<string, number>();
  for (const denial of denials) {
    const [word, end] = [wordOf(denial), denial.endsAt ?? Number.POSITIVE_INFINITY];
    ends.set(word, Math.max(end, ends.get(word) ?? 0));
  }
  return ends;
}

function holderIdOf({ issuer, value }: StoredDenial): string {
  return issuer === certificateIssuer ? `${certificateIssuer}:${value}` : tokenKeyId(issuer, value);
}

function nameOf({ kind, issuer, value }: Pick<StoredDenial, "kind" | "issuer" | "value">): string {
  return JSON.stringify([kind, issuer, value]);
}
