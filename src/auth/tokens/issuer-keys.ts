import type { CryptoKey, FlattenedJWSInput, JSONWebKeySet, JWSHeaderParameters } from "jose";
import { Explanation, Fault } from "../../exchange/index.ts";
import type { TrustedIssuer } from "./trusted-issuer.ts";

/** Fetches a public document as text, over the one guarded dispatcher. Refuses redirects, other answers than 200 and long ones. */
export type FetchDocument = (url: URL, privateAllowed: boolean) => Promise<string>;

export interface IssuerKeysTools {
  readonly fetchDocument: FetchDocument;
  /** Milliseconds of a clock that is never put back, and knows of the time that the machine slept. */
  now(): number;
  warn(message: string): void;
}

/** Older key sets are fetched anew behind the requests that use them. */
const freshMs = 600_000;
/** An issuer that is away for longer than this could have withdrawn its keys without our hearing of it. */
const usableMs = 86_400_000;
/** So long nothing is asked again: for a key that is not there, or after a failure. */
const restMs = 5_000;

type FindKey = (header: JWSHeaderParameters, token: FlattenedJWSInput) => Promise<CryptoKey>;

/**
 * The public keys of one issuer. A key that is not known makes the set be fetched anew, though not more often than every five
 * seconds; while the issuer is away the last set serves on, for a day at most. What a token says about where keys are is not looked at.
 */
export class IssuerKeys {
  readonly #issuer: Pick<TrustedIssuer, "name" | "issuer" | "keysAt" | "privateAllowed">;
  readonly #tools: IssuerKeysTools;
  #find: FindKey | undefined;
  #fetchedAt = 0;
  #askedAt = Number.NEGATIVE_INFINITY;
  #pending: Promise<void> | undefined;

  constructor(issuer: IssuerKeys["issuer"], tools: IssuerKeysTools) {
    this.#issuer = issuer;
    this.#tools = tools;
  }

  get issuer(): Pick<TrustedIssuer, "name" | "issuer" | "keysAt" | "privateAllowed"> {
    return this.#issuer;
  }

  /**
   * The key that a token's header names.
   * @throws Fault `credentials_unverifiable` where there are no keys to look at; an error of `jose` where none of them fits
   */
  async find(header: JWSHeaderParameters, token: FlattenedJWSInput): Promise<CryptoKey> {
    const age = this.#tools.now() - this.#fetchedAt;
    if (this.#find === undefined || age > usableMs) await this.#fetchAnew();
    else if (age > freshMs && this.#mayAsk()) void this.#fetchAnew().catch(() => undefined);
    const before = this.#fetchedAt;
    try {
      return await this.#known(header, token);
    } catch (error) {
      if (!isNoMatch(error) || !(await this.#fetchedAfter(before))) throw error;
      return this.#known(header, token);
    }
  }

  #known(header: JWSHeaderParameters, token: FlattenedJWSInput): Promise<CryptoKey> {
    if (this.#find === undefined) throw unverifiable();
    return this.#find(header, token);
  }

  #mayAsk(): boolean {
    return this.#pending !== undefined || this.#tools.now() - this.#askedAt >= restMs;
  }

  /** Whether the set is another try's than the one that did not have the key. */
  async #fetchedAfter(before: number): Promise<boolean> {
    if (this.#mayAsk()) await this.#fetchAnew().catch(() => undefined);
    return this.#fetchedAt > before;
  }

  /** @throws Fault `credentials_unverifiable` */
  #fetchAnew(): Promise<void> {
    if (!this.#mayAsk()) return Promise.reject(unverifiable());
    this.#pending ??= this.#fetch().finally(() => {
      this.#pending = undefined;
    });
    return this.#pending;
  }

  async #fetch(): Promise<void> {
    const { now, warn } = this.#tools;
    this.#askedAt = now();
    try {
      const [{ createLocalJWKSet }, keys] = await Promise.all([import("jose"), this.#keySet()]);
      this.#find = createLocalJWKSet(keys);
      this.#fetchedAt = Math.max(now(), this.#fetchedAt + 1);
    } catch (error) {
      const why = error instanceof Fault || error instanceof Explanation ? error.message : "its answer is no set of keys";
      const { name } = this.#issuer;
      warn(`The keys of the issuer ${name} could not be fetched${this.#find ? "; those known so far stay" : ""}: ${why}`);
      throw unverifiable(error);
    }
  }

  async #keySet(): Promise<JSONWebKeySet> {
    const { keysAt, privateAllowed } = this.#issuer;
    const url = "jwks" in keysAt ? keysAt.jwks : await this.#discovered(keysAt.discovery);
    const { keys } = objectOf(await this.#tools.fetchDocument(url, privateAllowed));
    if (!Array.isArray(keys) || keys.length > 100) throw new Explanation("its answer is no set of keys");
    return { keys };
  }

  /** OpenID Connect Discovery 1.0, section 4.3: a document that speaks for another issuer is not used. */
  async #discovered(discovery: URL): Promise<URL> {
    const { issuer, privateAllowed } = this.#issuer;
    const document = objectOf(await this.#tools.fetchDocument(discovery, privateAllowed));
    if (document.issuer !== issuer) throw new Explanation("its description names another issuer than the config does");
    const url = typeof document.jwks_uri === "string" ? URL.parse(document.jwks_uri) : null;
    if (url === null) throw new Explanation("its description does not say where its keys are");
    if (url.protocol !== "https:" && !(url.protocol === "http:" && discovery.protocol === "http:" && url.hostname === discovery.hostname))
      throw new Explanation("its keys are not at an https:// address");
    return url;
  }
}

function objectOf(text: string): Readonly<Record<string, unknown>> {
  const value: unknown = JSON.parse(text);
  if (typeof value !== "object" || value === null) throw new Explanation("its answer is no JSON object");
  return value as Readonly<Record<string, unknown>>;
}

function isNoMatch(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ERR_JWKS_NO_MATCHING_KEY";
}

function unverifiable(cause?: unknown): Fault {
  return new Fault("credentials_unverifiable", { retryAfterMs: restMs, ...(cause !== undefined && { cause }) });
}
