import { setTimeout as sleep } from "node:timers/promises";
import type { ControlStore } from "../storage/index.ts";
import { barredFromConfig, type ConfiguredKey, type KeptKey, type KnownKey, keptOf, knownFromConfig, knownFromStore } from "./known-key.ts";
import { RecentKeys } from "./recent-keys.ts";
import { Standing } from "./standing.ts";
import type { KeyHasher } from "./virtual-keys.ts";

export interface KeyIndexOptions {
  readonly control: ControlStore;
  readonly hasher: KeyHasher;
  /** What else is read anew whenever the store has changed. */
  readonly alongside?: () => Promise<void>;
  /** Told which keys have ended before their time: revoked, or whoever they belong to is no longer active. */
  readonly onEnded?: (keyIds: ReadonlySet<string>) => void;
  /** Told when the store could not be read; the keys known so far stay. */
  readonly warn?: (message: string) => void;
  readonly patience?: Patience;
}

/** How often, and for how long, what was just written is tried to be read before whoever wrote it hears that it is done. */
interface Patience {
  readonly againMs: number;
  readonly mostMs: number;
}

/** A key of the store. */
interface Entry {
  key: KeptKey;
  /** Made when the key is met for the first time, and anew when it or the directory has changed. */
  known: KnownKey | undefined;
  /** The directory by which `known` was made; undefined where it has to be made anew. */
  standing: Standing | undefined;
}

/** How soon a key that was made or revoked elsewhere is known here. */
const checkEveryMs = 400;
const saveUsesEveryMs = 30_000;
const usualPatience: Patience = { againMs: 200, mostMs: 3_000 };
/** Keys that are read at once: some twenty milliseconds of work, between which requests go on. */
const batch = 5_000;

/**
 * All keys in memory, found by their hash; of those that change, only those are read again. A look-up by keyed hash tells a stranger
 * nothing by its timing: without the pepper nobody can choose which hash is looked for.
 */
export class KeyIndex {
  readonly #options: KeyIndexOptions;
  #configured: ReadonlyMap<string, KnownKey> = new Map();
  readonly #stored = new Map<string, Entry>();
  /** Keys of the store that were met, of which there are fewer than keys. */
  readonly #met = new Set<Entry>();
  /** Those of them that may have ended since the last reading that was brought to its end, and when they would have ended before. */
  readonly #moved = new Map<Entry, number>();
  /** The last change of a key that was read, and in which history of the store. */
  #change = -1;
  #history: string;
  #standing: Standing | undefined;
  #reading: Promise<void> = Promise.resolve();
  /** The reading that begins when the one under way has ended. */
  #next: Promise<void> | undefined;
  #timers: ReturnType<typeof setInterval>[] = [];
  /** The last reading failed: the next does not wait for a change. */
  #behind = false;
  #troubled = false;
  readonly #recent = new RecentKeys<KnownKey | Entry>();
  readonly #shared = new Map<string, string>();

  private constructor(options: KeyIndexOptions) {
    this.#options = options;
    this.#history = options.control.history();
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
    const quick = this.#recent.nameOf(key);
    let found = this.#recent.get(quick);
    if (found === undefined) {
      const hash = this.#options.hasher.hash(key);
      found = this.#configured.get(hash) ?? this.#stored.get(hash);
      if (found === undefined) return undefined;
      this.#recent.add(quick, found);
    }
    return "known" in found ? this.#knownOf(found) : found;
  }

  /** The key with this stored hash, whether or not it is still good. Opens nothing: no request is identified by it. */
  known(hash: string): KnownKey | undefined {
    const entry = this.#stored.get(hash);
    return this.#configured.get(hash) ?? (entry && this.#knownOf(entry));
  }

  /** The key with this id, whether or not it is still good, for what was given for it. Asks the store which one that is. */
  async byId(id: string): Promise<KnownKey | undefined> {
    for (const known of this.#configured.values()) if (known.principal.keyId === id) return known;
    const stored = await this.#options.control.keys.get(id);
    return stored && this.known(stored.hash);
  }

  #knownOf(entry: Entry): KnownKey {
    if (entry.known !== undefined && entry.standing === this.#standing) return entry.known;
    return this.#judged(entry);
  }

  #judged(entry: Entry): KnownKey {
    entry.known = knownFromStore(entry.key, this.standing, entry.known);
    entry.standing = this.#standing;
    this.#met.add(entry);
    return entry.known;
  }

