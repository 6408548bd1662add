import { randomUUID } from "node:crypto";

interface Grant {
  endsAt: number;
  readonly policy: string;
}

/**
 * Stands in for HashiCorp Vault, written from its API documentation: key-value engines of both versions, an engine that lends
 * credentials, tokens that end, AppRole and Kubernetes log-ins, namespaces, seal status. No server of Vault's own could be had here.
 */
export interface VaultStandIn {
  readonly url: string;
  readonly requests: string[];
  put(path: string, fields: Readonly<Record<string, unknown>>): void;
  /** From now on it answers 503, or does not answer at all. */
  state: "open" | "sealed" | "hung";
  tokenSeconds: number;
  leaseSeconds: number;
  renewable: boolean;
  /** All tokens that were granted end. */
  endTokens(): void;
  /** How many that were granted have neither ended nor been revoked. */
  readonly grantedTokens: number;
  /** What AppRole takes. */
  readonly secretIds: Set<string>;
  stop(): Promise<void>;
}

export const rootToken = "hvs.root-token-of-the-stand-in";
export const appRole = { roleId: "role-id-1", secretId: "secret-id-of-the-approle" };
export const podToken = "eyJ.pod-token-of-the-cluster";

export function startVault(namespace?: string): VaultStandIn {
  const kv = new Map<string, { fields: Readonly<Record<string, unknown>>; version: number }>();
  const tokens = new Map<string, Grant>([[rootToken, { endsAt: Number.POSITIVE_INFINITY, policy: "root" }]]);
  const leases = new Map<string, number>();
  const lentTo = new Map<string, string>();
  const hung = new Set<() => void>();
  const json = (body: unknown, status = 200) => Response.json(body, { status });
  const errors = (status: number, ...told: string[]) => json({ errors: told }, status);
  const login = () => {
    const token = `hvs.${randomUUID()}`;
    tokens.set(token, { endsAt: Date.now() + stand.tokenSeconds * 1000, policy: "reader" });
    return json({ auth: { client_token: token, lease_duration: stand.tokenSeconds, renewable: true, policies: ["reader"] } });
  };

  const answer = async (request: Request): Promise<Response> => {
    const { pathname } = new URL(request.url);
    const path = decodeURIComponent(pathname.slice("/v1/".length));
    stand.requests.push(`${request.method} ${path}`);
    if (stand.state === "hung") await new Promise<void>((resolve) => hung.add(resolve));
    if (stand.state === "sealed") return errors(503, "Vault is sealed");
    if (request.headers.get("x-vault-request") !== "true") return errors(412, "missing request header");
    if (namespace !== undefined && request.headers.get("x-vault-namespace") !== namespace) return errors(404, "no handler for route");
    const body = request.method === "GET" ? {} : ((await request.json()) as Record<string, unknown>);
    if (path === "auth/approle/login")
      return body.role_id === appRole.roleId && stand.secretIds.has(String(body.secret_id))
        ? login()
        : errors(400, "invalid role or secret ID");
    if (path === "auth/kubernetes/login")
      return body.role === "sluice" && body.jwt === podToken ? login() : errors(403, "permission denied");
    const token = request.headers.get("x-vault-token") ?? "";
    const grant = tokens.get(token);
    if (grant === undefined || grant.endsAt <= Date.now()) return errors(403, "permission denied");
    if (path === "auth/token/lookup-self")
      return json({
        data: { ttl: grant.policy === "root" ? 0 : Math.floor((grant.endsAt - Date.now()) / 1000), renewable: grant.policy !== "root" },
      });
    if (path === "auth/token/renew-self" && request.method === "POST") {
      grant.endsAt = Date.now() + stand.tokenSeconds * 1000;
      return json({ auth: { client_token: token, lease_duration: stand.tokenSeconds, renewable: true } });
    }
    if (path === "auth/token/revoke-self" && request.method === "POST") {
      tokens.delete(token);
      for (const [lease, of] of lentTo) if (of === token) leases.delete(lease);
      return new Response(null, { status: 204 });
    }
    if (path === "sys/leases/renew" && request.method === "PUT") {
      const lease = String(body.lease_id);
      if (!stand.renewable || (leases.get(lease) ?? 0) <= Date.now()) return errors(400, "lease not found or lease is not renewable");
      leases.set(lease, Date.now() + stand.leaseSeconds * 1000);
      return json({ lease_id: lease, renewable: true, lease_duration: stand.leaseSeconds });
    }
    if (request.method !== "GET") return errors(405, "unsupported operation");
    if (path.startsWith("lent/creds/")) {
      const lease = `${path}/${randomUUID()}`;
      leases.set(lease, Date.now() + stand.leaseSeconds * 1000);
      lentTo.set(lease, token);
      const data = { username: `v-reader-${lease.slice(-6)}`, password: `lent-password-${randomUUID()}` };
      return json({ lease_id: lease, lease_duration: stand.leaseSeconds, renewable: stand.renewable, data });
    }
    const found = kv.get(path);
    if (!found) return errors(404);
    const plain = { lease_id: "", renewable: false };
    if (!path.startsWith("secret/data/")) return json({ ...plain, lease_duration: 2_764_800, data: found.fields });
    const metadata = { version: found.version, destroyed: false, deletion_time: "", created_time: "2026-01-01T00:00:00Z" };
    return json({ ...plain, lease_duration: 0, data: { data: found.fields, metadata } });
  };

  const server = Bun.serve({ port: 0, hostname: "127.0.0.1", idleTimeout: 120, fetch: answer });
  const stand: VaultStandIn = {
    url: `http://127.0.0.1:${server.port}`,
    requests: [],
    put: (path, fields) => void kv.set(path, { fields, version: (kv.get(path)?.version ?? 0) + 1 }),
    state: "open",
    tokenSeconds: 3600,
    leaseSeconds: 3600,
    renewable: true,
    endTokens() {
      for (const [token, grant] of tokens) if (token !== rootToken) grant.endsAt = 0;
    },
    get grantedTokens() {
      return [...tokens].filter(([token, { endsAt }]) => token !== rootToken && endsAt > Date.now()).length;
    },
    secretIds: new Set([appRole.secretId]),
    async stop() {
      for (const release of hung) release();
      await server.stop(true);
    },
  };
  return stand;
}
