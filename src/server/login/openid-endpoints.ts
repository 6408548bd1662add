import type { OpenIdConfig } from "../../config/index.ts";
import { Explanation, Fault, Leaving } from "../../exchange/index.ts";
import type { Deadlines, Transport } from "../../providers/index.ts";

/** What the discovery document says, as far as it is used. OpenID Connect Discovery 1.0, RFC 8414, RFC 9207. */
export interface Metadata {
  readonly authorization_endpoint: string;
  readonly token_endpoint: string;
  readonly jwks_uri: string;
  readonly userinfo_endpoint?: string;
  readonly end_session_endpoint?: string;
  readonly token_endpoint_auth_methods_supported?: readonly string[];
  readonly authorization_response_iss_parameter_supported?: boolean;
}

/** What an endpoint answered. */
export interface Told {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

const deadlines: Deadlines = { connectMs: 5_000, firstEventMs: 10_000, idleMs: 10_000, totalMs: 10_000 };
const mostBytes = 512 * 1024;
const keptMs = 3_600_000;

/** Where an OpenID provider is, as its discovery document says, and what it answers there. */
export class OpenIdEndpoints {
  readonly #config: OpenIdConfig;
  readonly #transport: Transport;
  readonly #now: () => number;
  #metadata: { readonly value: Promise<Metadata>; readonly readAt: number } | undefined;

  constructor(config: OpenIdConfig, transport: Transport, now: () => number) {
    this.#config = config;
    this.#transport = transport;
    this.#now = now;
  }

  /** @throws Fault `upstream_*` */
  read(): Promise<Metadata> {
    if (this.#metadata !== undefined && this.#now() - this.#metadata.readAt < keptMs) return this.#metadata.value;
    const value = this.#discover();
    this.#metadata = { value, readAt: this.#now() };
    value.catch(() => {
      this.#metadata = undefined;
    });
    return value;
  }

  async #discover(): Promise<Metadata> {
    const { issuer } = this.#config;
    const { status, body } = await this.ask(discoveryOf(issuer).href);
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
    const { protocol: own, hostname: ownName } = new URL(this.#config.issuer);
    return protocol === "https:" || (own === "http:" && protocol === "http:" && hostname === ownName);
  }

  /** @throws Fault `upstream_*` */
  async ask(
    address: string,
    { form, authorization }: { readonly form?: URLSearchParams; readonly authorization?: string } = {},
  ): Promise<Told> {
    const url = new URL(address);
    const answer = await this.#transport.send(
      {
        method: form === undefined ? "GET" : "POST",
        name: "the OpenID provider",
        url,
        headers: {
          accept: "application/json",
          ...(form !== undefined && { "content-type": "application/x-www-form-urlencoded" }),
          ...(authorization !== undefined && { authorization }),
        },
        body: form === undefined ? undefined : new TextEncoder().encode(form.toString()),
        deadlines,
        privateAllowed: mayBePrivate(url, this.#config),
      },
      new Leaving(),
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

/** OpenID Connect Discovery 1.0, section 4. */
export function discoveryOf(issuer: string): URL {
  return new URL(`${issuer.replace(/\/$/, "")}/.well-known/openid-configuration`);
}

/** What the provider says of itself leads into no network that the config does not name. */
export function mayBePrivate(url: URL, { issuer, privateAllowed }: Pick<OpenIdConfig, "issuer" | "privateAllowed">): boolean {
  const { protocol, hostname } = new URL(issuer);
  return privateAllowed ?? (protocol === "http:" && url.hostname === hostname);
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
export function explained({ status, body }: Told): Explanation {
  const name = typeof body.error === "string" && /^[\w.-]{1,64}$/.test(body.error) ? ` ${body.error}` : "";
  return new Explanation(`The OpenID provider answered ${status}${name}.`);
}

export function failed(message: string, cause?: Explanation): Fault {
  return new Fault("upstream_failed", { message, ...(cause && { cause }) });
}
