import { createHash, randomBytes } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { SQL } from "bun";

export const adminKey = `sk-sluice-admin-${randomBytes(24).toString("hex")}`;
const supportKey = `sk-support-${randomBytes(24).toString("hex")}`;

export interface Told {
  readonly status: number;
  readonly etag: string | null;
  // biome-ignore lint/suspicious/noExplicitAny: what is asserted on is looked at there
  readonly body: any;
}

/** A gateway as a process of its own, with the admin API at hand. */
export interface GatewayProcess {
  readonly url: string;
  readonly supportKey: string;
  ask(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Told>;
  /** Ends it with the signal, and waits for its end. */
  end(signal: "SIGTERM" | "SIGKILL"): Promise<void>;
}

const running = new Set<GatewayProcess>();
/** The URL of a PostgreSQL: control is kept there then, in a database for each folder, and each process has data of its own. */
const postgres = process.env.CONTROL_SERVER;
const masterKey = randomBytes(32).toString("base64");
let processes = 0;

async function controlOf(folder: string): Promise<string> {
  const name = `sluice_${createHash("sha256").update(folder).digest("hex").slice(0, 16)}`;
  const admin = new SQL(postgres as string, { max: 1 });
  try {
    const [known] = await admin`SELECT 1 FROM pg_database WHERE datname = ${name}`;
    if (known === undefined) await admin.unsafe(`CREATE DATABASE ${name}`);
  } finally {
    await admin.close();
  }
  return (postgres as string).replace(/[^/]+$/, name);
}

/** Starts a gateway on the folder's data, with the config file that is named, else with one that lends two variables and says no more. */
export async function freshGateway(
  folder: string,
  configPath: string = join(folder, "gateway.yaml"),
  lent = "lent: { references: [UPSTREAM_KEY, SUPPORT_KEY] }\n",
  environment: Readonly<Record<string, string>> = {},
): Promise<GatewayProcess> {
  mkdirSync(folder, { recursive: true });
  // biome-ignore lint/suspicious/noTemplateCurlyInString: it is the config's own syntax
  const stores = postgres === undefined ? "" : "stores: { control: '${CONTROL_URL}' }\n";
  if (configPath === join(folder, "gateway.yaml")) writeFileSync(configPath, lent + stores);
  const shared = postgres === undefined ? {} : { CONTROL_URL: await controlOf(folder), SLUICE_MASTER_KEY: masterKey };
  const data = join(folder, postgres === undefined ? "data" : `data-${processes++}`);
  const words = ["serve", "--json", "--port", "0", "--data", data, "--config", configPath];
  const child = Bun.spawn([process.execPath, join(import.meta.dirname, "../../src/server/main.ts"), ...words], {
    cwd: folder,
    env: {
      PATH: process.env.PATH ?? "",
      SLUICE_ADMIN_KEY: adminKey,
      UPSTREAM_KEY: "k-upstream-secret",
      SUPPORT_KEY: supportKey,
      SLUICE_LOG: "error",
      ...shared,
      ...environment,
    },
    stdout: "pipe",
    stderr: "ignore",
  });
  const url = await urlOf(child.stdout);
  const gateway: GatewayProcess = {
    url,
    supportKey,
    async ask(method, path, body, headers = {}) {
      const sent = () =>
        fetch(`${url}/admin/v1${path}`, {
          method,
          headers: { authorization: `Bearer ${adminKey}`, ...headers },
          ...(body !== undefined && { body: JSON.stringify(body) }),
        });
      let answer = await sent();
      // The admin API has a limit of its own, which tests that look again and again come upon.
      for (let tries = 0; answer.status === 429 && tries < 10; tries++) {
        await new Promise((resolve) => setTimeout(resolve, Number(answer.headers.get("retry-after")) * 1000));
        answer = await sent();
      }
      const text = await answer.text();
      return { status: answer.status, etag: answer.headers.get("etag"), body: text === "" ? undefined : JSON.parse(text) };
    },
    async end(signal) {
      running.delete(gateway);
      child.kill(signal);
      await child.exited;
    },
  };
  running.add(gateway);
  return gateway;
}

export async function stopAll(): Promise<void> {
  await Promise.all([...running].map((gateway) => gateway.end("SIGTERM")));
}

/** The first line says where it listens. */
async function urlOf(output: ReadableStream<Uint8Array>): Promise<string> {
  let text = "";
  const reader = output.pipeThrough(new TextDecoderStream() as never).getReader() as ReadableStreamDefaultReader<string>;
  while (!text.includes("\n")) {
    const { value, done } = await reader.read();
    if (done) throw new Error(`The gateway did not start: ${text}`);
    text += value;
  }
  void reader.read().catch(() => undefined);
  return (JSON.parse(text.slice(0, text.indexOf("\n"))) as { url: string }).url;
}
