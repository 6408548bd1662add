import { Fault } from "../../exchange/index.ts";
import type { SealedStore } from "../../storage/index.ts";
import { Secret } from "../secret.ts";
import { addKeyToFolder, keepKeysOfFolder, keysOfFile, keysOfFolder } from "./key-file.ts";
import type { KeyGuard, KeyGuards } from "./key-guard.ts";
import { type MasterKey, masterKeyOf, newMasterKey, readMasterKey } from "./master-key.ts";

/** One word of SLUICE_MASTER_KEY. */
type Entry =
  | { readonly kind: "key"; readonly key: MasterKey }
  | { readonly kind: "file"; readonly path: string }
  | { readonly kind: "guard"; readonly guard: string };

/** A master key, and where it is kept. */
export interface KeptKey extends MasterKey {
  readonly from: string;
}

export interface KeyringOptions {
  /** Of the data; its `secrets/master-key` is made where nothing else gives a key. */
  readonly folder: string;
  /** SLUICE_MASTER_KEY. */
  readonly given: Secret | undefined;
  readonly guards: KeyGuards;
  readonly store: SealedStore;
  readonly now: () => number;
}

/**
 * The master keys by their ids. The first of SLUICE_MASTER_KEY seals, all others open; without that variable the data folder's own
 * file does both. With it, the folder's file still opens what it sealed.
 */
export class Keyring {
  readonly #options: KeyringOptions;
  readonly #entries: readonly Entry[];
  #keys: readonly KeptKey[] | undefined;

  /** @throws Fault `vault_locked` where the variable holds something that guards nothing */
  constructor(options: KeyringOptions) {
    this.#options = options;
    this.#entries = entriesIn(options.given, Object.keys(options.guards));
  }

  /** What seals. Read anew, so that no key is used that was just taken away. */
  async sealing(): Promise<KeptKey> {
    const [first] = await this.read();
    if (first === undefined) throw new Fault("vault_locked", { message: "There is no master key." });
    return first;
  }

  /** @returns undefined where no such key is kept anywhere that this process may look */
  async find(id: string): Promise<KeptKey | undefined> {
    const known = this.#keys?.find((key) => key.id === id);
    return known ?? (await this.read()).find((key) => key.id === id);
  }

  /** All keys, from where they are kept. */
  async read(): Promise<readonly KeptKey[]> {
    const { folder } = this.#options;
    const given = await Promise.all(this.#entries.map((entry, index) => this.#keysOf(entry, index === 0)));
    const own = keysOfFolder(folder, this.#entries.length === 0).map((key) => ({ ...key, from: "secrets/master-key" }));
    this.#keys = [...given.flat(), ...own];
    return this.#keys;
  }

  /** A new key that seals from here on. @throws Fault `vault_locked` where only the operator can make one */
  async renew(): Promise<void> {
    const [first] = this.#entries;
    if (first === undefined) addKeyToFolder(this.#options.folder);
    else if (first.kind === "guard") await this.#makeGuarded(first.guard);
    else
      throw new Fault("vault_locked", {
        message:
          "SLUICE_MASTER_KEY gives the master key, so a new one is made outside: put it before the old one (SLUICE_MASTER_KEY=NEW,OLD; openssl rand -base64 32), restart, and run `sluice vault rekey`.",
      });
  }

  /** Forgets what the data folder's file holds beside these. @returns how many are gone */
  forgetOthers(ids: ReadonlySet<string>): number {
    const gone = keepKeysOfFolder(this.#options.folder, ids);
    this.#keys = undefined;
    return gone;
  }

  async #keysOf(entry: Entry, seals: boolean): Promise<readonly KeptKey[]> {
    if (entry.kind === "key") return [{ ...entry.key, from: "SLUICE_MASTER_KEY" }];
    if (entry.kind === "file") return keysOfFile(entry.path).map((key) => ({ ...key, from: entry.path }));
    const kept = (await this.#options.store.guardedKeys()).filter(({ guard }) => guard === entry.guard);
    if (kept.length === 0 && seals) return [await this.#makeGuarded(entry.guard)];
    const known = new Map(this.#keys?.map((key) => [key.id, key]));
    const service = kept.every(({ id }) => known.has(id)) ? undefined : await this.#guard(entry.guard);
    // The newest seals.
    return Promise.all(kept.toReversed().map(async ({ id, sealed }) => known.get(id) ?? opened(id, sealed, entry.guard, service)));
  }

  async #makeGuarded(guard: string): Promise<KeptKey> {
    const bytes = newMasterKey();
    const key = masterKeyOf(bytes);
    const sealed = await (await this.#guard(guard)).seal(bytes, key.id);
    await this.#options.store.addGuardedKey({ id: key.id, guard, sealed, createdAt: this.#options.now() });
    return { ...key, from: guard };
  }

  async #guard(guard: string): Promise<KeyGuard> {
    const colon = guard.indexOf(":");
    return this.#options.guards[guard.slice(0, colon)]!(guard.slice(colon + 1));
  }
}

/** What the service gives back has to be the key that was given to it. */
async function opened(id: string, sealed: string, guard: string, service: KeyGuard | undefined): Promise<KeptKey> {
  const key = masterKeyOf((await service?.open(sealed, id)) ?? new Uint8Array(0));
  if (key.id === id) return { ...key, from: guard };
  throw new Fault("vault_locked", { message: `${guard} gave back something else than the master key ${id}.` });
}

/** Words are separated by commas or white space. */
function entriesIn(given: Secret | undefined, guards: readonly string[]): readonly Entry[] {
  const words =
    given
      ?.reveal()
      .split(/[\s,]+/)
      .filter(Boolean) ?? [];
  return words.map((word, index): Entry => {
    const kind = /^([a-z][a-z-]*):/.exec(word)?.[1];
    if (kind === "file") return { kind, path: word.slice(5) };
    if (kind !== undefined && guards.includes(kind)) return { kind: "guard", guard: word };
    const read = readMasterKey(new Secret(word));
    if (read.problem === undefined) return { kind: "key", key: masterKeyOf(read.bytes) };
    const which = words.length === 1 ? "" : ` (number ${index + 1} of ${words.length})`;
    throw new Fault("vault_locked", {
      message: `SLUICE_MASTER_KEY${which} ${read.problem}. Set what \`openssl rand -base64 32\` prints, file:PATH, or ${guards.map((each) => `${each}:KEY`).join(", ")}.`,
      param: "SLUICE_MASTER_KEY",
    });
  });
}
