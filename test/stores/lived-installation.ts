import { randomBytes } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { usageOf } from "../../src/exchange/index.ts";
import { openStorage, type SettledRecord } from "../../src/storage/index.ts";
import { sampleRecord } from "../../src/storage/storage-suite.ts";
import { freshGateway, type GatewayProcess } from "../gitops/gateway-process.ts";

/** A provider that answers with what it was shown: the credential that came, and how often it was asked. */
export interface ShowingUpstream {
  readonly url: string;
  readonly asked: number;
  close(): void;
}

export function startShowingUpstream(): ShowingUpstream {
  let asked = 0;
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch: (request) => {
      asked++;
      const message = { role: "assistant", content: `${request.headers.get("authorization")} ${asked}` };
      return Response.json({
        ...{ id: "x", object: "chat.completion", created: 1, model: "shown", choices: [{ index: 0, message, finish_reason: "stop" }] },
        usage: { prompt_tokens: 7, completion_tokens: 3, total_tokens: 10 },
      });
    },
  });
  return {
    url: `http://127.0.0.1:${server.port}/v1`,
    get asked() {
      return asked;
    },
    close: () => void server.stop(true),
  };
}

/** What an installation has been used for, and what must be good for the same afterwards. */
export interface Lived {
  /** A virtual key with 5 requests a day and a budget, of a team with a budget. */
  readonly key: string;
  readonly revokedKey: string;
  readonly adminKey: string;
  readonly session: string;
  readonly scimToken: string;
  readonly vaultValue: string;
  /** An act of the admin API and a call of a model, each with its `Idempotency-Key`, and what they came to. */
  readonly act: { readonly id: string };
  readonly answer: string;
  /** Of a record whose bodies are kept. */
  readonly record: string;
  readonly month: string;
}

export const repeatKey = "the-same-again";

/** @param upstream of a provider whose key is in the vault @param stores as the config has it; none: everything in the folder */
export function writeConfig(folder: string, upstream: string | undefined, stores?: Readonly<Record<string, string>>): string {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, stores ? "several.yaml" : "alone.yaml");
  const config = {
    providers: {
      demo: {},
      // biome-ignore lint/suspicious/noTemplateCurlyInString: it is the config's own syntax
      ...(upstream && { shown: { type: "openai-compatible", baseUrl: upstream, apiKey: "${vault:shown}", retries: 0 } }),
    },
    models: { echo: "demo/echo" },
    prices: { "*/*": { input: 3.000001, output: 7.000003 } },
    teams: { filed: { budget: { usd: 100, per: "month" } } },
    records: { bodies: {} },
    // Patient: other programs may keep the machine busy.
    ...(stores && { stores: { ...stores, timeoutMs: 5_000 } }),
  };
  writeFileSync(path, JSON.stringify(config));
  return path;
}

export async function call({ url }: Pick<GatewayProcess, "url">, key: string, model = "echo", headers: Record<string, string> = {}) {
  const answer = await fetch(`${url}/v1/chat/completions`, {
    method: "POST",
    headers: { authorization: `Bearer ${key}`, "content-type": "application/json", ...headers },
    body: JSON.stringify({ model, max_tokens: 9, messages: [{ role: "user", content: "x" }], user: "end-user-1" }),
  });
  return { status: answer.status, id: answer.headers.get("x-sluice-request-id") ?? "", text: await answer.text() };
}

/** What a gateway asked in the months before: nobody can wait for them here. */
async function liveBefore(folder: string, organisation: string, count: number): Promise<void> {
  const beside = await openStorage({ folder });
  for (let at = 0; at < count; at++) beside.journal.append(earlierRecord(at, organisation));
  await beside.close();
}

export function earlierRecord(at: number, organisation: string, month = at % 2 === 0 ? 8 : 9): SettledRecord {
  return sampleRecord(`req_0${String(at).padStart(8, "0")}`, {
    startedAt: Date.UTC(2026, month, 1 + (at % 28), at % 24),
    keyId: `key_${at % 7}`,
    ...(at % 3 === 0 ? { organisation, team: "red" } : { team: at % 3 === 1 ? "filed" : "né 🙂" }),
    ...{ model: `m${at % 5}${at % 2 === 0 ? "\u0000" : ""}`, provider: "demo", targetModel: `m${at % 2}` },
    endUser: at % 4 === 0 ? `eve\u0000${at % 3}` : undefined,
    usage: usageOf({ inputUncached: at, cacheRead: at * 3, output: at % 100 }),
    costNanos: at % 11 === 0 ? undefined : 7_000_000_000_000 + at,
    detail: at % 5 === 0 ? { metadata: { project: `p${at % 3}`, "odd.name": "a\nb" } } : {},
  });
}

