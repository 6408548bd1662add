import type { BudgetAsWritten, LimitsAsWritten } from "../../exchange/index.ts";
import type { Limited, Metadata } from "../directory/directory.ts";
import type { Scope } from "../scope.ts";

export type KeyKind = "key" | "admin";

/** A virtual key or an admin key, as it is kept: without the key itself. Times are milliseconds since the epoch. */
export interface StoredKey extends Limited {
  readonly id: string;
  readonly kind: KeyKind;
  readonly name: string;
  /** Keyed hash of the key. */
  readonly hash: string;
  /** The key's beginning and end, for people to tell keys apart. */
  readonly hint: string;
  /** An organisation's id; absent for keys of the installation itself. */
  readonly organisation?: string;
  /** A team's id, or its name where the config has it. */
  readonly team?: string;
  /** A user's id, or a name that people chose. */
  readonly user?: string;
  readonly application?: string;
  readonly serviceAccount?: string;
  /** Of an admin key: what it may do. Absent on keys of before there were roles, which are the owner's. */
  readonly role?: string;
  readonly scopes: readonly string[];
  readonly models?: readonly string[];
  /** Addresses that it may come from, in CIDR notation; absent: any. */
  readonly networks?: readonly string[];
  /** Goes into the records of its calls. */
  readonly metadata?: Metadata;
  /** The first key that it stands in the place of, whose limits and budget go on. */
  readonly countedAs?: string;
  /** Believed when it says which of its users a request is for. Absent: as its application is. */
  readonly mayPassUser?: boolean;
  readonly createdAt: number;
  readonly expiresAt?: number;
  readonly revokedAt?: number;
  readonly lastUsedAt?: number;
}

/** What may change after a key was made; null takes a value away. */
export interface KeyChanges {
  readonly name?: string;
  readonly team?: string | null;
  readonly user?: string | null;
  readonly application?: string | null;
  readonly role?: string;
  readonly scopes?: readonly string[];
  readonly models?: readonly string[] | null;
  readonly networks?: readonly string[] | null;
  readonly metadata?: Metadata | null;
  readonly limits?: LimitsAsWritten | null;
  readonly budget?: BudgetAsWritten | null;
  readonly mayPassUser?: boolean | null;
  readonly expiresAt?: number | null;
}

export interface WantedKeys {
  /** Only those behind this id. */
  readonly after?: string | undefined;
  readonly limit: number;
  readonly name?: string | undefined;
  readonly kind?: KeyKind | undefined;
  readonly organisation?: string | undefined;
  readonly team?: string | undefined;
  readonly user?: string | undefined;
  readonly application?: string | undefined;
  readonly serviceAccount?: string | undefined;
  /** Only those that have limits or a budget of their own. */
  readonly limited?: boolean | undefined;
  readonly state?: "works" | "expired" | "revoked" | undefined;
  /** For `state`; milliseconds since the epoch. */
  readonly now: number;
}

export interface MovedKey {
  readonly key: StoredKey;
  /** The number of its last change: no two keys have the same, and later ones are larger. */
  readonly change: number;
}

export interface KeyStore {
  /** All keys, revoked ones too, oldest first. */
  list(): Promise<readonly StoredKey[]>;
  /** Some of them, in the order of their ids. */
  page(wanted: WantedKeys): Promise<readonly StoredKey[]>;
  /** How many were not revoked. */
  count(): Promise<number>;
  /** Those of a name that were not revoked. */
  named(name: string): Promise<readonly StoredKey[]>;
  /** Those that were made or changed behind the change with this number, -1 for all, in the order of their changes. */
  movedAfter(change: number, limit: number): Promise<readonly MovedKey[]>;
  get(id: string): Promise<StoredKey | undefined>;
  /**
   * @param now where it is given, the name has to be free then: nobody else takes it meanwhile, at whichever process
   * @throws Fault `object_conflict` where a key of the organisation that works has the name
   */
  insert(key: StoredKey, now?: number): Promise<void>;
  /** Inserts the key only if there has never been one of its kind. Two first starts at once make one. @returns whether it did */
  insertFirst(key: StoredKey): Promise<boolean>;
  /**
   * @param seen the key as it was read, where what was decided hangs on it
   * @param now where it is given, another name has to be free then
   * @returns whether there is such a key
   * @throws Fault `object_changed` where it is not as it was seen, `object_conflict` where a key that works has the name
   */
  update(id: string, changes: KeyChanges, seen?: StoredKey, now?: number): Promise<boolean>;
  /**
   * Puts a new key beside one that ends: both, or nothing.
   *
   * @param ending when the old one ends: at once with `revokedAt`, later with `expiresAt`
   * @throws Fault `object_changed` where the old one is not as it was seen
   */
  replace(seen: StoredKey, next: StoredKey, ending: { readonly revokedAt: number } | { readonly expiresAt: number }): Promise<void>;
  /** @returns whether there was such a key, not yet revoked */
  revoke(id: string, at: number): Promise<boolean>;
  /** Notes last uses, by key id. */
  touch(uses: ReadonlyMap<string, number>): Promise<void>;
  /** The same, seen from a scope: to it, other keys are not there. */
  within(scope: Scope): KeyStore;
}