  /**
   * Takes these instead of the configured keys so far.
   * @param barred keys of the config that open nothing, and nothing else with their values does
   */
  configure(keys: readonly ConfiguredKey[], barred: readonly Pick<ConfiguredKey, "name" | "value">[] = []): void {
    const before = this.#configured;
    const hashOf = ({ value }: Pick<ConfiguredKey, "value">) => this.#options.hasher.hash(value.reveal());
    this.#configured = new Map([
      ...barred.map((key) => [hashOf(key), barredFromConfig(key)] as const),
      ...keys.map((key) => [hashOf(key), knownFromConfig(key)] as const),
    ]);
    // A key of the config stands before one of the store.
    this.#recent.clear();
    const now = Date.now();
    const ended = new Set<string>();
    for (const [hash, { principal, endsAt }] of before)
      if (endsAt > now && (this.#configured.get(hash)?.endsAt ?? 0) <= now) ended.add(principal.keyId);
    this.#tellEnded(ended);
  }

  #tellEnded(ended: ReadonlySet<string>): void {
    if (ended.size > 0) this.#options.onEnded?.(ended);
  }

  /** The directory as the keys were read with it. */
  get standing(): Standing {
    if (!this.#standing) throw new Error("The keys were not read yet.");
    return this.#standing;
  }

  /** Takes over what has changed in the store: all that was written before the call. */
  refresh(): Promise<void> {
    if (this.#next) return this.#next;
    const read = () => {
      this.#next = undefined;
      return this.#read();
    };
    this.#next = this.#reading.then(read, read);
    this.#reading = this.#next;
    return this.#next;
  }

  /**
   * Takes over what was just written here. An act is done once it is written, so this does not fail with the store: what cannot be read
   * within the patience is read as soon as it can be.
   */
  async takeOver(): Promise<void> {
    const { againMs, mostMs } = this.#options.patience ?? usualPatience;
    let waits = true;
    const patience = sleep(mostMs, undefined, { ref: false }).then(() => {
      waits = false;
    });
    const reading = async () => {
      while (waits && !(await this.#try(() => this.refresh()))) await sleep(againMs, undefined, { ref: false });
    };
    await Promise.race([reading(), patience]);
  }

  async #read(): Promise<void> {
    this.#behind = true;
    const history = this.#options.control.history();
    const isAnew = history !== this.#history;
    const gone = new Set(isAnew ? this.#stored.keys() : []);
    if (isAnew) this.#change = -1;
    const standing = await Standing.read(this.#options.control.directory, isAnew ? undefined : this.#standing);
    if (this.#standing !== undefined && standing !== this.#standing) for (const entry of this.#met) this.#mayEnd(entry);
    this.#standing = standing;
    for (;;) {
      const rows = await this.#options.control.keys.movedAfter(this.#change, batch);
      for (const { key, change } of rows) {
        this.#take(key.hash, keptOf(key, this.#shared));
        this.#change = change;
        gone.delete(key.hash);
      }
      if (rows.length < batch) break;
      await sleep(0);
    }
    for (const hash of gone) this.#drop(hash);
    this.#history = history;
    this.#tellEnded(this.#endedOf(this.#moved));
    this.#moved.clear();
    await this.#options.alongside?.();
    this.#behind = false;
  }

  #take(hash: string, key: KeptKey): void {
    const entry = this.#stored.get(hash);
    if (entry === undefined) {
      this.#stored.set(hash, { key, known: undefined, standing: undefined });
      return;
    }
    this.#mayEnd(entry);
    entry.key = key;
    entry.standing = undefined;
  }

  /** It was never made, as the store has it now. */
  #drop(hash: string): void {
    const entry = this.#stored.get(hash);
    if (entry === undefined) return;
    this.#take(hash, { ...entry.key, revokedAt: 0 });
    this.#stored.delete(hash);
    this.#recent.clear();
  }

  /** A request that comes with it before the reading has ended has it judged anew: what is running now began by how it stood now. */
  #mayEnd(entry: Entry): void {
    // Nobody has come with a key that was never met, so nothing of it can be running.
    if (entry.known !== undefined && !this.#moved.has(entry)) this.#moved.set(entry, entry.known.endsAt);
  }

  #endedOf(moved: ReadonlyMap<Entry, number>): ReadonlySet<string> {
    const now = Date.now();
    const ended = new Set<string>();
    for (const [entry, endedAt] of moved) if (endedAt > now && this.#judged(entry).endsAt <= now) ended.add(entry.key.id);
    return ended;
  }

  /** Writes last uses to the store. */
  async saveUses(): Promise<void> {
    const now = Date.now();
    const used: KnownKey[] = [];
    for (const entry of this.#met) {
      const { known } = entry;
      if (known === undefined) continue;
      if (known.lastUsedAt > known.savedUseAt) used.push(known);
      else if (known.endsAt <= now && !this.#moved.has(entry)) this.#letGo(entry);
    }
    if (used.length === 0) return;
    const uses = new Map(used.map((known) => [known.principal.keyId, known.lastUsedAt]));
    await this.#options.control.keys.touch(uses);
    for (const known of used) known.savedUseAt = uses.get(known.principal.keyId) ?? 0;
  }

  /** What was worked out of a key that has ended, and that nobody may come with any more, is not kept: whoever makes keys for each task makes many. */
  #letGo(entry: Entry): void {
    entry.known = undefined;
    entry.standing = undefined;
    this.#met.delete(entry);
  }

  async close(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer);
    this.#timers = [];
    await this.saveUses();
  }

  #follow(): void {
    const check = () => this.#try(async () => (this.#behind || this.#options.control.changed() ? this.refresh() : undefined));
    this.#timers = [setInterval(check, checkEveryMs), setInterval(() => this.#try(() => this.saveUses()), saveUsesEveryMs)];
    for (const timer of this.#timers) timer.unref();
  }

  /** @returns whether it was done; where not, that is told once */
  async #try(work: () => Promise<void>): Promise<boolean> {
    try {
      await work();
      this.#troubled = false;
      return true;
    } catch (error) {
      if (!this.#troubled)
        this.#options.warn?.(`The keys in the store cannot be read or written; those known so far stay. ${String(error)}`);
      this.#troubled = true;
      return false;
    }
  }
}
