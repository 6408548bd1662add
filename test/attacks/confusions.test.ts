import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { createServer } from "node:http";
import { clientKey, type GatewayProcess, removeFolder, startGateway } from "../faults/gateway-process.ts";
import { inParallel } from "../faults/promise.ts";
import { RawConnection } from "../faults/raw-connection.ts";
import {
  type Confusion,
  chat,
  type Endpoint,
  endpoints,
  headerConfusions,
  health,
  hostConfusions,
  listKeys,
  makeKey,
  methodConfusions,
  models,
  noConverse,
  noModel,
  pathConfusions,
  targetConfusions,
} from "./confusion-cases.ts";

const adminKey = "sk-sluice-admin-confusions-5d81c0a7e2f94b63";
const narrowKey = "sk-sluice-confusions-narrow-77aa0c3b9d";
/** Stands only in what somebody asked for with success: lists of keys, and what the upstream says. */
const mark = "mark-of-confusions";

/** Who asks. `narrow` may list models and nothing else. */
const askers = { nobody: undefined, key: clientKey, narrow: narrowKey, admin: adminKey } as const;
type Asker = keyof typeof askers;
/** Each may ask so much at a time only; a limit would hide what stands behind it. */
const adminKeys = [adminKey];
let turn = 0;

let upstreamCalls = 0;
const upstream = createServer((_request, response) => {
  upstreamCalls++;
  response.setHeader("content-type", "application/json");
  response.end(
    JSON.stringify({
      id: "c",
      object: "chat.completion",
      created: 1,
      model: mark,
      choices: [{ index: 0, message: { role: "assistant", content: mark }, finish_reason: "stop" }],
      usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
    }),
  );
});
let gateway: GatewayProcess;
let host = "";
let keyId = "";

beforeAll(async () => {
  await new Promise<void>((resolve) => upstream.listen(0, "127.0.0.1", resolve));
  const port = (upstream.address() as { port: number }).port;
  gateway = await startGateway({
    env: { SLUICE_ADMIN_KEY: adminKey },
    config: {
      providers: { up: { type: "openai-compatible", baseUrl: `http://127.0.0.1:${port}/v1`, models: ["m"], retries: 0 } },
      keys: [{ name: `${mark}-narrow`, value: narrowKey, scopes: [models.path] }],
    },
  });
  host = `host: 127.0.0.1:${gateway.port}`;
  const made = await asked({ method: "POST", path: "/admin/v1/keys", body: JSON.stringify({ name: mark }) }, "admin");
  keyId = JSON.parse(made.body).id;
  expect(keyId).toBeString();
  for (let count = 0; count < 12; count++) {
    const more = await asked(
      { method: "POST", path: "/admin/v1/keys", body: JSON.stringify({ name: `admin-${count}`, kind: "admin" }) },
      "admin",
    );
    adminKeys.push(JSON.parse(more.body).key as string);
  }
  expect((await asked(makeKey, "admin")).status).toBe(201);
  for (const endpoint of [health, models, chat, listKeys, makeKey, noModel, noConverse]) {
    for (const asker of Object.keys(askers) as Asker[])
      exact.set(`${asker} ${endpoint.method} ${endpoint.path}`, (await asked(endpoint, asker)).status);
  }
  expect(Object.fromEntries(exact)).toEqual(rightful);
});

afterAll(async () => {
  await gateway.stop();
  upstream.close();
  removeFolder(gateway.folder);
});

/** What everybody gets at the exact form. */
const rightful = {
  ...statuses(health, 200, 200, 200, 200),
  ...statuses(models, 401, 200, 200, 403),
  ...statuses(chat, 401, 200, 403, 403),
  ...statuses(listKeys, 401, 403, 403, 200),
  // There is a key of that name already.
  ...statuses(makeKey, 401, 403, 403, 409),
  ...statuses(noModel, 401, 404, 403, 403),
  ...statuses(noConverse, 401, 404, 403, 403),
};

function statuses({ method, path }: Endpoint, nobody: number, key: number, narrow: number, admin: number): Record<string, number> {
  return Object.fromEntries(
    Object.entries({ nobody, key, narrow, admin }).map(([asker, status]) => [`${asker} ${method} ${path}`, status]),
  );
}

interface Reply {
  readonly status: number;
  readonly body: string;
}

async function sent(head: string, body: string | undefined, asker: Asker): Promise<Reply> {
  const connection = new RawConnection(gateway.port);
  const key = asker === "admin" ? adminKeys[turn++ % adminKeys.length] : askers[asker];
  const lines = `${key === undefined ? "" : `authorization: Bearer ${key}\r\n`}${body === undefined ? "" : `content-type: application/json\r\ncontent-length: ${body.length}\r\n`}`;
  connection.send(`${head}\r\n${lines}\r\n${body ?? ""}`);
  const [answer] = await connection.answers(1, { bodiless: head.startsWith("HEAD ") });
  connection.destroy();
  return { status: answer?.status ?? 0, body: answer?.body ?? "" };
}

