import { afterAll, beforeAll, expect, test } from "bun:test";
import { spawnSync } from "node:child_process";
import { generateKeyPairSync, randomBytes } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { clientKey, type GatewayProcess, makeFolder, removeFolder, startGateway } from "../faults/gateway-process.ts";
import { inParallel, sleep } from "../faults/promise.ts";
import { RawConnection } from "../faults/raw-connection.ts";
import { type FaultUpstream, startFaultUpstream } from "../upstreams/fault-upstream.ts";
import { Canaries } from "./canaries.ts";
import { type EchoUpstream, startEchoUpstream, toldForms } from "./echo-upstream.ts";

const canaries = new Canaries();
const root = join(import.meta.dir, "../..");

const { privateKey } = generateKeyPairSync("rsa", {
  modulusLength: 2048,
  privateKeyEncoding: { type: "pkcs8", format: "pem" },
  publicKeyEncoding: { type: "spki", format: "pem" },
});
canaries.add("service-account key", privateKey.split("\n")[5] as string);
const serviceAccount = JSON.stringify({
  type: "service_account",
  client_email: "x@example.iam.gserviceaccount.com",
  private_key_id: canaries.make("service-account id"),
  private_key: privateKey,
  token_uri: "https://oauth2.googleapis.com/token",
});
const adminKey = `sk-sluice-admin-${canaries.make("admin key")}`;
const masterKey = randomBytes(32).toString("base64");
canaries.add("master key", masterKey.slice(0, 40));
const folder = makeFolder();
let faults: FaultUpstream;
let echo: EchoUpstream;
let gateway: GatewayProcess;
const env = {
  SLUICE_ADMIN_KEY: adminKey,
  SLUICE_MASTER_KEY: masterKey,
  SLUICE_LOG: "debug",
  CANARY_KEY: canaries.make("key from the environment"),
};

/** Everything that anybody got to see. */
const shown: { readonly where: string; readonly text: string }[] = [];
let config: Record<string, unknown>;

beforeAll(async () => {
  echo = await startEchoUpstream();
  faults = await startFaultUpstream();
  const { url } = echo;
  const common = { retries: 0, timeouts: { firstEventMs: 400, idleMs: 400, totalMs: 1_500 } };
  config = {
    providers: {
      echo: {
        type: "openai-compatible",
        baseUrl: `${url}/v1`,
        apiKey: canaries.make("provider key"),
        headers: { "x-team-token": canaries.make("config header") },
        ...common,
      },
      several: {
        type: "openai-compatible",
        baseUrl: `${url}/v1`,
        apiKeys: [canaries.make("first of several"), canaries.make("second of several")],
        ...common,
      },
      variable: { type: "openai-compatible", baseUrl: `${url}/v1`, apiKey: `\${CANARY_KEY}`, ...common },
      messages: { type: "anthropic", baseUrl: url, apiKey: canaries.make("key in x-api-key"), ...common },
      gemini: { type: "gemini", baseUrl: url, apiKey: canaries.make("key in x-goog-api-key"), ...common },
      bedrock: {
        baseUrl: url,
        region: "eu-west-1",
        apiKey: `AKIAABCDEFGH12345678:${canaries.make("AWS secret")}:${canaries.make("AWS session token")}`,
        ...common,
      },
      vertex: { region: "europe-west1", project: "p", credential: { from: "service-account", json: serviceAccount }, ...common },
      faults: { type: "openai-compatible", baseUrl: `${faults.url}/v1`, apiKey: canaries.make("key of the fault upstream"), ...common },
      dead: { type: "openai-compatible", baseUrl: "http://127.0.0.1:9/v1", apiKey: canaries.make("key of a dead provider"), ...common },
    },
    keys: [{ name: "canary", value: canaries.make("virtual key") }],
    login: {
      publicUrl: "http://127.0.0.1:9",
      openid: { issuer: url, clientId: "sluice", clientSecret: canaries.make("client secret"), roles: { "*": "viewer" } },
    },
  };
  gateway = await startGateway({ config, env, folder });
});

afterAll(async () => {
  await gateway.stop();
  await faults.close();
  echo.close();
  removeFolder(folder);
});

async function ask(line: string, headers: Readonly<Record<string, string>>, body?: string): Promise<string> {
  const connection = new RawConnection(gateway.port);
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  connection.send(
    `${line} HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\n${lines.join("")}${body === undefined ? "" : `content-length: ${Buffer.byteLength(body)}\r\n`}\r\n${body ?? ""}`,
  );
  await connection.end(8_000);
  connection.destroy();
  shown.push({ where: `the answer to ${line} ${body?.slice(0, 80) ?? ""}`, text: connection.text });
  return connection.text;
}

