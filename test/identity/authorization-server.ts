import { generateKeyPairSync } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** The little of npm's `oidc-provider` that is used; it brings no types. */
interface ProviderServer {
  callback(): (request: IncomingMessage, response: ServerResponse) => void;
}
type ProviderClass = new (issuer: string, settings: Readonly<Record<string, unknown>>) => ProviderServer;

export interface AuthorizationServer {
  readonly issuer: string;
  /** How often its keys were asked for. */
  readonly keysAsked: () => number;
  /** An access token (RFC 9068) of the client credentials grant, as the server signs it. */
  token(client: string, audience: string): Promise<string>;
  /** Signs with another key from now on, which is published beside the old one. */
  rotate(): void;
  /** Publishes the newest key only. */
  withdrawOldKeys(): void;
  /** Answers nothing but 503, or again as before. */
  setAway(away: boolean): void;
  close(): Promise<void>;
}

/** Programs that may ask for tokens, and what their tokens say of groups. */
export const clients: Readonly<Record<string, readonly string[]>> = {
  "billing-service": ["ai-support"],
  "platform-bot": ["platform"],
  stranger: ["others"],
};
const secretOf = (client: string) => `${client}-secret-0123456789abcdef0123456789abcdef`;

/** A certified authorization server, on a free port, that gives JWTs as access tokens. */
export async function startAuthorizationServer(): Promise<AuthorizationServer> {
  let keys = [newKey(0)];
  let made = 1;
  let away = false;
  let keysAsked = 0;
  let provider: ReturnType<ProviderServer["callback"]> = (_request, response) => void response.writeHead(503).end();
  const server = createServer((request, response) => {
    if (request.url === "/jwks") keysAsked++;
    if (away) response.writeHead(503).end();
    else provider(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const name = "oidc-provider";
  const { Provider } = (await import(name)) as { Provider: ProviderClass };
  const publish = () => {
    provider = new Provider(issuer, settingsOf(keys)).callback();
  };
  publish();
  return {
    issuer,
    keysAsked: () => keysAsked,
    async token(client, audience) {
      const answer = await fetch(`${issuer}/token`, {
        method: "POST",
        headers: { authorization: `Basic ${btoa(`${client}:${secretOf(client)}`)}` },
        body: new URLSearchParams({ grant_type: "client_credentials", resource: audience }),
      });
      const body = (await answer.json()) as { access_token?: string };
      if (!body.access_token) throw new Error(`The authorization server gave no token: ${JSON.stringify(body)}`);
      return body.access_token;
    },
    rotate() {
      keys = [newKey(made++), ...keys];
      publish();
    },
    withdrawOldKeys() {
      keys = keys.slice(0, 1);
      publish();
    },
    setAway(now) {
      away = now;
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function newKey(number: number): Record<string, unknown> {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  return { ...privateKey.export({ format: "jwk" }), kid: `key-${number}`, use: "sig", alg: "RS256" };
}

function settingsOf(keys: readonly Record<string, unknown>[]) {
  return {
    clients: Object.keys(clients).map((client) => ({
      client_id: client,
      client_secret: secretOf(client),
      grant_types: ["client_credentials"],
      redirect_uris: [],
      response_types: [],
    })),
    jwks: { keys },
    cookies: { keys: ["cookies are signed with this"] },
    extraTokenClaims: (_context: unknown, { clientId }: { clientId: string }) => ({ groups: clients[clientId] }),
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: (_context: unknown, resource: string) => ({
          scope: "",
          audience: resource,
          accessTokenFormat: "jwt",
          accessTokenTTL: 600,
          jwt: { sign: { alg: "RS256" } },
        }),
      },
    },
  };
}