function asked({ method, path, body }: Endpoint, asker: Asker): Promise<Reply> {
  return sent(`${method} ${path} HTTP/1.1\r\n${host}`, body, asker);
}

/** What the exact form is answered with, for each asker. */
const exact = new Map<string, number>();

/** Limits of rate are waited for: they would hide what comes behind them. */
async function patiently(ask: () => Promise<Reply>): Promise<Reply> {
  for (;;) {
    const reply = await ask();
    if (reply.status !== 429) return reply;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

async function wrongOnes(cases: readonly Confusion[]): Promise<unknown[]> {
  const wrong: unknown[] = [];
  const jobs = cases.flatMap((confusion) => (Object.keys(askers) as Asker[]).map((asker) => ({ confusion, asker })));
  await inParallel(jobs, 8, async ({ confusion: { what, head, body, expects }, asker }) => {
    if (expects === "refused") {
      const { status, body: answer } = await sent(head, body, asker);
      const served = (status !== 0 && (status < 400 || status >= 500) && status !== 501 && status !== 505) || answer.includes(mark);
      if (served) wrong.push({ what, asker, status, answer });
      return;
    }
    const wanted = exact.get(`${asker} ${expects.method} ${expects.path}`) as number;
    const { status } = wanted < 400 ? await patiently(() => sent(head, body, asker)) : await sent(head, body, asker);
    // Strangers to the admin API are slowed down.
    if (status !== wanted && !(wanted >= 400 && status === 429)) wrong.push({ what, asker, status, wanted });
  });
  return wrong;
}

let tried = 0;

describe("what only looks like an endpoint", () => {
  test("in its path is refused whoever asks, and reaches nothing", async () => {
    const cases = pathConfusions(endpoints(keyId), host);
    tried += cases.length;
    const before = await everything();
    expect(await wrongOnes(cases)).toEqual([]);
    expect(await everything()).toEqual(before);
  }, 120_000);

  test("in its method is refused whoever asks, and reaches nothing", async () => {
    const cases = methodConfusions(host);
    tried += cases.length;
    const before = await everything();
    expect(await wrongOnes(cases)).toEqual([]);
    expect(await everything()).toEqual(before);
  }, 120_000);

  test("in its Host is refused whoever asks, and reaches nothing", async () => {
    const cases = hostConfusions(gateway.port);
    tried += cases.length;
    const before = await everything();
    expect(await wrongOnes(cases)).toEqual([]);
    expect(await everything()).toEqual(before);
  }, 120_000);
});

test("a whole address is taken for the path that it holds, and only where it names the host that the request names", async () => {
  const cases = targetConfusions(gateway.port);
  tried += cases.length;
  expect(await wrongOnes(cases)).toEqual([]);
}, 120_000);

test("headers that name another path, method, host or person change nothing", async () => {
  const cases = headerConfusions(host);
  tried += cases.length;
  expect(await wrongOnes(cases)).toEqual([]);
}, 240_000);

test("two credentials are nobody's, and the first place that holds one decides", async () => {
  const ask = (lines: string, path: string) => patiently(() => sent(`GET ${path} HTTP/1.1\r\n${host}\r\n${lines}`, undefined, "nobody"));
  const [key, admin] = [`authorization: Bearer ${clientKey}`, `authorization: Bearer ${adminKey}`];
  for (const path of ["/v1/models", "/admin/v1/keys"]) {
    for (const lines of [
      `${key}\r\n${admin}`,
      `${admin}\r\n${key}`,
      `${key}\r\n${key}`,
      `x-api-key: ${clientKey}\r\nx-api-key: ${adminKey}`,
    ])
      expect((await ask(lines, path)).status).toBe(401);
  }
  expect((await ask(`${key}\r\nx-api-key: ${adminKey}`, "/admin/v1/keys")).status).toBe(403);
  expect((await ask(`x-api-key: ${adminKey}\r\n${key}`, "/admin/v1/keys")).status).toBe(403);
  expect((await ask(`${admin}\r\nx-api-key: ${clientKey}`, "/v1/models")).status).toBe(403);
}, 60_000);

test("so many were tried", () => {
  console.log(JSON.stringify({ id: "route and host confusions", tried, askers: Object.keys(askers).length }));
  expect(tried).toBeGreaterThan(300);
});

/** All that a request could have done: calls upstream, keys, and the log of what operators did. */
async function everything() {
  const seen = (path: string) => patiently(() => asked({ method: "GET", path }, "admin"));
  const keys = JSON.parse((await seen("/admin/v1/keys?limit=200")).body).data.map(
    ({ lastUsedAt: _used, ...key }: Record<string, unknown>) => key,
  );
  const audit = JSON.parse((await seen("/admin/v1/audit?limit=200")).body).data;
  return { upstreamCalls, keys, acts: audit.filter(({ outcome }: { outcome: string }) => outcome === "done").length };
}
