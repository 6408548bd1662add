import { createHash, randomBytes } from "node:crypto";
import type { JWTPayload } from "jose";
import { IssuerKeys, looksLikeToken, readUnverified } from "../../auth/index.ts";
import type { OpenIdConfig } from "../../config/index.ts";
import { Explanation, Fault } from "../../exchange/index.ts";
import { documentsOver } from "../../gateway/index.ts";
import type { Transport } from "../../providers/index.ts";
import { discoveryOf, explained, failed, type Metadata, mayBePrivate, OpenIdEndpoints } from "./openid-endpoints.ts";

/** Whom the provider says to have logged in. */
export interface ProvenPerson {
  readonly issuer: string;
  readonly subject: string;
  /** The provider's own session. */
  readonly providerSession?: string;
  readonly name: string;
  readonly email?: string;
  readonly groups: readonly string[];
}

/** What goes along with the browser, so that only its own answer is taken. */
export interface Challenge {
  readonly state: string;
  readonly nonce: string;
  /** PKCE, RFC 7636. */
  readonly verifier: string;
}

const algorithms = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"];
const clockSkewSeconds = 60;
const maxTokenAge = "10m";

export interface OpenIdTools {
  readonly transport: Transport;
  /** Milliseconds since the epoch. */
  now(): number;
  /** Milliseconds of a clock that is never put back. */
  steady(): number;
  warn(message: string): void;
}

/** The OpenID provider that people log in with. What it says is believed only as far as its signature and our own challenge prove it. */
export class OpenIdProvider {
  readonly config: OpenIdConfig;
  readonly #endpoints: OpenIdEndpoints;
  readonly #keys: IssuerKeys;
  readonly #now: () => number;

