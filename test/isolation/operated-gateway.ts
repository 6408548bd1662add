import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type RunningServer, startServer } from "../../src/server/index.ts";

export interface ToldByAdminApi {
  readonly status: number;
  readonly etag: string | null;
  // biome-ignore lint/suspicious/noExplicitAny: what is asserted on is looked at there
  readonly body: any;
}

export interface MadeKey {
  readonly id: string;
  readonly key: string;
}

/** A running gateway with its demo model, and ways to ask its admin API. */
export interface OperatedGateway {
  /** Holds `data`, and `sluice.yaml` where there is one. */
  readonly folder: string;
  readonly url: string;
  /** @param path below `/admin/v1/`, or from the slash on */
  ask(key: string, method: string, path: string, body?: unknown, headers?: Readonly<Record<string, string>>): Promise<ToldByAdminApi>;
  /** @throws where it was not made */
  made(path: string, body: unknown, key?: string): Promise<MadeKey>;
  /** An admin key, made by the owner. */
  adminKey(role: string, fields?: object): Promise<MadeKey>;
  close(): Promise<void>;
}

/** The installation's own admin key. */
export const ownerKey = "sk-sluice-admin-0123456789abcdef0123456789abcdef0123";

/** @param config the file's text. Default: none */
export async function openOperated(config?: string): Promise<OperatedGateway> {
  const folder = mkdtempSync(join(tmpdir(), "sluice-operated-"));
  const configPath = join(folder, "sluice.yaml");
  if (config !== undefined) writeFileSync(configPath, config);
  const server: RunningServer = await startServer({
    dataDir: join(folder, "data"),
    port: 0,
    host: "127.0.0.1",
    env: { SLUICE_ADMIN_KEY: ownerKey, SLUICE_LOG: "error" },
    ...(config !== undefined && { configPath }),
  });
  let count = 0;
  const gateway: OperatedGateway = {
    folder,
    url: server.url,
    async ask(key, method, path, body, headers = {}) {
      const answer = await fetch(`${server.url}${path.startsWith("/") ? "" : "/admin/v1/"}${path}`, {
        method,
        headers: { authorization: `Bearer ${key}`, ...headers },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
      const text = await answer.text();
      return { status: answer.status, etag: answer.headers.get("etag"), body: text === "" ? undefined : JSON.parse(text) };
    },
    async made(path, body, key = ownerKey) {
      const answer = await gateway.ask(key, "POST", path, body);
      if (answer.status !== 201) throw new Error(`${path} was not made: ${answer.status} ${JSON.stringify(answer.body)}`);
      return answer.body;
    },
    adminKey: (role, fields = {}) => gateway.made("keys", { name: `k${++count}`, kind: "admin", role, ...fields }),
    async close() {
      await server.close();
      rmSync(folder, { recursive: true });
    },
  };
  return gateway;
}
