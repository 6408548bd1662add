import { createSecretKey, type KeyObject, randomBytes } from "node:crypto";
import { Fault } from "../../exchange/index.ts";
import { Secret } from "../secret.ts";
import { type Binding, open, openBytes, seal, sealBytes } from "./envelope.ts";
import type { Vault } from "./vault.ts";

/** What a body's seal says of itself, before the sealed bytes. */
interface SealHead {
  /** The secret of the vault that opens `key`. */
  readonly by: string;
  /** The key of this body alone, sealed. */
  readonly key: string;
}

interface OwnerKey {
  /** Of the secret. */
  readonly id: string;
  readonly key: KeyObject;
}

const mark = Buffer.from("SLB1");
/** So long a key that was removed still seals here: whoever erases an owner waits for it. */
const rememberMs = 10_000;

/**
 * Seals bodies under envelope encryption: each body has a key of its own, sealed by the key of its owner, which is a secret of the
 * vault. What is sealed is bound to the owner and the record: under another name it does not open.
 */
export class BodySeals {
  readonly #vault: Vault;
  readonly #now: () => number;
  readonly #keys = new Map<string, OwnerKey & { readonly until: number }>();

  constructor(vault: Vault, now: () => number) {
    this.#vault = vault;
    this.#now = now;
  }

  /** @throws Fault `vault_locked` where nothing can be sealed */
  async ready(owner: string): Promise<void> {
    await this.#keyOf(owner, true);
  }

  /** @param pieces are sealed as one @throws Fault `vault_locked` */
  async seal(owner: string, record: string, pieces: readonly Uint8Array[]): Promise<Buffer> {
    const { id, key } = await this.#keyOf(owner, true);
    const own = randomBytes(32);
    const head: SealHead = { by: id, key: seal(key, own, ["body key", owner, record, id]) };
    const text = Buffer.from(JSON.stringify(head));
    const length = Buffer.alloc(4);
    length.writeUInt32BE(text.length);
    const sealed = sealBytes(createSecretKey(own), pieces, bindingOf(owner, record, text), [mark, length, text]);
    own.fill(0);
    return sealed;
  }

  /** @throws Fault `vault_locked` where the owner's key is gone, or a byte is another than was sealed */
  async open(owner: string, record: string, bytes: Uint8Array): Promise<Buffer> {
    const parts = partsOf(bytes) ?? damaged(record);
    const known = await this.#keyOf(owner, false);
    if (!known) throw gone(owner);
    return opened(owner, record, parts, known);
  }

  /** Undefined where the owner was forgotten since. @throws Fault `vault_locked` where a byte is another than was sealed */
  async openUnlessForgotten(owner: string, record: string, bytes: Uint8Array): Promise<Buffer | undefined> {
    const parts = partsOf(bytes) ?? damaged(record);
    const known = await this.#keyOf(owner, false);
    return known?.id === parts.head.by ? opened(owner, record, parts, known) : undefined;
  }

  /** Nothing of this owner's opens from here on, wherever copies of it are. @returns whether there was a key */
  async forget(owner: string): Promise<boolean> {
    this.#keys.delete(owner);
    try {
      await this.#vault.remove(owner);
      return true;
    } catch (error) {
      if (Fault.from(error).code === "object_unknown") return false;
      throw error;
    }
  }

  #keyOf(owner: string, make: true): Promise<OwnerKey>;
  #keyOf(owner: string, make: false): Promise<OwnerKey | undefined>;
  async #keyOf(owner: string, make: boolean): Promise<OwnerKey | undefined> {
    const known = this.#keys.get(owner);
    const leftMs = known ? known.until - this.#now() : 0;
    // More than it ever had: the clock has gone back.
    if (leftMs > 0 && leftMs <= rememberMs) return known;
    const secret = await this.#secretOf(owner, make);
    if (!secret) return undefined;
    const found = { ...secret, until: this.#now() + rememberMs };
    if (this.#keys.size >= 10_000) this.#keys.clear();
    this.#keys.set(owner, found);
    return found;
  }

  async #secretOf(owner: string, make: boolean): Promise<OwnerKey | undefined> {
    for (let tries = 0; ; tries++) {
      try {
        const [{ id }, { value }] = [await this.#vault.get(owner), await this.#vault.read(owner)];
        return { id, key: createSecretKey(Buffer.from(value.reveal(), "base64")) };
      } catch (error) {
        if (Fault.from(error).code !== "object_unknown") throw error;
        if (!make) return undefined;
        if (tries > 0) throw gone(owner);
        await this.#make(owner);
      }
    }
  }

  async #make(owner: string): Promise<void> {
    try {
      await this.#vault.put(owner, new Secret(randomBytes(32).toString("base64")));
    } catch (error) {
      // Another process was first.
      if (Fault.from(error).code !== "object_conflict") throw error;
    }
  }
}

function bindingOf(owner: string, record: string, head: Buffer): Binding {
  return ["body", owner, record, head.toString("base64url")];
}

function opened(owner: string, record: string, { text, head, sealed }: SealedParts, { id, key }: OwnerKey): Buffer {
  const own = id === head.by ? open(key, head.key, ["body key", owner, record, id]) : undefined;
  return (own && openBytes(createSecretKey(own), sealed, bindingOf(owner, record, text))) ?? damaged(record);
}

interface SealedParts {
  readonly text: Buffer;
  readonly head: SealHead;
  readonly sealed: Buffer;
}

function partsOf({ buffer, byteOffset, byteLength }: Uint8Array): SealedParts | undefined {
  const bytes = Buffer.from(buffer, byteOffset, byteLength);
  if (bytes.length < 8 || !bytes.subarray(0, 4).equals(mark)) return undefined;
  const end = 8 + bytes.readUInt32BE(4);
  if (end > bytes.length) return undefined;
  try {
    const text = bytes.subarray(8, end);
    const head = JSON.parse(text.toString("utf8")) as Partial<SealHead>;
    if (typeof head.by !== "string" || typeof head.key !== "string") return undefined;
    return { text, head: { by: head.by, key: head.key }, sealed: bytes.subarray(end) };
  } catch {
    return undefined;
  }
}

function damaged(record: string): never {
  throw new Fault("vault_locked", {
    message: `The body of ${record} does not open: it was changed, cut or put in another's place, or its owner's key is another.`,
  });
}

function gone(owner: string): Fault {
  return new Fault("vault_locked", { message: `The key that opens the bodies of ${owner} is not there: it was erased, or never made.` });
}
