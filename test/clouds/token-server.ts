import type { TestAuthority } from "../upstreams/certificates.ts";

export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly form: Readonly<Record<string, string>>;
}

/** Token endpoints and metadata services that grant whatever is asked, and keep what that was. */
export interface TokenServer {
  readonly url: string;
  /** With TLS, by a certificate of the authority. */
  readonly secureUrl: string;
  /** What came since the last time, without the questions about the endpoints themselves. */
  taken(): readonly Asked[];
  close(): Promise<void>;
}

export function startTokenServer(authority: TestAuthority): TokenServer {
  const asked: Asked[] = [];
  const fetch = async (request: Request): Promise<Response> => {
    const url = new URL(request.url);
    if (url.pathname.endsWith("/.well-known/openid-configuration")) return Response.json(discovery(url));
    // Google's library looks first whether anybody is there.
    if (url.pathname === "/") return new Response("", { headers: { "metadata-flavor": "Google" } });
    asked.push({
      method: request.method,
      path: url.pathname,
      query: Object.fromEntries(url.searchParams),
      headers: Object.fromEntries(request.headers),
      form: Object.fromEntries(new URLSearchParams(await request.text())),
    });
    return granted(url.pathname);
  };
  const plain = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch });
  const { cert, key } = authority.issue({ names: ["localhost", "127.0.0.1"] });
  const secure = Bun.serve({ port: 0, hostname: "127.0.0.1", tls: { cert, key }, fetch });
  return {
    url: `http://127.0.0.1:${plain.port}`,
    secureUrl: `https://localhost:${secure.port}`,
    taken: () => asked.splice(0),
    close: async () => {
      await Promise.all([plain.stop(true), secure.stop(true)]);
    },
  };
}

function granted(path: string): Response {
  if (path.startsWith("/container")) {
    const end = new Date(Date.now() + 3_600_000).toISOString();
    return Response.json({ AccessKeyId: "ASIACONTAINER", SecretAccessKey: "secret", Token: "token", Expiration: end });
  }
  if (path.includes("/computeMetadata/v1/instance/service-accounts/default/") && !path.endsWith("/token")) {
    return Response.json(
      { email: "machine@project.iam.gserviceaccount.com", scopes: [], aliases: ["default"] },
      { headers: { "metadata-flavor": "Google" } },
    );
  }
  const end = Math.floor(Date.now() / 1000) + 3600;
  const token = { access_token: "granted", expires_in: 3600, expires_on: String(end), token_type: "Bearer", resource: "r" };
  return Response.json(token, { headers: { "metadata-flavor": "Google" } });
}

function discovery({ origin, pathname }: URL): Record<string, string> {
  const tenant = `${origin}/${pathname.split("/")[1]}`;
  return {
    issuer: `${tenant}/v2.0`,
    authorization_endpoint: `${tenant}/oauth2/v2.0/authorize`,
    token_endpoint: `${tenant}/oauth2/v2.0/token`,
  };
}
