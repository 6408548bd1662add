import { createHash, randomBytes } from "node:crypto";
import type { JSONWebKeySet, JWTPayload } from "jose";
import type { OpenIdConfig } from "../../config/index.ts";
import { Explanation, Fault } from "../../exchange/index.ts";
import type { Deadlines, Transport } from "../../providers/index.ts";

/** What the discovery document says, as far as it is used. OpenID Connect Discovery 1.0, RFC 8414, RFC 9207. */
interface Metadata {
  readonly authorization_endpoint: string;
  readonly token_endpoint: string;
  readonly jwks_uri: string;
  readonly userinfo_endpoint?: string;
  readonly end_session_endpoint?: string;
  readonly token_endpoint_auth_methods_supported?: readonly string[];
  readonly authorization_response_iss_parameter_supported?: boolean;
}

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

const deadlines: Deadlines = { connectMs: 5_000, firstEventMs: 10_000, idleMs: 10_000, totalMs: 10_000 };
const mostBytes = 512 * 1024;
const keptMs = 3_600_000;
/** A key that is not known makes the keys be read anew, but a flood of such tokens does not. */
const keysAtMostEveryMs = 10_000;
const algorithms = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"];
const clockSkewSeconds = 60;
const never = new AbortController().signal;

/** The OpenID provider that people log in with. What it says is believed only as far as its signature and our own challenge prove it. */
export class OpenIdProvider {
  readonly config: OpenIdConfig;
  readonly #transport: Transport;
  readonly #now: () => number;
  #metadata: { readonly value: Promise<Metadata>; readonly readAt: number } | undefined;
  #keys: { readonly value: Promise<JSONWebKeySet>; readonly readAt: number } | undefined;

  constructor(config: OpenIdConfig, transport: Transport, now: () => number) {
    this.config = config;
    this.#transport = transport;
    this.#now = now;
  }

  newChallenge(): Challenge {
    const random = () => randomBytes(32).toString("base64url");
    return { state: random(), nonce: random(), verifier: random() };
  }

  /** Where the browser goes to log in. @throws Fault `upstream_*` */
  async authorizationUrl({ state, nonce, verifier }: Challenge, redirectUri: string): Promise<string> {
    const { authorization_endpoint } = await this.#read();
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
    const { authorization_response_iss_parameter_supported: promised } = await this.#read();
    if (iss === undefined ? promised === true : iss !== this.config.issuer)
      throw refused("The answer came from another provider than was asked.");
  }

  /** The code for the proof of who logged in. @throws Fault `login_refused`, `upstream_*` */
  async redeem(code: string, { nonce, verifier }: Challenge, redirectUri: string): Promise<ProvenPerson> {
    const metadata = await this.#read();
    const form = new URLSearchParams({ grant_type: "authorization_code", code, redirect_uri: redirectUri, code_verifier: verifier });
    const authorization = this.#authenticate(form, metadata);
    const told = await this.#ask(metadata.token_endpoint, { form, ...(authorization !== undefined && { authorization }) });
    if (told.status === 401 || told.body.error === "invalid_client" || told.body.error === "unauthorized_client")
      throw new Fault("upstream_credentials", {
        message: "The OpenID provider refused this gateway's own client.",
        cause: explained(told),
      });
    if (told.status === 400)
      throw refused("The provider did not take the code: it is too old, was used before, or is another's.", explained(told));
    if (told.status !== 200 || typeof told.body.id_token !== "string")
      throw failed("The provider's answer has no ID token.", explained(told));
    const claims = await this.#verified(told.body.id_token, { maxTokenAge: "10m" });
    if (typeof claims.sub !== "string") throw refused("The ID token names nobody.");
    if (claims.nonce !== nonce) throw refused("The ID token was made for another log-in.");
    const authorized = claims.azp ?? (Array.isArray(claims.aud) && claims.aud.length > 1 ? undefined : this.config.clientId);
    if (authorized !== this.config.clientId) throw refused("The ID token was made for another client.");
    const { access_token: accessToken } = told.body;
    return this.#person(claims, metadata.userinfo_endpoint, typeof accessToken === "string" ? accessToken : undefined);
  }

  /** Whose sessions a back-channel logout token ends (OpenID Connect Back-Channel Logout 1.0). @throws Fault `login_refused`, `upstream_*` */
  async logoutOf(token: string): Promise<{ readonly id: string; readonly subject?: string; readonly providerSession?: string }> {
    const { jti, sub, sid, nonce, events } = await this.#verified(token, { maxTokenAge: "10m" });
    const event = (events as Record<string, unknown> | undefined)?.["http://schemas.openid.net/event/backchannel-logout"];
    if (typeof event !== "object" || event === null || nonce !== undefined || typeof jti !== "string")
      throw refused("This is no logout token.");
    if (typeof sub !== "string" && typeof sid !== "string") throw refused("The logout token names nobody.");
    return { id: jti, ...(typeof sub === "string" && { subject: sub }), ...(typeof sid === "string" && { providerSession: sid }) };
  }

