import { createSecretKey, randomBytes } from "node:crypto";
import { Fault } from "../../exchange/index.ts";
import type { SealedSecret, SealedStore } from "../../storage/index.ts";
import { Secret } from "../secret.ts";
import type { SecretReading, SecretSource } from "../secret-source.ts";
import { type Binding, open, seal } from "./envelope.ts";
import type { Keyring } from "./keyring.ts";
import type { MasterKey } from "./master-key.ts";

export interface VaultOptions {
  readonly store: SealedStore;
  readonly keyring: Keyring;
  readonly now: () => number;
  /** The organisation whose secrets these are; empty, the default, for the gateway's own. */
  readonly tenant?: string;
}

/** A secret as people see it: never its value. */
export type ListedSecret = Pick<SealedSecret, "id" | "name" | "version" | "hint" | "masterKey" | "createdAt" | "changedAt">;

export interface VaultStatus {
  /** How many secrets there are, of all tenants. */
  readonly secrets: number;
  readonly masterKeys: readonly {
    readonly id: string;
    /** Undefined: this process has no such key, and cannot open what it sealed. */
    readonly from: string | undefined;
    readonly seals: boolean;
    readonly secrets: number;
  }[];
}

export interface Rekeying {
  /** How many secrets another key opens now than before. */
  readonly rewrapped: number;
  readonly status: VaultStatus;
}

const batch = 100;
const mostChecked = 1_000_000;
const longestValue = 64 * 1024;
const nameForm = /^(?!cred_)[A-Za-z0-9][\w.@-]{0,99}$/;

/**
 * Secrets under envelope encryption: each value has a key of its own, which the master key wraps. What is sealed is bound to its
 * tenant, record, name and version, so that rows and columns that change places do not open.
 */
export class Vault implements SecretSource {
  readonly #store: SealedStore;
  readonly #keyring: Keyring;
  readonly #now: () => number;
  readonly #tenant: string;

  constructor({ store, keyring, now, tenant = "" }: VaultOptions) {
    this.#store = store;
    this.#keyring = keyring;
    this.#now = now;
    this.#tenant = tenant;
  }

  /** Moves whenever a secret of any tenant does. */
  revision(): Promise<number> {
    return this.#store.revision();
  }

