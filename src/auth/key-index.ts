import { hash as oneShotHash, randomBytes } from "node:crypto";
import type { Principal } from "../exchange/index.ts";
import type { Secret } from "../secrets/index.ts";
import type { ControlStore, StoredKey } from "../storage/index.ts";
import { Networks } from "./networks.ts";
import { Standing } from "./standing.ts";
import type { KeyHasher } from "./virtual-keys.ts";

/** A key from the config file or the environment. Its value is any text that the config's schema lets pass. */
export interface ConfiguredKey {
  readonly name: string;
  readonly value: Secret;
  readonly kind?: "key" | "admin";
  readonly team?: string | undefined;
  readonly user?: string | undefined;
  readonly scopes?: readonly string[];
  readonly models?: readonly string[] | undefined;
  readonly networks?: readonly string[] | undefined;
  readonly metadata?: Readonly<Record<string, string>> | undefined;
  /** Milliseconds since the epoch. */
  readonly expiresAt?: number | undefined;
}

/** What is known of a key, ready for the request's path. */
export interface KnownKey {
  readonly principal: Principal;
  /** From then on it is refused; infinite when it never expires. A revoked key expired at its revocation. */
  readonly endsAt: number;
  /** Where it may come from; absent: from anywhere. */
  readonly networks?: Networks;
  /** Stored keys only: when it was last used, 0 for never. Written to the store now and then. */
  lastUsedAt: number;
  savedUseAt: number;
  readonly stored: boolean;
}

export interface KeyIndexOptions {
  readonly control: ControlStore;
  readonly hasher: KeyHasher;
  /** What else is read anew whenever the store has changed. */
  readonly alongside?: () => Promise<void>;
  /** Told which keys have ended before their time: revoked, or whoever they belong to is no longer active. */
  readonly onEnded?: (keyIds: ReadonlySet<string>) => void;
  /** Told when the store could not be read; the keys known so far stay. */
  readonly warn?: (message: string) => void;
}

/** How soon a key that was made or revoked elsewhere is known here. */
const checkEveryMs = 400;
const saveUsesEveryMs = 30_000;
const mostRecent = 10_000;

/**
 * All keys in memory, found by their hash. A look-up by keyed hash tells a stranger nothing by its timing: without the
 * pepper nobody can choose which hash is looked for.
 */
export class KeyIndex {
  readonly #options: KeyIndexOptions;
  #configured: ReadonlyMap<string, KnownKey> = new Map();
  #stored = new Map<string, KnownKey>();
  #standing: Standing | undefined;
  #timers: ReturnType<typeof setInterval>[] = [];
  #troubled = false;
  /** Keys that were found, by a hash that is made in half the time and means nothing outside of this process. */
  readonly #recent = new Map<string, KnownKey>();
  readonly #salt = randomBytes(32).toString("base64url");

  private constructor(options: KeyIndexOptions) {
    this.#options = options;
  }

  /** Reads all keys and follows the store from then on, until `close`. */
  static async open(options: KeyIndexOptions): Promise<KeyIndex> {
    const index = new KeyIndex(options);
    options.control.changed();
    await index.refresh();
    index.#follow();
    return index;
  }

  /** The key, whether or not it is still good; undefined when it is none of ours. */
  find(key: string): KnownKey | undefined {
    const quick = oneShotHash("sha256", this.#salt + key, "base64url");
    const recent = this.#recent.get(quick);
    if (recent) return recent;
    const hash = this.#options.hasher.hash(key);
    const known = this.#configured.get(hash) ?? this.#stored.get(hash);
    if (known) this.#remember(quick, known);
    return known;
  }

  /** The key with this stored hash, whether or not it is still good. Opens nothing: no request is identified by it. */
  known(hash: string): KnownKey | undefined {
    return this.#configured.get(hash) ?? this.#stored.get(hash);
  }

  #remember(quick: string, known: KnownKey): void {
    if (this.#recent.size >= mostRecent) this.#recent.clear();
    this.#recent.set(quick, known);
  }

  /** Takes these instead of the configured keys so far. */
  configure(keys: readonly ConfiguredKey[]): void {
    const before = this.#configured;
    this.#recent.clear();
    this.#configured = new Map(keys.map((key) => [this.#options.hasher.hash(key.value.reveal()), knownFromConfig(key)]));
    this.#tellEnded(before, this.#configured);
  }

  #tellEnded(before: ReadonlyMap<string, KnownKey>, after: ReadonlyMap<string, KnownKey>): void {
    const now = Date.now();
    const ended = new Set<string>();
    for (const [hash, { principal, endsAt }] of before)
      if (endsAt > now && (after.get(hash)?.endsAt ?? 0) <= now) ended.add(principal.keyId);
    if (ended.size > 0) this.#options.onEnded?.(ended);
  }