  constructor(config: OpenIdConfig, { transport, now, steady, warn }: OpenIdTools) {
    const { issuer } = config;
    const documents = documentsOver(transport);
    this.config = config;
    this.#endpoints = new OpenIdEndpoints(config, transport, steady);
    const keysAt = { discovery: discoveryOf(issuer) };
    this.#keys = new IssuerKeys(
      { name: "login.openid", issuer, keysAt, privateAllowed: false },
      { fetchDocument: (url) => documents(url, mayBePrivate(url, config)), now: steady, warn },
    );
    this.#now = now;
  }

  newChallenge(): Challenge {
    const random = () => randomBytes(32).toString("base64url");
    return { state: random(), nonce: random(), verifier: random() };
  }

  /** Where the browser goes to log in. @throws Fault `upstream_*` */
  async authorizationUrl({ state, nonce, verifier }: Challenge, redirectUri: string): Promise<string> {
    const { authorization_endpoint } = await this.#endpoints.read();
    const url = new URL(authorization_endpoint);
    const asked = {
      response_type: "code",
      client_id: this.config.clientId,
      redirect_uri: redirectUri,
      scope: this.config.scopes.join(" "),
      state,
      nonce,
      code_challenge: createHash("sha256").update(verifier).digest("base64url"),
      code_challenge_method: "S256",
    };
    for (const [name, value] of Object.entries(asked)) url.searchParams.set(name, value);
    return url.href;
  }

  /** Whether the answer to the browser came from this provider and no other (RFC 9207). @throws Fault `login_refused`, `upstream_*` */
  async checkIssuer(iss: string | undefined): Promise<void> {
    const { authorization_response_iss_parameter_supported: promised } = await this.#endpoints.read();
    if (iss === undefined ? promised === true : iss !== this.config.issuer)
      throw refused("The answer came from another provider than was asked.");
  }

  /** The code for the proof of who logged in. @throws Fault `login_refused`, `upstream_*` */
  async redeem(code: string, { nonce, verifier }: Challenge, redirectUri: string): Promise<ProvenPerson> {
    const metadata = await this.#endpoints.read();
    const form = new URLSearchParams({ grant_type: "authorization_code", code, redirect_uri: redirectUri, code_verifier: verifier });
    const authorization = this.#authenticate(form, metadata);
    const told = await this.#endpoints.ask(metadata.token_endpoint, { form, ...(authorization !== undefined && { authorization }) });
    if (told.status === 401 || told.body.error === "invalid_client" || told.body.error === "unauthorized_client")
      throw new Fault("upstream_credentials", {
        message: "The OpenID provider refused this gateway's own client.",
        cause: explained(told),
      });
    if (told.status === 400)
      throw refused("The provider did not take the code: it is too old, was used before, or is another's.", explained(told));
    if (told.status !== 200 || typeof told.body.id_token !== "string")
      throw failed("The provider's answer has no ID token.", explained(told));
    const claims = await this.#verified(told.body.id_token);
    if (typeof claims.sub !== "string") throw refused("The ID token names nobody.");
    if (claims.nonce !== nonce) throw refused("The ID token was made for another log-in.");
    const authorized = claims.azp ?? (Array.isArray(claims.aud) && claims.aud.length > 1 ? undefined : this.config.clientId);
    if (authorized !== this.config.clientId) throw refused("The ID token was made for another client.");
    const { access_token: accessToken } = told.body;
    return this.#person(claims, metadata.userinfo_endpoint, typeof accessToken === "string" ? accessToken : undefined);
  }

  /** Whose sessions a back-channel logout token ends (OpenID Connect Back-Channel Logout 1.0). @throws Fault `login_refused`, `upstream_*` */
  async logoutOf(token: string): Promise<{ readonly id: string; readonly subject?: string; readonly providerSession?: string }> {
    const { jti, sub, sid, nonce, events } = await this.#verified(token);
    const event = (events as Record<string, unknown> | undefined)?.["http://schemas.openid.net/event/backchannel-logout"];
    if (typeof event !== "object" || event === null || nonce !== undefined || typeof jti !== "string")
      throw refused("This is no logout token.");
    if (typeof sub !== "string" && typeof sid !== "string") throw refused("The logout token names nobody.");
    return { id: jti, ...(typeof sub === "string" && { subject: sub }), ...(typeof sid === "string" && { providerSession: sid }) };
  }

  /** Where the browser goes to end the provider's session too (RP-Initiated Logout 1.0); undefined where the provider has no such place. */
  async logoutUrl(backTo: string): Promise<string | undefined> {
    const { end_session_endpoint: endpoint } = await this.#endpoints.read();
    if (endpoint === undefined) return undefined;
    const url = new URL(endpoint);
    url.searchParams.set("client_id", this.config.clientId);
    url.searchParams.set("post_logout_redirect_uri", backTo);
    return url.href;
  }

  async #person(claims: JWTPayload, userinfo: string | undefined, accessToken: string | undefined): Promise<ProvenPerson> {
    const { groupsClaim, issuer, userClaim } = this.config;
    let all: Readonly<Record<string, unknown>> = claims;
    // Many providers keep ID tokens small and tell the rest here only.
    if ((claims[groupsClaim] === undefined || claims[userClaim] === undefined) && userinfo !== undefined && accessToken !== undefined) {
      const told = await this.#endpoints.ask(userinfo, { authorization: `Bearer ${accessToken}` });
      if (told.status === 200 && told.body.sub === claims.sub) all = { ...told.body, ...claims };
    }
    const text = (name: string) => {
      // Some providers write it as a text.
      const isVerified = [undefined, true, "true"].includes(all.email_verified as undefined);
      const value = name === "email" && !isVerified ? undefined : all[name];
      return typeof value === "string" && /^[^\p{Cc}]{1,200}$/u.test(value) ? value : undefined;
    };
    const groups = all[groupsClaim];
    const email = text("email");
    const name = text(userClaim);
    if (name === undefined)
      throw refused(`The provider does not say the \`${userClaim}\` of who logged in, or says that it is not verified.`);
    return {
      issuer,
      subject: claims.sub as string,
      ...(typeof claims.sid === "string" && { providerSession: claims.sid }),
      name,
      ...(email !== undefined && { email }),
      groups: (Array.isArray(groups) ? groups : [groups]).filter((group): group is string => typeof group === "string"),
    };
  }

  /** Signature, issuer, audience and times. @throws Fault `login_refused`, `upstream_*` */
  async #verified(token: string): Promise<JWTPayload> {
    // What two readers could read differently is not read at all.
    if (!looksLikeToken(token) || readUnverified(token) === undefined) throw refused("The provider's token is not well formed.");
    const { jwtVerify } = await import("jose");
    let payload: JWTPayload;
    try {
      const outcome = await jwtVerify(token, (header, input) => this.#keys.find(header, input), {
        issuer: this.config.issuer,
        audience: this.config.clientId,
        algorithms,
        clockTolerance: clockSkewSeconds,
        maxTokenAge,
        currentDate: new Date(this.#now()),
        requiredClaims: ["iat", "exp"],
      });
      payload = outcome.payload;
    } catch (error) {
      if (error instanceof Fault) throw error;
      throw refused("The provider's token does not hold.", new Explanation(error instanceof Error ? error.name : "unknown"));
    }
    if (typeof payload.sub !== "string" && typeof payload.sid !== "string") throw refused("The provider's token names nobody.");
    if (payload.sub !== undefined && (payload.sub === "" || payload.sub.length > 255)) throw refused("The provider's token names nobody.");
    return payload;
  }

  /** In the header where the provider takes that (RFC 6749 2.3.1), which is what it does unless it says otherwise. */
  #authenticate(form: URLSearchParams, { token_endpoint_auth_methods_supported: methods }: Metadata): string | undefined {
    const { clientId, clientSecret } = this.config;
    if (clientSecret !== undefined && (methods === undefined || methods.includes("client_secret_basic"))) {
      const part = (text: string) => new URLSearchParams({ a: text }).toString().slice(2);
      return `Basic ${Buffer.from(`${part(clientId)}:${part(clientSecret.reveal())}`).toString("base64")}`;
    }
    form.set("client_id", clientId);
    if (clientSecret !== undefined) form.set("client_secret", clientSecret.reveal());
    return undefined;
  }
}

function refused(message: string, cause?: Explanation): Fault {
  return new Fault("login_refused", { message, ...(cause && { cause }) });
}