/** Uses a fresh gateway for everything that leaves something behind. */
export async function live(folder: string, configPath: string, run: (words: readonly string[]) => Promise<string>): Promise<Lived> {
  const data = join(folder, "data");
  const vaultValue = `sk-upstream-${randomBytes(16).toString("hex")}`;
  await run(["keys", "create", "by-hand"]);
  await Bun.spawn([process.execPath, join(import.meta.dirname, "../../src/server/main.ts"), "vault", "put", "shown", "--data", data], {
    stdin: new Blob([vaultValue]),
    stdout: "ignore",
  }).exited;
  const gateway = await freshGateway(folder, configPath);
  const made = async (path: string, body: unknown, headers: Record<string, string> = {}) => {
    const answer = await gateway.ask("POST", `/${path}`, body, headers);
    if (answer.status >= 300) throw new Error(`${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body;
  };
  const organisation = (await made("organisations", { name: "Acme", metadata: { odd: "é漢🙂" } })).id as string;
  const team = (await made("teams", { organisation, name: "red", budget: { usd: 50, per: "month" } })).id as string;
  const within = { organisation, team };
  const application = (await made("applications", { ...within, name: "bot", limits: { requestsPerDay: 1000 }, endUsers: {} })).id;
  const user = (await made("users", { organisation, userName: "ann@example.com", teams: [team] })).id;
  await made("service-accounts", { ...within, name: "robot", roles: ["viewer"] });
  await made("groups", { organisation, displayName: "people", members: [user] });
  await made("roles", { organisation, name: "reader", permissions: ["models:read"] });
  await made("denials", { kind: "subject", issuer: "corp", value: "mallory", reason: "gone" });
  const key = (
    await made("keys", {
      ...{ ...within, name: "of-bot", application, user, metadata: { project: "x" } },
      ...{ limits: { requestsPerDay: 5, concurrency: 3, tokensPerMinute: 1e6 }, budget: { usd: 2, per: "month" } },
    })
  ).key as string;
  const revoked = await made("keys", { ...within, name: "revoked" });
  const adminKey = (await made("keys", { kind: "admin", role: "owner", name: "second owner" })).key as string;
  const repeated = (await made("teams", { name: "repeated" }, { "idempotency-key": repeatKey })) as { id: string };
  await made("credentials", { name: "rotated", value: "first-value-0123456789" });
  await made("credentials/rotated/rotate", { value: "second-value-0123456789" });
  const applied = { owner: "git", objects: { models: { fast: "demo/echo", shown: "shown/shown" }, teams: { applied: {} } } };
  await made("config/apply", applied, { "if-match": (await gateway.ask("GET", "/config")).etag as string });
  const scimToken = (await made("scim-tokens", { organisation, name: "directory" })).token as string;
  const opened = await fetch(`${gateway.url}/admin/v1/sessions`, {
    ...{ method: "POST", headers: { authorization: `Bearer ${adminKey}` }, body: "{}" },
  });
  const session = ((await opened.json()) as { token: string }).token;
  for (let turn = 0; turn < 2; turn++) if ((await call(gateway, key)).status !== 200) throw new Error("The key did not work.");
  const shown = await call(gateway, key, "shown", { "idempotency-key": repeatKey });
  if (shown.status !== 200) throw new Error(shown.text);
  const kept = await call(gateway, revoked.key);
  await call(gateway, "sk-sluice-nobody");
  await gateway.ask("DELETE", `/keys/${revoked.id}`);
  await gateway.end("SIGTERM");

  await liveBefore(data, organisation, 600);
  await run(["chargeback", "close", "2026-09"]);
  // Another price since then: what was charged is put right.
  await run(["prices", "recompute", "--from", "2026-09-01", "--to", "2026-11-01", "--reason", "a wrong price"]);
  return {
    ...{ key, revokedKey: revoked.key, adminKey, session, scimToken, vaultValue, act: repeated },
    ...{ answer: shown.text, record: kept.id, month: "2026-09" },
  };
}