  /** The directory as the keys were read with it. */
  get standing(): Standing {
    if (!this.#standing) throw new Error("The keys were not read yet.");
    return this.#standing;
  }

  /** Reads all stored keys anew. */
  async refresh(): Promise<void> {
    const before = new Map([...this.#stored.values()].map((known) => [known.principal.keyId, known]));
    const stored = new Map<string, KnownKey>();
    const standing = await Standing.read(this.#options.control.directory, this.#standing);
    for (const key of await this.#options.control.keys.list()) stored.set(key.hash, knownFromStore(key, standing, before.get(key.id)));
    this.#standing = standing;
    const whatWas = this.#stored;
    this.#recent.clear();
    this.#stored = stored;
    this.#tellEnded(whatWas, stored);
    await this.#options.alongside?.();
  }

  /** Writes last uses to the store. */
  async saveUses(): Promise<void> {
    const used = [...this.#stored.values()].filter((known) => known.lastUsedAt > known.savedUseAt);
    if (used.length === 0) return;
    const uses = new Map(used.map((known) => [known.principal.keyId, known.lastUsedAt]));
    await this.#options.control.keys.touch(uses);
    for (const known of used) known.savedUseAt = uses.get(known.principal.keyId) ?? 0;
  }

  async close(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer);
    this.#timers = [];
    await this.saveUses();
  }

  #follow(): void {
    const check = () => this.#try(async () => (this.#troubled || this.#options.control.changed() ? this.refresh() : undefined));
    this.#timers = [setInterval(check, checkEveryMs), setInterval(() => this.#try(() => this.saveUses()), saveUsesEveryMs)];
    for (const timer of this.#timers) timer.unref();
  }

  async #try(work: () => Promise<void>): Promise<void> {
    try {
      await work();
      this.#troubled = false;
    } catch (error) {
      if (!this.#troubled)
        this.#options.warn?.(`The keys in the store cannot be read or written; those known so far stay. ${String(error)}`);
      this.#troubled = true;
    }
  }
}

function knownFromStore(key: StoredKey, standing: Standing, before: KnownKey | undefined): KnownKey {
  const belongs = standing.ofKey(key);
  const savedUseAt = Math.max(key.lastUsedAt ?? 0, before?.savedUseAt ?? 0);
  return {
    principal: Object.freeze({
      kind: key.kind,
      keyId: key.id,
      keyName: key.name,
      ...belongs,
      ...(key.user !== undefined && { user: key.user }),
      scopes: key.scopes,
      ...(key.models !== undefined && { models: key.models }),
      ...(key.metadata !== undefined && { metadata: key.metadata }),
    }),
    endsAt: belongs === undefined ? 0 : Math.min(key.expiresAt ?? Number.POSITIVE_INFINITY, key.revokedAt ?? Number.POSITIVE_INFINITY),
    ...networksOf(key.networks),
    lastUsedAt: Math.max(savedUseAt, before?.lastUsedAt ?? 0),
    savedUseAt,
    stored: true,
  };
}

function networksOf(list: readonly string[] | undefined): Pick<KnownKey, "networks"> {
  return list === undefined ? {} : { networks: new Networks(list) };
}

function knownFromConfig(key: ConfiguredKey): KnownKey {
  return {
    principal: Object.freeze({
      kind: key.kind ?? "key",
      keyId: `config:${key.name}`,
      keyName: key.name,
      ...(key.team !== undefined && { team: key.team }),
      ...(key.user !== undefined && { user: key.user }),
      scopes: key.scopes ?? [],
      ...(key.models !== undefined && { models: key.models }),
      ...(key.metadata !== undefined && { metadata: key.metadata }),
      // What the environment gives is the owner's.
      ...(key.kind === "admin" && { roles: ["owner"] }),
    }),
    ...networksOf(key.networks),
    endsAt: key.expiresAt ?? Number.POSITIVE_INFINITY,
    lastUsedAt: 0,
    savedUseAt: 0,
    stored: false,
  };
}