  /** Where the browser goes to end the provider's session too (RP-Initiated Logout 1.0); undefined where the provider has no such place. */
  async logoutUrl(backTo: string): Promise<string | undefined> {
    const { end_session_endpoint: endpoint } = await this.#read();
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
      const told = await this.#ask(userinfo, { authorization: `Bearer ${accessToken}` });
      if (told.status === 200 && told.body.sub === claims.sub) all = { ...told.body, ...claims };
    }
    const text = (name: string) => {
      const value = name === "email" && all.email_verified === false ? undefined : all[name];
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
  async #verified(token: string, { maxTokenAge }: { readonly maxTokenAge: string }): Promise<JWTPayload> {
    const { jwtVerify, createLocalJWKSet, errors } = await import("jose");
    const verify = async (fresh: boolean) => {
      const keys = createLocalJWKSet(await this.#readKeys(fresh));
      const expected = {
        issuer: this.config.issuer,
        audience: this.config.clientId,
        algorithms,
        clockTolerance: clockSkewSeconds,
        maxTokenAge,
      };
      const currentDate = new Date(this.#now());
      return (await jwtVerify(token, keys, { ...expected, currentDate, requiredClaims: ["iat", "exp"] })).payload;
    };
    let payload: JWTPayload;
    try {
      payload = await verify(false).catch((error: unknown) => {
        if (error instanceof errors.JWKSNoMatchingKey) return verify(true);
        throw error;
      });
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

  #read(): Promise<Metadata> {
    if (this.#metadata !== undefined && this.#now() - this.#metadata.readAt < keptMs) return this.#metadata.value;
    const value = this.#discover();
    this.#metadata = { value, readAt: this.#now() };
    value.catch(() => {
      this.#metadata = undefined;
    });
    return value;
  }

  async #discover(): Promise<Metadata> {
    const { issuer } = this.config;
    const { status, body } = await this.#ask(`${issuer.replace(/\/$/, "")}/.well-known/openid-configuration`);
    if (status !== 200) throw failed(`The provider's discovery document was answered with ${status}.`);
    if (body.issuer !== issuer) throw failed("The provider's discovery document is of another issuer than `login.openid.issuer` says.");
    for (const name of ["authorization_endpoint", "token_endpoint", "jwks_uri"] as const)
      if (!this.#isSafe(body[name])) throw failed(`The provider's discovery document has no good ${name}.`);
    for (const name of ["userinfo_endpoint", "end_session_endpoint"] as const)
      if (body[name] !== undefined && !this.#isSafe(body[name])) throw failed(`The provider's discovery document has no good ${name}.`);
    return body as unknown as Metadata;
  }

  /** TLS, unless the issuer itself is on this machine. */
  #isSafe(url: unknown): boolean {
    if (typeof url !== "string" || !URL.canParse(url)) return false;
    const { protocol, hostname } = new URL(url);
    const { protocol: own, hostname: ownName } = new URL(this.config.issuer);
    return protocol === "https:" || (own === "http:" && protocol === "http:" && hostname === ownName);
  }

  async #readKeys(fresh: boolean): Promise<JSONWebKeySet> {
    const kept = this.#keys;
    const age = kept === undefined ? Number.POSITIVE_INFINITY : this.#now() - kept.readAt;
    if (kept !== undefined && age < (fresh ? keysAtMostEveryMs : keptMs)) return kept.value;
    const value = this.#read().then(async ({ jwks_uri }) => {
      const { status, body } = await this.#ask(jwks_uri);
      if (status !== 200 || !Array.isArray(body.keys)) throw failed("The provider's keys could not be read.");
      return body as unknown as JSONWebKeySet;
    });
    this.#keys = { value, readAt: this.#now() };
    // Where the provider is away, the keys that it had are good for what they signed.
    value.catch(() => {
      this.#keys = kept;
    });
    return value;
  }

  /** @throws Fault `upstream_*` */
  async #ask(
    url: string,
    { form, authorization }: { readonly form?: URLSearchParams; readonly authorization?: string } = {},
  ): Promise<{ readonly status: number; readonly body: Readonly<Record<string, unknown>> }> {
    const answer = await this.#transport.send(
      {
        method: form === undefined ? "GET" : "POST",
        name: "the OpenID provider",
        url: new URL(url),
        headers: {
          accept: "application/json",
          ...(form !== undefined && { "content-type": "application/x-www-form-urlencoded" }),
          ...(authorization !== undefined && { authorization }),
        },
        body: form === undefined ? undefined : new TextEncoder().encode(form.toString()),
        deadlines,
        privateAllowed: this.config.privateAllowed,
      },
      never,
    );
    const chunks: Uint8Array[] = [];
    let length = 0;
    for await (const chunk of answer.body) {
      length += chunk.length;
      if (length > mostBytes) throw failed("The provider's answer is too long.");
      chunks.push(chunk);
    }
    return { status: answer.status, body: objectIn(Buffer.concat(chunks).toString("utf8")) };
  }
}

function objectIn(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

/** The provider's status and the error's name, which is one of a short list; nothing else that it said. */
function explained({ status, body }: { readonly status: number; readonly body: Readonly<Record<string, unknown>> }): Explanation {
  const name = typeof body.error === "string" && /^[\w.-]{1,64}$/.test(body.error) ? ` ${body.error}` : "";
  return new Explanation(`The OpenID provider answered ${status}${name}.`);
}

function refused(message: string, cause?: Explanation): Fault {
  return new Fault("login_refused", { message, ...(cause && { cause }) });
}

function failed(message: string, cause?: Explanation): Fault {
  return new Fault("upstream_failed", { message, ...(cause && { cause }) });
}
