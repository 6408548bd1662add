import { hash as oneShotHash, randomBytes } from "node:crypto";
import type { JWTPayload } from "jose";
import { Fault } from "../../exchange/index.ts";
import type { Subject, TokenDesk } from "../exchange/token-desk.ts";
import type { Holder } from "../holder.ts";
import type { Networks } from "../networks.ts";
import { IssuerKeys, type IssuerKeysTools } from "./issuer-keys.ts";
import { looksLikeToken, readUnverified } from "./read-token.ts";
import { tokenHolder } from "./token-principal.ts";
import type { TrustedIssuer } from "./trusted-issuer.ts";

/** A token that was found good. */
export interface VerifiedToken extends Holder {
  readonly issuer: string;
  readonly subject: string;
  /** Its own id (`jti`), where it has one. */
  readonly id: string | undefined;
  /** From then on it is refused, in milliseconds since the epoch. */
  readonly endsAt: number;
  /** From then on it is verified anew, so that keys that the issuer withdraws count. */
  readonly checkAt: number;
  /** What a token of the gateway's own was given for. */
  readonly from?: Subject["from"];
  /** Where it may be used from, as what it was given for. */
  readonly networks?: Networks | undefined;
  /** The SHA-256 of the client's certificate that must come with it (RFC 8705), in base64url. */
  readonly boundTo: string | undefined;
}

/** Which tokens are refused although they are good. */
export interface Denials {
  denies(token: Pick<VerifiedToken, "issuer" | "subject" | "id">): boolean;
}

export interface TokenVerifierTools extends IssuerKeysTools {
  readonly denials: Denials;
}

const checkAnewMs = 600_000;
const mostKept = 10_000;
/** How long a token that was found bad is so without being looked at: whoever sends it again and again costs no signature each time. */
const refusedMs = 5_000;
const mostRefused = 1_000;
const noCritical = Object.freeze({});

/**
 * Tokens of the issuers that the config names. What was found good is kept by the hash of the whole token until it ends, ten
 * minutes at most, so that an ordinary call verifies nothing.
 */
export class TokenVerifier {
  readonly #tools: TokenVerifierTools;
  readonly #kept = new Map<string, VerifiedToken>();
  readonly #pending = new Map<string, Promise<VerifiedToken>>();
  readonly #refused = new Map<string, { readonly fault: Fault; readonly until: number }>();
  readonly #salt = randomBytes(32).toString("base64url");
  #desk: TokenDesk | undefined;
  #issuers: ReadonlyMap<string, { readonly issuer: TrustedIssuer; readonly keys: IssuerKeys }> = new Map();

  constructor(tools: TokenVerifierTools) {
    this.#tools = tools;
  }

