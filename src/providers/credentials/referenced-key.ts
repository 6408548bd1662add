import { type Secret, tells } from "../../secrets/index.ts";
import { readAwsKeys } from "../aws-credential.ts";
import type { UnsignedRequest } from "../sign-sigv4.ts";
import type { Credential } from "./credential.ts";
import { refused } from "./source.ts";

/** The store where the config says that a key is. */
export interface KeyStore {
  /** Until when the key that is kept is good, in milliseconds since the epoch; Infinity where it does not end. */
  endsAt(reference: string): number;
  /** Reads the key anew. @throws Fault `secret_unavailable` */
  reread(reference: string): Promise<{ readonly value: Secret }>;
}

export interface ReferencedKeyOptions {
  /** `NAME:PATH#FIELD` */
  readonly reference: string;
  /** As it was when the config was read: it stands in the headers that requests come with. */
  readonly key: Secret;
  readonly store: KeyStore;
  now(): number;
  /** How calls are authorised where the key itself goes into no header. */
  signing(key: Secret): Credential | undefined;
}

type Headers = Readonly<Record<string, string>>;
type Refusal = Parameters<Credential["renew"]>[1];

/** Whoever waits for an answer does not wait longer than this for a store. */
const patienceMs = 5_000;
/** A key that was refused although it had just been read anew is refused for another reason. */
const restMs = 1_000;

/**
 * A key from a store of secrets. Where the provider refuses it, the store is asked once more before anyone hears of it: the key may
 * have been rotated since it was read. One that has ended is not used.
 */
export class ReferencedKey implements Credential {
  readonly #options: ReferencedKeyOptions;
  readonly #first: string;
  #current: string;
  #signing: Credential | undefined;
  #pending: Promise<boolean> | undefined;
  #restsUntil = 0;

  constructor(options: ReferencedKeyOptions) {
    this.#options = options;
    this.#first = options.key.reveal();
    this.#current = this.#first;
    this.#signing = options.signing(options.key);
  }

  authorize(request: UnsignedRequest, atMs: number): Headers | Promise<Headers> {
    if (atMs < this.#options.store.endsAt(this.#options.reference)) return this.#authorized(request, atMs);
    return this.#rested().then(() => {
      if (this.#options.now() < this.#options.store.endsAt(this.#options.reference)) return this.#authorized(request, atMs);
      throw refused(`The key at ${this.#options.reference} has ended, and its store gives no other.`);
    });
  }

  renew(headers: Headers, refusal: Refusal): boolean | Promise<boolean> {
    const signed = this.#signing?.renew(headers, refusal) ?? false;
    if (signed !== false) return signed;
    if (refusal.status !== 401 && refusal.status !== 403) return false;
    // Another call has brought the new one already.
    if (!this.#isCurrent(headers)) return true;
    return this.#rested();
  }

  leaks(text: string): boolean {
    return tells(text, [this.#current, this.#first]) || (this.#signing?.leaks(text) ?? false);
  }

  #authorized(request: UnsignedRequest, atMs: number): Headers | Promise<Headers> {
    const headers = this.#current === this.#first ? request.headers : this.#exchanged(request.headers);
    const signed = this.#signing?.authorize({ ...request, headers }, atMs);
    if (signed === undefined) return headers;
    return signed instanceof Promise ? signed.then((added) => ({ ...headers, ...added })) : { ...headers, ...signed };
  }

  /** The key that the config was read with gives way to the one that holds now. */
  #exchanged(headers: Headers): Headers {
    return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, value.replaceAll(this.#first, this.#current)]));
  }

  /** Whether the headers were made with the key that holds now; where they do not show it, they are taken for that. */
  #isCurrent(headers: Headers): boolean {
    const accessKey = readAwsKeys(this.#current)?.accessKeyId;
    if (accessKey !== undefined && headers.authorization?.includes("Credential="))
      return headers.authorization.includes(`Credential=${accessKey}/`);
    return this.#signing !== undefined || Object.values(headers).some((value) => value.includes(this.#current));
  }

  #rested(): Promise<boolean> {
    const restsMs = this.#restsUntil - this.#options.now();
    // Longer than it ever rests: the clock has gone back.
    return restsMs > 0 && restsMs <= restMs ? Promise.resolve(false) : this.#reread();
  }

  /** True where another key is there now. All who are refused at the same time share one reading. */
  #reread(): Promise<boolean> {
    this.#pending ??= this.#read().finally(() => {
      this.#pending = undefined;
    });
    return this.#pending;
  }

  async #read(): Promise<boolean> {
    const { store, reference, now, signing } = this.#options;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<undefined>((resolve) => {
      timer = setTimeout(resolve, patienceMs, undefined);
    });
    const read = await Promise.race([store.reread(reference).catch(() => undefined), late]).finally(() => clearTimeout(timer));
    const found = read?.value.reveal();
    if (read === undefined || found === undefined || found === this.#current) {
      this.#restsUntil = now() + restMs;
      return false;
    }
    this.#current = found;
    this.#signing = signing(read.value);
    return true;
  }
}
