import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type RunningServer, startServer } from "../../src/server/index.ts";

/** Whose credential a request comes with. */
export interface Caller {
  readonly organisation?: string;
  readonly team?: string;
  readonly role: string;
}

export interface Told {
  readonly status: number;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: what is asserted on is looked at there
  readonly body: any;
  readonly ms: number;
}

/** What these suites look at of a line of the audit log. */
export interface AuditLine {
  readonly organisation?: string;
  readonly actor: { readonly id: string; readonly organisation?: string };
  readonly address?: string;
  readonly operation: string;
  readonly outcome: string;
  readonly object?: string;
  readonly requestId: string;
}

/** One of each kind of thing that somebody can own, by the name of its collection. */
export type Things = Readonly<Record<string, string>>;

export interface Tenants {
  /** The installation's owner. */
  readonly owner: Caller;
  readonly own: Things;
  readonly foreign: Things;
  /** Of no organisation. */
  readonly installation: Things;
  /** Asks with an admin key of such a caller; there are as many keys as the limit on each makes needed. */
  ask(caller: Caller, method: string, path: string, body?: unknown): Promise<Told>;
  /** Asks with this very text as the credential. */
  askWith(credential: string | undefined, method: string, path: string, body?: unknown): Promise<Told>;
  close(): Promise<void>;
}

export const root: Caller = { role: "owner" };
const rootKey = "sk-sluice-admin-0123456789abcdef0123456789abcdef0123";
const asksOfOneKey = 90;

/** A running gateway with two organisations, each with one of everything, and things that belong to neither. */
export async function openTenants(): Promise<Tenants> {
  const folder = mkdtempSync(join(tmpdir(), "sluice-isolation-"));
  const configPath = join(folder, "sluice.yaml");
  const fileKey = "sk-sluice-of-the-file-0123456789abcdef0123456789abcdef";
  writeFileSync(
    configPath,
    `providers: { demo: {} }\nmodels: { echo: demo/echo }\nteams: { filed: {} }\nkeys: [{ name: filed, team: filed, value: ${fileKey} }]\nrecords: { bodies: {} }\n`,
  );
  const dataDir = join(folder, "data");
  const server: RunningServer = await startServer({
    ...{ configPath, dataDir, port: 0, host: "127.0.0.1" },
    env: { SLUICE_ADMIN_KEY: rootKey, SLUICE_LOG: "error" },
  });
  let count = 0;
  const keys = new Map<string, { text: string; left: number }>();

  async function askWith(credential: string | undefined, method: string, path: string, body?: unknown): Promise<Told> {
    const startedAt = performance.now();
    const answer = await fetch(`${server.url}${path}`, {
      method,
      ...(credential !== undefined && { headers: { authorization: `Bearer ${credential}` } }),
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    const ms = performance.now() - startedAt;
    const isJson = answer.headers.get("content-type")?.includes("json");
    return { status: answer.status, text, body: isJson ? JSON.parse(text) : undefined, ms };
  }

  async function ask(caller: Caller, method: string, path: string, body?: unknown): Promise<Told> {
    const name = JSON.stringify(caller);
    let key = keys.get(name);
    if (!key || key.left === 0) {
      const issued = await askWith(rootKey, "POST", "/admin/v1/keys", { kind: "admin", name: `caller-${++count}`, ...caller });
      if (issued.status !== 201) throw new Error(issued.text);
      key = { text: issued.body.key, left: asksOfOneKey };
      keys.set(name, key);
    }
    key.left--;
    return askWith(key.text, method, path, body);
  }

  async function made(path: string, body: unknown, caller: Caller = root): Promise<{ id: string; key: string }> {
    const answer = await ask(caller, "POST", `/admin/v1/${path}`, body);
    if (answer.status !== 201) throw new Error(`${path}: ${answer.text}`);
    return answer.body;
  }

  /** @param mark stands in every name, so that it is found wherever it leaks to */
  async function things(mark: string, organised: boolean): Promise<Things> {
    const organisation = organised ? (await made("organisations", { name: mark })).id : undefined;
    const whose = organised ? { organisation } : {};
    const team = (await made("teams", { ...whose, name: mark })).id;
    const inTeam = { ...whose, team };
    const application = (await made("applications", { ...inTeam, name: mark, limits: { requestsPerDay: 1000 } })).id;
    const user = (await made("users", { ...whose, userName: `${mark}@example.com`, teams: [team] })).id;
    const account = (await made("service-accounts", { ...inTeam, name: mark, roles: ["viewer"] })).id;
    const key = await made("keys", { ...inTeam, name: mark, application, user, metadata: { mark } });
    const called = await askWith(key.key, "POST", "/v1/chat/completions", { model: "echo", messages: [{ role: "user", content: mark }] });
    if (called.status !== 200) throw new Error(called.text);
    const [record] = (await ask(root, "GET", "/admin/v1/records?limit=1")).body.data;
    const admin = (await made("keys", { ...inTeam, kind: "admin", role: "owner", name: `${mark}-admin` })).key;
    const session = await askWith(admin, "POST", "/admin/v1/sessions", {});
    if (session.status !== 201) throw new Error(session.text);
    return {
      ...(organisation !== undefined && { organisations: organisation }),
      teams: team,
      applications: application,
      limits: `application:${application}|requests|day@UTC`,
      users: user,
      "service-accounts": account,
      groups: (await made("groups", { ...whose, displayName: mark, members: [user] })).id,
      roles: (await made("roles", { ...whose, name: mark, permissions: ["models:read"] })).id,
      keys: key.id,
      records: record.id,
      sessions: session.body.id,
      "scim-tokens": (await made("scim-tokens", { ...whose, name: mark })).id,
      "data key": key.key,
    };
  }

  const own = await things("own-mark", true);
  const foreign = await things("foreign-mark", true);
  const installation = { ...(await things("common-mark", false)) };
  return {
    owner: root,
    own,
    foreign,
    installation,
    ask,
    askWith,
    async close() {
      await server.close();
      rmSync(folder, { recursive: true });
    },
  };
}