  async list(after?: string, limit?: number): Promise<readonly ListedSecret[]> {
    return (await this.#store.list(this.#tenant, after, limit)).map(listed);
  }

  /** @param name or id @throws Fault `object_unknown` */
  async get(name: string): Promise<ListedSecret> {
    return listed(await this.#stored(name));
  }

  /** @throws Fault `object_unknown`, `vault_locked` */
  async read(name: string): Promise<SecretReading> {
    const stored = await this.#stored(name);
    return { value: await this.#open(stored), version: String(stored.version) };
  }

  /** @throws Fault `request_malformed`, `object_conflict` where the name is taken, `vault_locked` */
  async put(name: string, value: Secret): Promise<ListedSecret> {
    if (!nameForm.test(name))
      throw new Fault("request_malformed", {
        message: "A name in the vault begins with a letter or digit, and has up to 100 letters, digits and `_ . @ -`.",
        param: "name",
      });
    const now = this.#now();
    const id = `cred_${randomBytes(9).toString("base64url")}`;
    return this.#keep({ id, tenant: this.#tenant, name, version: 1, createdAt: now, changedAt: now }, value, async (sealed) => {
      if (!(await this.#store.insert(sealed)))
        throw new Fault("object_conflict", { message: `The vault holds a credential "${name}" already; rotate it.`, param: "name" });
    });
  }

  /** A new value in the place of the old one. @throws Fault `object_unknown`, `object_changed`, `vault_locked` */
  async rotate(name: string, value: Secret): Promise<ListedSecret> {
    const { id, tenant, version, createdAt } = await this.#stored(name);
    const next = { id, tenant, name, version: version + 1, createdAt, changedAt: this.#now() };
    return this.#keep(next, value, async (sealed) => {
      if (!(await this.#store.replace(sealed))) throw new Fault("object_changed");
    });
  }

  /** @throws Fault `object_unknown` */
  async remove(name: string): Promise<void> {
    if (!(await this.#store.remove(this.#tenant, name))) throw unknown(name);
  }

  /**
   * Lets the sealing key open all secrets of all tenants. Values are not opened for it, readers do not notice, and what was begun
   * and broken off goes on where it ended.
   * @throws Fault `vault_locked` where a key is missing that is needed; what could be done is done then
   */
  async rekey(progress: (done: number) => void = () => undefined): Promise<Rekeying> {
    const to = await this.#keyring.sealing();
    let rewrapped = 0;
    for (;;) {
      const others = await this.#store.openedByOthers(to.id, batch);
      if (others.length === 0) return { rewrapped, status: await this.status() };
      const changes = await Promise.all(others.map((before) => this.#rewrapped(before, to)));
      rewrapped += await this.#store.rewrap(changes);
      progress(rewrapped);
      // Requests come between two batches.
      await new Promise((resolve) => setTimeout(resolve, 0));
    }
  }

  /** Opens every secret of every tenant, and forgets it. @throws Fault `vault_locked` where one does not open */
  async checkAll(): Promise<void> {
    for (const stored of await this.#store.openedByOthers("", mostChecked)) await this.#open(stored);
  }

  /** A new master key seals from here on; `rekey` takes the others over. @throws Fault `vault_locked` */
  renewMasterKey(): Promise<void> {
    return this.#keyring.renew();
  }

  /** Forgets the master keys of the data folder's file that open nothing any more. @returns how many are gone */
  async forgetMasterKeys(): Promise<number> {
    const { masterKeys } = await this.status();
    return this.#keyring.forgetOthers(new Set(masterKeys.filter(({ seals, secrets }) => seals || secrets > 0).map(({ id }) => id)));
  }

  async status(): Promise<VaultStatus> {
    const [keys, counts] = [await this.#keyring.read(), await this.#store.countByMasterKey()];
    const ids = [...new Set([...keys.map(({ id }) => id), ...counts.keys()])];
    return {
      secrets: [...counts.values()].reduce((sum, count) => sum + count, 0),
      masterKeys: ids.map((id) => ({
        id,
        from: keys.find((key) => key.id === id)?.from,
        seals: id === keys[0]?.id,
        secrets: counts.get(id) ?? 0,
      })),
    };
  }

  async #stored(name: string): Promise<SealedSecret> {
    const stored = await this.#store.get(this.#tenant, name);
    if (stored === undefined) throw unknown(name);
    return stored;
  }

  async #keep(
    record: Omit<SealedSecret, "hint" | "masterKey" | "wrappedKey" | "sealed">,
    value: Secret,
    write: (sealed: SealedSecret) => Promise<void>,
  ): Promise<ListedSecret> {
    const text = value.reveal();
    if (text === "" || text.length > longestValue)
      throw new Fault("request_malformed", { message: `A credential has 1 to ${longestValue} characters.`, param: "value" });
    const master = await this.#keyring.sealing();
    const dataKey = randomBytes(32);
    const hinted = { ...record, hint: hintOf(text) };
    const sealed: SealedSecret = {
      ...hinted,
      masterKey: master.id,
      wrappedKey: seal(master.key, dataKey, keyBinding(hinted, master.id)),
      sealed: seal(createSecretKey(dataKey), Buffer.from(text), valueBinding(hinted)),
    };
    dataKey.fill(0);
    await write(sealed);
    await this.#rewrapWhereForgotten(sealed, master);
    return listed(sealed);
  }

  /** The key that sealed may have been taken away in the same moment; this process has it still. */
  async #rewrapWhereForgotten(sealed: SealedSecret, master: MasterKey): Promise<void> {
    const kept = await this.#keyring.read();
    const [first] = kept;
    if (first === undefined || kept.some(({ id }) => id === master.id)) return;
    const dataKey = unwrapped(sealed, master);
    if (dataKey) await this.#store.rewrap([rewrapping(sealed, dataKey, first)]);
  }

  async #open(stored: SealedSecret): Promise<Secret> {
    const dataKey = unwrapped(stored, await this.#masterKey(stored));
    const plain = dataKey && open(createSecretKey(dataKey), stored.sealed, valueBinding(stored));
    dataKey?.fill(0);
    if (plain === undefined) throw damaged(stored);
    return new Secret(plain.toString("utf8"));
  }

  async #rewrapped(stored: SealedSecret, to: MasterKey): Promise<ReturnType<typeof rewrapping>> {
    const dataKey = unwrapped(stored, await this.#masterKey(stored));
    if (dataKey === undefined) throw damaged(stored);
    return rewrapping(stored, dataKey, to);
  }

  async #masterKey({ masterKey: id, name }: SealedSecret): Promise<MasterKey> {
    const key = await this.#keyring.find(id);
    if (key) return key;
    throw new Fault("vault_locked", {
      message: `"${name}" in the vault needs the master key ${id}, which is not there. Put it back: in SLUICE_MASTER_KEY behind the one that seals now (NEW,OLD), or as a line of secrets/master-key in the data folder; \`sluice vault status\` says which keys are there. ${this.#tenant === "" ? `If it is lost, so is the credential: remove it with \`sluice vault rm ${name}\` and put it anew.` : "If it is lost, so is what it seals."}`,
    });
  }
}

type Described = Pick<SealedSecret, "tenant" | "id" | "name" | "version" | "hint">;

function keyBinding({ tenant, id, name, version, hint }: Described, masterKey: string): Binding {
  return ["key", tenant, id, name, version, hint, masterKey];
}

function valueBinding({ tenant, id, name, version, hint }: Described): Binding {
  return ["value", tenant, id, name, version, hint];
}

function unwrapped(stored: SealedSecret, master: MasterKey): Buffer | undefined {
  return open(master.key, stored.wrappedKey, keyBinding(stored, stored.masterKey));
}

function rewrapping(before: SealedSecret, dataKey: Buffer, to: MasterKey) {
  const wrappedKey = seal(to.key, dataKey, keyBinding(before, to.id));
  dataKey.fill(0);
  return { before, masterKey: to.id, wrappedKey };
}

/** A short value would be given away by a part of it. */
function hintOf(value: string): string {
  return value.length >= 20 ? `…${value.slice(-4)}` : "…";
}

function listed({ id, name, version, hint, masterKey, createdAt, changedAt }: SealedSecret): ListedSecret {
  return { id, name, version, hint, masterKey, createdAt, changedAt };
}

function unknown(name: string): Fault {
  const shown = JSON.stringify(name.slice(0, 100));
  return new Fault("object_unknown", { message: `The vault holds no credential ${shown}. Put it there: sluice vault put NAME.` });
}

function damaged({ name, id }: SealedSecret): Fault {
  return new Fault("vault_locked", {
    message: `"${name}" (${id}) in the vault does not open: its row was changed by something else than this program. Restore the row from a backup, or remove it and put the credential anew.`,
  });
}
