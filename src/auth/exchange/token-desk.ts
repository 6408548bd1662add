import { createHash, type KeyObject, randomUUID } from "node:crypto";
import type { JWTPayload } from "jose";
import { Fault, type Principal } from "../../exchange/index.ts";
import type { SigningKey } from "../../secrets/index.ts";
import { holderOf } from "../holder.ts";
import type { KeyIndex } from "../key-index.ts";
import type { KnownKey } from "../known-key.ts";
import type { Networks } from "../networks.ts";
import type { ExchangeOptions } from "../tokens/options.ts";
import type { VerifiedToken } from "../tokens/token-verifier.ts";
import { narrowed, stillAllowed } from "./narrow.ts";

/** The issuer's name under which the gateway's own tokens are denied. */
export const ownIssuer = "sluice";

/** What a token is given for, as it is now. */
export interface Subject {
  readonly principal: Principal;
  readonly endsAt: number;
  readonly boundTo: string | undefined;
  readonly networks: Networks | undefined;
  /** Who stands behind it: found again when the token is shown. */
  readonly from: { readonly key: string } | { readonly issuer: string; readonly subject: string; readonly id?: string };
}

export interface IssuedToken {
  readonly token: string;
  readonly expiresInSeconds: number;
  readonly scope: string | undefined;
}

interface Parents {
  readonly keys: Pick<KeyIndex, "byId">;
  /** Whether a token of this issuer, by the operator's name, could still be taken. */
  isTrusted(issuer: string): boolean;
  denies(token: Pick<VerifiedToken, "issuer" | "subject" | "id">): boolean;
}

const algorithm = "ES256";

/**
 * Gives tokens of the gateway's own for keys and tokens that are good here (RFC 8693), and takes them back: a JWT (RFC 9068) for a
 * short while, never for longer or for more than what it was given for. It reaches the data plane only. What a key may do is asked
 * of the key each time that a token is verified; what a token's holder may do stands in the token.
 */
export class TokenDesk {
  readonly #key: SigningKey;
  readonly #keyId: string;
  readonly #parents: Parents;
  #options: Required<ExchangeOptions> | undefined;

  constructor(key: SigningKey, parents: Parents) {
    this.#key = key;
    this.#keyId = thumbprint(key.publicKey);
    this.#parents = parents;
  }

  configure(options: Required<ExchangeOptions> | undefined): void {
    this.#options = options;
  }

  /** Undefined while no tokens are given. */
  get options(): Required<ExchangeOptions> | undefined {
    return this.#options;
  }

  /** The public key, as a set (RFC 7517). */
  keySet(): { readonly keys: readonly object[] } {
    return { keys: [{ ...this.#key.publicKey.export({ format: "jwk" }), kid: this.#keyId, alg: algorithm, use: "sig" }] };
  }

  /**
   * @param scope as it was asked for
   * @param now milliseconds since the epoch
   * @throws Fault `route_unknown` while no tokens are given, `request_malformed`, `credentials_expired`
   */
  async issue(subject: Subject, scope: string | undefined, now: number): Promise<IssuedToken> {
    const options = this.#options;
    if (!options) throw new Fault("route_unknown");
    const rights = narrowed(subject.principal, scope);
    const nowSeconds = Math.floor(now / 1000);
    const exp = Math.min(nowSeconds + options.lifetimeSeconds, Math.floor(subject.endsAt / 1000));
    if (exp <= nowSeconds) throw new Fault("credentials_expired");
    const { SignJWT } = await import("jose");
    const words = [...rights.scopes, ...(rights.models ?? []).map((model) => `model:${model}`)].join(" ");
    const token = await new SignJWT({
      client_id: subject.principal.keyId,
      ...(words !== "" && { scope: words }),
      ...(subject.boundTo !== undefined && { cnf: { "x5t#S256": subject.boundTo } }),
      sluice: { from: subject.from, rights, ...(!("key" in subject.from) && { principal: subject.principal }) },
    })
      .setProtectedHeader({ alg: algorithm, kid: this.#keyId, typ: "at+jwt" })
      .setIssuer(options.issuer)
      .setAudience(options.audience)
      .setSubject(subject.principal.keyId)
      .setJti(randomUUID())
      .setIssuedAt(nowSeconds)
      .setExpirationTime(exp)
      .sign(this.#key.privateKey);
    return { token, expiresInSeconds: exp - nowSeconds, scope: words === "" ? undefined : words };
  }

  /** A token that says that it is of this gateway. @throws Fault `credentials_*`, or an error of `jose` */
  async verify(token: string, now: number): Promise<VerifiedToken> {
    const options = this.#options;
    if (!options) throw new Fault("credentials_unknown");
    const { jwtVerify } = await import("jose");
    const { payload } = await jwtVerify(token, this.#key.publicKey, {
      issuer: options.issuer,
      audience: options.audience,
      algorithms: [algorithm],
      typ: "at+jwt",
      currentDate: new Date(now),
      requiredClaims: ["exp", "sub", "jti", "sluice"],
      crit: {},
    });
    return this.#judged(payload, now);
  }

  /** What it was given for must still be good. */
  async #judged(claims: JWTPayload, now: number): Promise<VerifiedToken> {
    const { from, rights, principal } = claims.sluice as {
      from: Subject["from"];
      rights: Pick<Principal, "scopes" | "models">;
      principal?: Principal;
    };
    const parent = "key" in from ? await this.#ofKey(from.key, now) : this.#ofToken(from, principal);
    if (!parent || this.#parents.denies({ issuer: ownIssuer, subject: claims.sub as string, id: claims.jti }))
      throw new Fault("credentials_expired", { message: "The token, or what it was given for, was revoked." });
    const { models: _models, ...who } = parent.principal;
    const endsAt = Math.min((claims.exp as number) * 1000, parent.endsAt);
    const holder = holderOf({ ...who, ...stillAllowed(parent.principal, rights) }, true);
    const bound = (claims.cnf as { "x5t#S256"?: string } | undefined)?.["x5t#S256"];
    return {
      ...holder,
      mayOperate: false,
      issuer: "key" in from ? ownIssuer : from.issuer,
      subject: "key" in from ? (claims.sub as string) : from.subject,
      id: claims.jti,
      from,
      networks: parent.networks,
      endsAt,
      checkAt: Math.min(endsAt, now + checkAnewMs),
      boundTo: bound,
    };
  }

  async #ofKey(id: string, now: number): Promise<KnownParent | undefined> {
    const known = await this.#parents.keys.byId(id);
    return known === undefined || known.endsAt <= now || known.principal.kind === "admin" ? undefined : known;
  }

  #ofToken(from: Exclude<Subject["from"], { key: string }>, principal: Principal | undefined): KnownParent | undefined {
    if (!principal || !this.#parents.isTrusted(from.issuer) || this.#parents.denies({ ...from, id: from.id })) return undefined;
    return { principal, endsAt: Number.POSITIVE_INFINITY };
  }
}

/** RFC 7638. */
function thumbprint(key: KeyObject): string {
  const { crv, kty, x, y } = key.export({ format: "jwk" });
  return createHash("sha256").update(JSON.stringify({ crv, kty, x, y })).digest("base64url");
}

type KnownParent = Pick<KnownKey, "principal" | "endsAt" | "networks">;

const checkAnewMs = 600_000;