  /** Takes these instead of the issuers so far. The keys of those that stay as they were are kept. */
  configure(issuers: readonly TrustedIssuer[]): void {
    const before = this.#issuers;
    this.#issuers = new Map(
      issuers.map((issuer) => {
        const known = before.get(issuer.issuer)?.keys;
        const same = known !== undefined && placeOf(known.issuer) === placeOf(issuer);
        return [issuer.issuer, { issuer, keys: same ? known : new IssuerKeys(issuer, this.#tools) }];
      }),
    );
    this.forget();
  }

  /** Takes the tokens of the gateway's own desk too. */
  trust(desk: TokenDesk): void {
    this.#desk = desk;
  }

  /** Whether an issuer, by the operator's name, stands in the config. */
  isTrusted(name: string): boolean {
    return [...this.#issuers.values()].some(({ issuer }) => issuer.name === name);
  }

  forget(): void {
    this.#kept.clear();
    this.#pending.clear();
    this.#refused.clear();
  }

  /** Asks anew about the gateway's own tokens: what they were given for may have changed. */
  forgetOwn(): void {
    if (this.#desk?.options) this.forget();
  }

  /** What is denied has changed: everything is verified anew. @returns the ids of whom a known token is denied of */
  judgeAnew(): ReadonlySet<string> {
    const ended = new Set<string>();
    for (const token of this.#kept.values()) if (this.#tools.denials.denies(token)) ended.add(token.principal.keyId);
    this.forget();
    return ended;
  }

  /** Whether there is anybody whose token this could be. */
  takes(text: string): boolean {
    return (this.#issuers.size > 0 || this.#desk?.options !== undefined) && looksLikeToken(text);
  }

  /**
   * The token, found good; at once where it is known.
   * @param now milliseconds since the epoch
   * @throws Fault `credentials_unknown`, `credentials_expired`, `credentials_unverifiable`
   */
  verify(token: string, now: number): VerifiedToken | Promise<VerifiedToken> {
    const name = oneShotHash("sha256", this.#salt + token, "base64url");
    const kept = this.#kept.get(name);
    if (kept !== undefined && isWithin(checkAnewMs, kept.checkAt, now)) return kept;
    this.#kept.delete(name);
    const refused = this.#refused.get(name);
    if (refused !== undefined && isWithin(refusedMs, refused.until, now)) throw refused.fault;
    let pending = this.#pending.get(name);
    if (pending === undefined) {
      pending = this.#verified(token, now).then(
        (verified) => {
          if (this.#pending.get(name) === pending) this.#keep(name, verified);
          return verified;
        },
        (error: unknown) => {
          if (this.#pending.get(name) === pending) this.#refuse(name, error, now);
          throw error;
        },
      );
      this.#pending.set(name, pending);
    }
    return pending;
  }

  #keep(name: string, verified: VerifiedToken): void {
    this.#pending.delete(name);
    if (this.#kept.size >= mostKept) this.#kept.delete(this.#kept.keys().next().value as string);
    this.#kept.set(name, verified);
  }

  /** What may be good in a moment is looked at again: a token from keys that were not there, and one whose issuer was away. */
  #refuse(name: string, error: unknown, now: number): void {
    this.#pending.delete(name);
    if (!(error instanceof Fault) || error.code === "credentials_unverifiable" || error.message === keyIsNotThere().message) return;
    this.#refused.delete(name);
    if (this.#refused.size >= mostRefused) this.#refused.delete(this.#refused.keys().next().value as string);
    this.#refused.set(name, { fault: error, until: now + refusedMs });
  }

  async #verified(token: string, now: number): Promise<VerifiedToken> {
    const read = readUnverified(token);
    if (read === undefined) throw unknown("is not well formed");
    const own = this.#desk?.options?.issuer;
    if (own !== undefined && read.claims.iss === own) return this.#ofDesk(token, now);
    const trusted = this.#issuers.get(String(read.claims.iss));
    if (trusted === undefined) throw unknown("is of an issuer that the gateway does not know");
    const { issuer, keys } = trusted;
    const { jwtVerify } = await import("jose");
    let claims: JWTPayload;
    try {
      const outcome = await jwtVerify(token, (header, input) => keys.find(header, input), {
        issuer: issuer.issuer,
        audience: [...issuer.audiences],
        algorithms: [...issuer.algorithms],
        clockTolerance: issuer.clockSkewSeconds,
        currentDate: new Date(now),
        requiredClaims: ["exp", "sub"],
        crit: noCritical,
        ...(issuer.maxAgeSeconds !== undefined && { maxTokenAge: issuer.maxAgeSeconds }),
      });
      if (!isTokenType(outcome.protectedHeader.typ)) throw unknown("is of another type than access and ID tokens are");
      claims = outcome.payload;
    } catch (error) {
      throw refusalOf(error);
    }
    return this.#judged(claims, issuer, now);
  }

  async #ofDesk(token: string, now: number): Promise<VerifiedToken> {
    try {
      return await (this.#desk as TokenDesk).verify(token, now);
    } catch (error) {
      throw refusalOf(error);
    }
  }

  #judged(claims: JWTPayload, issuer: TrustedIssuer, now: number): VerifiedToken {
    const holder = tokenHolder(claims, issuer);
    if (holder === undefined) throw unknown("does not say whose it is");
    const skewMs = issuer.clockSkewSeconds * 1000;
    const endsAt = Math.min((claims.exp as number) * 1000, ageLimit(claims, issuer)) + skewMs;
    const token = { issuer: issuer.name, subject: claims.sub as string, id: typeof claims.jti === "string" ? claims.jti : undefined };
    if (this.#tools.denials.denies(token)) throw new Fault("credentials_expired", { message: "The token was revoked." });
    return { ...holder, ...token, endsAt, checkAt: Math.min(endsAt, now + checkAnewMs), boundTo: boundTo(claims.cnf) };
  }
}

function ageLimit({ iat }: JWTPayload, { maxAgeSeconds }: TrustedIssuer): number {
  return maxAgeSeconds === undefined || iat === undefined ? Number.POSITIVE_INFINITY : (iat + maxAgeSeconds) * 1000;
}

/** Whether what ends then, and began no longer than `mostMs` before, holds now: a clock that has gone back since makes nothing last longer. */
function isWithin(mostMs: number, endsAt: number, now: number): boolean {
  return now < endsAt && endsAt - now <= mostMs;
}

/** Access tokens (RFC 9068), ID tokens, and what does not say. Tokens for other purposes say so in their type. */
function isTokenType(type: unknown): boolean {
  return type === undefined || (typeof type === "string" && /^(application\/)?(at\+)?jwt$/i.test(type));
}

/**
 * RFC 7800: whoever shows the token must also have a key. That of a client's certificate can be checked.
 * @throws Fault `credentials_unknown` for any other kind
 */
function boundTo(confirmation: unknown): string | undefined {
  if (confirmation === undefined) return undefined;
  const members = typeof confirmation === "object" && confirmation !== null ? Object.entries(confirmation) : [];
  const [[name, value] = []] = members;
  if (members.length === 1 && name === "x5t#S256" && typeof value === "string") return value;
  throw unknown("is bound to a key in a way that the gateway cannot check");
}

function placeOf({ issuer, keysAt, privateAllowed }: IssuerKeys["issuer"]): string {
  return JSON.stringify([issuer, keysAt, privateAllowed]);
}

function refusalOf(error: unknown): Fault {
  if (error instanceof Fault) return error;
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  const claim = error instanceof Error && "claim" in error ? error.claim : undefined;
  if (code === "ERR_JWT_EXPIRED") return new Fault("credentials_expired", { message: "The token has expired." });
  if (claim === "aud") return unknown("is meant for another audience");
  if (claim === "nbf") return unknown("is not valid yet");
  if (claim === "exp" || claim === "iat" || claim === "sub") return unknown(`does not have \`${claim}\` as it should`);
  if (code === "ERR_JWKS_NO_MATCHING_KEY") return keyIsNotThere();
  if (code === "ERR_JWKS_MULTIPLE_MATCHING_KEYS") return unknown("does not say which of its issuer's keys signed it");
  return unknown("is not signed as its issuer's tokens are");
}

function keyIsNotThere(): Fault {
  return unknown("is signed with a key that its issuer does not have");
}

/** Says nothing of what the token holds. */
function unknown(why: string): Fault {
  return new Fault("credentials_unknown", { message: `The token is not taken: it ${why}.` });
}
