import { generateKeyPairSync } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** The little of npm's `oidc-provider` that is used; it brings no types. */
interface ProviderServer {
  callback(): (request: IncomingMessage, response: ServerResponse) => void;
  on(event: string, listener: (...told: unknown[]) => void): void;
}
type ProviderClass = new (issuer: string, settings: Readonly<Record<string, unknown>>) => ProviderServer;

export interface Person {
  readonly email: string;
  readonly groups: readonly string[];
  /** As the provider tells it. Default true. */
  readonly emailVerified?: boolean | string;
}

export interface OpenIdServer {
  readonly issuer: string;
  /** By the name that is typed into its form. May be changed at any time. */
  readonly people: Map<string, Person>;
  /** What is asked for at its endpoints, by path. */
  readonly asked: Map<string, number>;
  /** What was asked to stand in the token, by the state that it was asked with. */
  readonly nonces: Map<string, string>;
  /** What its token endpoint's answer is changed to before it goes out. */
  changeTokens: ((body: Record<string, unknown>) => Record<string, unknown>) | undefined;
  /** Registers the gateway: from then on people can log in. */
  register(gateway: string, options?: { readonly publicClient?: boolean }): Promise<void>;
  /** Signs a token as this provider would. */
  sign(claims: Readonly<Record<string, unknown>>, header?: Readonly<Record<string, unknown>>): Promise<string>;
  close(): Promise<void>;
}

export const clientId = "sluice";
export const clientSecret = "cs-9f2c41d07be86a53c1e4b7709d52ae18f6b3";

/** A certified OpenID provider, on a free port, with forms instead of a look of its own. */
export async function startOpenIdServer(): Promise<OpenIdServer> {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const jwk = { ...privateKey.export({ format: "jwk" }), kid: "one", use: "sig", alg: "RS256" };
  let serve: (request: IncomingMessage, response: ServerResponse) => void = (_request, response) => void response.writeHead(503).end();
  const asked = new Map<string, number>();
  const people = new Map<string, Person>();
  const nonces = new Map<string, string>();
  const server = createServer((request, response) => {
    const { pathname: path, searchParams } = new URL(request.url ?? "/", issuer);
    if (path === "/auth") nonces.set(searchParams.get("state") ?? "", searchParams.get("nonce") ?? "");
    asked.set(path, (asked.get(path) ?? 0) + 1);
    if (path === "/token" && told.changeTokens) changeBody(response, told.changeTokens);
    serve(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const told: OpenIdServer = {
    issuer,
    people,
    asked,
    nonces,
    changeTokens: undefined,
    async register(gateway, { publicClient = false } = {}) {
      const name = "oidc-provider";
      const { Provider } = (await import(name)) as { Provider: ProviderClass };
      const provider = new Provider(issuer, settingsOf(gateway, jwk, people, publicClient));
      serve = provider.callback();
    },
    async sign(claims, header = {}) {
      const { SignJWT } = await import("jose");
      const now = Math.floor(Date.now() / 1000);
      return new SignJWT({ iss: issuer, aud: clientId, iat: now, exp: now + 60, ...claims })
        .setProtectedHeader({ alg: "RS256", kid: "one", ...header })
        .sign(privateKey);
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return told;
}

function settingsOf(gateway: string, jwk: unknown, people: ReadonlyMap<string, Person>, publicClient: boolean) {
  return {
    clients: [
      {
        client_id: clientId,
        ...(publicClient ? { token_endpoint_auth_method: "none" } : { client_secret: clientSecret }),
        redirect_uris: [`${gateway}/auth/callback`],
        post_logout_redirect_uris: [`${gateway}/`],
        backchannel_logout_uri: `${gateway}/auth/backchannel-logout`,
        backchannel_logout_session_required: true,
      },
    ],
    jwks: { keys: [jwk] },
    cookies: { keys: ["cookies are signed with this"] },
    claims: { openid: ["sub"], profile: ["preferred_username", "groups"], email: ["email", "email_verified"] },
    pkce: { required: () => true },
    features: { devInteractions: { enabled: true }, backchannelLogout: { enabled: true }, rpInitiatedLogout: { enabled: true } },
    findAccount: (_context: unknown, id: string) => {
      const person = people.get(id);
      if (!person) return undefined;
      return {
        accountId: id,
        claims: () => ({
          sub: id,
          preferred_username: id,
          email: person.email,
          email_verified: person.emailVerified ?? true,
          groups: person.groups,
        }),
      };
    },
  };
}

/** Puts other claims where the provider's answer has its own. */
function changeBody(response: ServerResponse, change: (body: Record<string, unknown>) => Record<string, unknown>): void {
  const end = response.end.bind(response) as (chunk?: unknown) => ServerResponse;
  response.end = ((chunk?: unknown) => {
    const text = chunk === undefined ? "" : Buffer.from(chunk as Uint8Array | string).toString();
    const body = JSON.stringify(change(JSON.parse(text) as Record<string, unknown>));
    response.setHeader("content-length", Buffer.byteLength(body));
    return end(body);
  }) as typeof response.end;
}
