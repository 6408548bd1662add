import { generateKeyPairSync } from "node:crypto";

/**
 * Stands in for Google Secret Manager, Azure Key Vault and the API of a Kubernetes cluster, and for the token endpoints of the first two;
 * written from their documents. None of the real ones could be had here.
 */
export interface CloudStandIns {
  readonly url: string;
  /** By `google NAME`, `azure NAME`, `kubernetes NAMESPACE/NAME KEY`. */
  readonly secrets: Map<string, { value: string; version: string; endsAt?: number }>;
  readonly requests: string[];
  stop(): Promise<void>;
}

export const clusterToken = "eyJ.service-account-token";
const googleToken = "ya29.token-of-the-stand-in";
const azureToken = "eyJ.token-of-entra";

/** A service account's key whose tokens come from the stand-in. */
export function serviceAccount(tokenUri: string): string {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const pem = privateKey.export({ type: "pkcs8", format: "pem" });
  return JSON.stringify({
    type: "service_account",
    client_email: "gw@p-1.iam",
    private_key: pem,
    private_key_id: "1",
    token_uri: tokenUri,
  });
}

export function startClouds(): CloudStandIns {
  const refusal = (status: number, error: object) => Response.json({ error }, { status });
  const answer = async (request: Request): Promise<Response> => {
    const { pathname, searchParams } = new URL(request.url);
    const bearer = request.headers.get("authorization")?.replace(/^Bearer /, "");
    stand.requests.push(`${request.method} ${pathname}`);
    if (pathname === "/google/token") return Response.json({ access_token: googleToken, expires_in: 3600, token_type: "Bearer" });
    if (pathname === "/tenant-1/oauth2/v2.0/token") {
      const form = new URLSearchParams(await request.text());
      if (form.get("scope") !== "https://vault.azure.net/.default") return Response.json({ error: "invalid_scope" }, { status: 400 });
      return Response.json({ access_token: azureToken, expires_in: 3600, token_type: "Bearer" });
    }
    const google = /^\/v1\/(projects\/p-1\/secrets\/([\w-]+)\/versions\/([\w-]+)):access$/.exec(pathname);
    if (google) {
      if (bearer !== googleToken) return refusal(401, { code: 401, status: "UNAUTHENTICATED" });
      const found = stand.secrets.get(`google ${google[2]}`);
      if (!found || (google[3] !== "latest" && google[3] !== found.version)) return refusal(404, { code: 404, status: "NOT_FOUND" });
      const data = Buffer.from(found.value).toString("base64");
      return Response.json({ name: `projects/1/secrets/${google[2]}/versions/${found.version}`, payload: { data, dataCrc32c: "0" } });
    }
    const azure = /^\/secrets\/([\w-]+)(?:\/(\w+))?$/.exec(pathname);
    if (azure) {
      if (bearer !== azureToken) return refusal(401, { code: "Unauthorized", message: "AKV10000" });
      if (!searchParams.has("api-version")) return refusal(400, { code: "BadParameter" });
      const found = stand.secrets.get(`azure ${azure[1]}`);
      if (!found || (azure[2] !== undefined && azure[2] !== found.version)) return refusal(404, { code: "SecretNotFound" });
      const exp = found.endsAt === undefined ? {} : { exp: Math.floor(found.endsAt / 1000) };
      const id = `https://x.vault.azure.net/secrets/${azure[1]}/${found.version}`;
      return Response.json({ value: found.value, id, attributes: { enabled: true, ...exp } });
    }
    const cluster = /^\/api\/v1\/namespaces\/([\w-]+)\/secrets\/([\w.-]+)$/.exec(pathname);
    if (cluster) {
      if (bearer !== clusterToken)
        return Response.json({ kind: "Status", status: "Failure", reason: "Unauthorized", code: 401 }, { status: 401 });
      const mine = [...stand.secrets].filter(([name]) => name.startsWith(`kubernetes ${cluster[1]}/${cluster[2]} `));
      if (mine.length === 0) return Response.json({ kind: "Status", status: "Failure", reason: "NotFound", code: 404 }, { status: 404 });
      const data = Object.fromEntries(mine.map(([name, { value }]) => [name.split(" ")[2], Buffer.from(value).toString("base64")]));
      return Response.json({ kind: "Secret", metadata: { name: cluster[2], resourceVersion: mine[0]?.[1].version }, type: "Opaque", data });
    }
    return refusal(404, { code: 404, status: "NOT_FOUND" });
  };
  const server = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: answer });
  const stand: CloudStandIns = {
    url: `http://127.0.0.1:${server.port}`,
    secrets: new Map(),
    requests: [],
    stop: () => server.stop(true),
  };
  return stand;
}