const key = { authorization: `Bearer ${clientKey}`, "content-type": "application/json" };
const admin = { authorization: `Bearer ${adminKey}`, "content-type": "application/json" };
const chat = (model: string, stream = false) =>
  JSON.stringify({ model, stream, max_tokens: 5, messages: [{ role: "user", content: "hi" }] });

/** A command line of its own; what it prints is seen by whoever sits there. */
function command(...args: string[]): string {
  const { stdout, stderr } = spawnSync(process.execPath, ["src/server/main.ts", ...args], {
    cwd: root,
    env: { ...process.env, ...env },
    encoding: "utf8",
    timeout: 30_000,
  });
  shown.push({ where: `sluice ${args.join(" ")}`, text: stdout + stderr });
  return stdout;
}

test("no secret is seen anywhere after good requests, every error and every fault", async () => {
  // Every provider, every way to fail, every form in which a provider might tell what it got.
  const asked: [string, Record<string, string>, string | undefined][] = [];
  for (const provider of ["echo", "several", "variable", "messages", "gemini", "bedrock", "vertex", "dead"]) {
    for (const status of [200, 301, 400, 401, 402, 403, 404, 408, 409, 413, 422, 429, 500, 503, 529]) {
      for (const form of toldForms) {
        const model = `${provider}/m-${status}-${form}`;
        asked.push(["POST /v1/chat/completions", key, chat(model)]);
        if (status === 200 || status === 400) {
          asked.push(["POST /v1/chat/completions", key, chat(model, true)], ["POST /v1/messages", key, chat(model)]);
          asked.push(["POST /v1/embeddings", key, JSON.stringify({ model, input: "x" })]);
        }
      }
    }
  }
  const scenarios = [
    "ok",
    "rst0",
    "cut-1",
    "rst-1",
    "stall-1",
    "status-401",
    "status-429",
    "status-500",
    "bad-json",
    "bad-utf8",
    "no-terminal",
    "giant-line",
    "cl-short",
    "cl-long",
  ];
  for (const scenario of scenarios)
    for (const stream of [false, true]) asked.push(["POST /v1/chat/completions", key, chat(`faults/${scenario}`, stream)]);
  // What callers hold that is not for anybody else.
  const [inQuery, inCookie, inBasic, inBearer, inProxy, inKey] = ["?key=", "cookie", "Basic", "bearer", "proxy", "x-api-key"].map((name) =>
    canaries.make(`caller's ${name}`),
  ) as [string, string, string, string, string, string];
  const jwt = `${Buffer.from('{"alg":"RS256","kid":"1"}').toString("base64url")}.${Buffer.from(JSON.stringify({ iss: "https://nobody.example", sub: canaries.make("caller's claim") })).toString("base64url")}.${inBearer}`;
  const strangers: Record<string, string>[] = [
    { cookie: `session=${inCookie}; __Host-sluice=${inCookie}` },
    { authorization: `Basic ${Buffer.from(`user:${inBasic}`).toString("base64")}` },
    { authorization: `Bearer ${inBearer}` },
    { authorization: `Bearer ${jwt}` },
    { "proxy-authorization": `Bearer ${inProxy}` },
    { "x-api-key": inKey },
    { "x-goog-api-key": inKey },
  ];
  for (const headers of strangers) {
    for (const line of [
      "GET /v1/models",
      "POST /v1/chat/completions",
      "GET /admin/v1/keys",
      "POST /admin/v1/keys",
      "GET /nowhere",
      "GET /auth/callback",
      "GET /auth/login",
    ]) {
      asked.push([
        `${line}?key=${inQuery}&code=${inQuery}&access_token=${encodeURIComponent(inQuery)}`,
        headers,
        line.startsWith("POST") ? chat("echo/m-400-raw") : undefined,
      ]);
      asked.push([
        line,
        { ...headers, ...(headers.authorization === undefined && key) },
        line.startsWith("POST") ? chat("echo/m-400-raw") : undefined,
      ]);
    }
  }
  asked.push(
    ["POST /v1/chat/completions", key, "{"],
    ["POST /v1/chat/completions", key, '{"model":7}'],
    ["POST /v1/chat/completions", key, chat("nobody/m")],
  );
  await inParallel(asked, 12, async ([line, headers, body]) => void (await ask(line, headers, body)));

  // What operators do and see; a key is shown where it is made, and there only.
  const made = await ask("POST /admin/v1/keys", admin, JSON.stringify({ name: "canary-made" }));
  const madeKey = /"key":"([^"]+)"/.exec(made)?.[1] as string;
  const madeId = /"id":"([^"]+)"/.exec(made)?.[1] as string;
  shown.pop();
  canaries.add("key that was made", madeKey);
  await ask("GET /v1/models", { authorization: `Bearer ${madeKey}` });
  const sealed = canaries.make("sealed credential");
  const put = await ask("POST /admin/v1/credentials", admin, JSON.stringify({ name: "canary-sealed", value: sealed }));
  expect(put).toStartWith("HTTP/1.1 201");
  await ask("POST /admin/v1/credentials", admin, JSON.stringify({ name: "canary-sealed", value: sealed }));
  await ask("POST /admin/v1/credentials", admin, JSON.stringify({ nam: "x", value: canaries.make("credential of a bad request") }));
  const written = canaries.make("literal key in a config by API");
  await ask(
    "POST /admin/v1/config/apply",
    admin,
    JSON.stringify({
      documents: { providers: { late: { type: "openai-compatible", baseUrl: "http://127.0.0.1:9/v1", apiKey: written } } },
    }),
  );
  await ask(
    "POST /admin/v1/config/apply",
    admin,
    JSON.stringify({ providers: { late: { type: "openai-compatible", baseUrl: "http://127.0.0.1:9/v1", apiKey: written } } }),
  );
  const document = JSON.parse(/\r\n\r\n([\s\S]*)/.exec(await ask("GET /openapi.json", {}))?.[1] as string) as {
    paths: Record<string, object>;
  };
  for (const path of Object.keys(document.paths)) {
    for (const id of [madeId, "canary-sealed", "echo", "1"]) await ask(`GET ${path.replace("{id}", id)}`, admin);
  }
  for (const path of ["/", "/healthz", "/readyz", "/metrics", "/docs", "/v1/models"]) await ask(`GET ${path}`, key);

  // A config that is wrong in many places is read anew; the old one keeps serving.
  const place = join(folder, "sluice.json");
  const good = readFileSync(place, "utf8");
  for (const wrong of [wrongConfig(canaries), `${good.slice(0, -3)},,`, good.replace('"providers"', '"provider"')]) {
    writeFileSync(place, wrong);
    await sleep(300);
    command("check", "--config", place);
  }
  writeFileSync(place, good);
  await sleep(300);

  const at = ["--config", place, "--data", join(folder, "data")];
  const [data] = [["--data", join(folder, "data")]];
  command("check", "--config", place);
  command("doctor", ...at);
  command("doctor", "--json", ...at);
  for (const args of [
    ["models", ...at],
    ["usage", ...data],
    ["keys", "list", ...data],
    ["audit", "list", ...data],
    ["audit", "export", ...data],
    ["audit", "verify", ...data],
    ["vault", "list", ...data],
    ["--help"],
  ]) {
    command(...args);
    if (args[0] !== "--help") command(...args, "--json");
  }
  const records = JSON.parse(/\r\n\r\n([\s\S]*)/.exec(await ask("GET /admin/v1/records?limit=200", admin))?.[1] ?? "{}") as {
    data?: { id: string }[];
  };
  for (const { id } of (records.data ?? []).slice(0, 12)) command("explain", id, ...at);
  expect(records.data?.length).toBeGreaterThan(100);

  // Ended hard, and begun again: what was being written is what stays.
  await gateway.kill();
  const log = gateway.log();
  gateway = await startGateway({ config, env, folder });
  await ask("GET /v1/models", key);
  shown.push({ where: "the log", text: log + gateway.log() });
  const files = readdirSync(join(folder, "data"), { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  for (const file of files) {
    const path = join(file.parentPath, file.name);
    if (path.startsWith(join(folder, "data", "secrets"))) continue;
    shown.push({ where: path.slice(folder.length), text: readFileSync(path, "latin1") });
  }

  const found = canaries.in(shown);
  console.log(
    JSON.stringify({
      id: "canaries",
      secrets: canaries.count,
      requests: asked.length,
      places: shown.length,
      files: files.length,
      found: found.length,
    }),
  );
  expect(found.slice(0, 40)).toEqual([]);
}, 240_000);

function wrongConfig(all: Canaries): string {
  return JSON.stringify({
    providers: {
      openai: { apiKey: { key: all.make("key in the wrong place") }, apikey: all.make("key under a wrong name") },
      nobody: { apiKey: all.make("key of an unknown provider") },
    },
    keys: [{ name: "short", value: all.make("key of a bad entry"), scope: "x" }, all.make("key without a name")],
  });
}
