import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, setSystemTime, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openVault } from "../../secrets/index.ts";
import { type OpenedGateway, openGateway } from "../opening/open-gateway.ts";

interface Seen {
  readonly path: string;
  readonly headers: IncomingMessage["headers"];
  readonly text: string;
}

let upstream: Server;
let baseUrl = "";
let seen: Seen[] = [];
/** What the next answers do; then they are ordinary. */
let script: ((request: IncomingMessage, response: ServerResponse) => void)[] = [];
/** Holds back every answer until it is called. */
let gate: PromiseWithResolvers<void> | undefined;
let opened: OpenedGateway[] = [];
let folders: string[] = [];

beforeAll(async () => {
  upstream = createServer((request, response) => void answer(request, response));
  await new Promise<void>((resolve) => upstream.listen(0, "127.0.0.1", resolve));
  baseUrl = `http://127.0.0.1:${(upstream.address() as AddressInfo).port}/v1`;
});
afterAll(() => {
  upstream.closeAllConnections();
  upstream.close();
});
beforeEach(() => {
  seen = [];
  script = [];
  gate = undefined;
});
afterEach(async () => {
  setSystemTime();
  for (const each of opened) await each.close();
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
  opened = [];
  folders = [];
});

const words = ["one ", "two ", "three"];

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString("latin1");
  seen.push({ path: request.url ?? "", headers: request.headers, text });
  const number = seen.length;
  const scripted = script.shift();
  if (scripted) return scripted(request, response);
  await gate?.promise;
  if (request.url?.endsWith("/audio/transcriptions"))
    return json(response, { text: `recording ${number}`, usage: { type: "duration", seconds: 2 } });
  const body = JSON.parse(text) as Record<string, unknown>;
  if (request.url?.endsWith("/embeddings"))
    return json(response, {
      object: "list",
      model: "m",
      data: [{ object: "embedding", index: 0, embedding: [number] }],
      usage: { prompt_tokens: 3, total_tokens: 3 },
    });
  const usage = { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 };
  const long = typeof body.max_tokens === "number" && body.max_tokens > 1_000 ? "x".repeat(body.max_tokens) : "";
  if (body.stream !== true) {
    const choice = { index: 0, finish_reason: "stop", message: { role: "assistant", content: `answer ${number}${long}` } };
    return json(response, { id: `c${number}`, object: "chat.completion", created: 1, model: "m", choices: [choice], usage });
  }
  response.setHeader("content-type", "text/event-stream");
  const chunk = (choices: unknown[], used: unknown = null) =>
    `data: ${JSON.stringify({ id: `c${number}`, object: "chat.completion.chunk", created: 1, model: "m", choices, usage: used })}\n\n`;
  for (const word of [...words, long]) {
    response.write(chunk([{ index: 0, finish_reason: null, delta: { content: word } }]));
    await Bun.sleep(5);
  }
  response.end(`${chunk([{ index: 0, finish_reason: "stop", delta: {} }])}${chunk([], usage)}data: [DONE]\n\n`);
}

function json(response: ServerResponse, body: unknown): void {
  response.setHeader("content-type", "application/json");
  response.end(JSON.stringify(body));
}

const refusing = (status: number) => (_request: IncomingMessage, response: ServerResponse) => {
  response.statusCode = status;
  response.setHeader("content-type", "application/json");
  response.end('{"error":{"message":"No.","type":"x"}}');
};

const keyText = (name: string) => `sk-sluice-${name}-0123456789abcdef0123456789abcdef`;
const provider = { type: "openai-compatible", dialects: ["openai-embeddings", "openai-transcriptions"], retries: 0 };
const base = () => ({
  providers: { mock: { ...provider, baseUrl } },
  prices: { "mock/*": { input: 1, output: 1 } },
  keys: [
    { name: "a", value: keyText("a") },
    { name: "b", value: keyText("b") },
  ],
});

async function open(config: Record<string, unknown> = {}, folder?: string): Promise<OpenedGateway> {
  const vault = folder === undefined ? undefined : await openVault({ folder, env: {}, guards: {} });
  const gateway = await openGateway({
    config: { ...base(), ...config },
    ...(folder !== undefined && vault && { folder, bodySeals: vault.bodySeals, firstKeys: false }),
  });
  opened.push(gateway);
  return gateway;
}

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "sluice-repeats-"));
  folders.push(folder);
  return folder;
}

interface Asked {
  readonly key?: string | undefined;
  readonly as?: string;
  readonly path?: string;
  readonly body?: unknown;
  readonly signal?: AbortSignal;
}

const hello = { model: "mock/m", messages: [{ role: "user", content: "hello" }], max_tokens: 5 };

async function ask(gateway: OpenedGateway, { key, as = "a", path = "/v1/chat/completions", body = hello, signal }: Asked) {
  const isForm = body instanceof FormData;
  const headers = {
    authorization: `Bearer ${keyText(as)}`,
    ...(!isForm && { "content-type": "application/json" }),
    ...(key !== undefined && { "idempotency-key": key }),
  };
  const request = new Request(`http://127.0.0.1${path}`, {
    method: "POST",
    headers,
    body: isForm ? body : JSON.stringify(body),
    ...(signal && { signal }),
  });
  const answered = await gateway.fetch(request);
  return { status: answered.status, headers: answered.headers, bytes: Buffer.from(await answered.arrayBuffer()) };
}

type Answered = Awaited<ReturnType<typeof ask>>;
const codeOf = ({ bytes }: Answered) => JSON.parse(bytes.toString()).error.code as string;
const isReplay = ({ headers }: Answered) => headers.get("idempotent-replayed") === "true";

async function recordsOf(gateway: OpenedGateway) {
  await gateway.storage.drain();
  return gateway.storage.records.recent(100);
}

async function until(isSo: () => boolean): Promise<void> {
  for (const end = performance.now() + 5_000; !isSo(); await Bun.sleep(5))
    if (performance.now() > end) throw new Error("It was not so in time.");
}

describe("a key that comes again", () => {
  test("gets the first's answer, byte for byte, and the provider is asked once", async () => {
    const gateway = await open();
    const first = await ask(gateway, { key: "k" });
    const again = await ask(gateway, { key: "k" });
    expect([first.status, again.status, seen.length]).toEqual([200, 200, 1]);
    expect(again.bytes.equals(first.bytes)).toBe(true);
    expect([isReplay(first), isReplay(again)]).toEqual([false, true]);
    for (const name of ["content-type", "x-sluice-model", "x-sluice-provider", "x-sluice-route-reason"])
      expect([name, again.headers.get(name)]).toEqual([name, first.headers.get(name)]);
    expect(again.headers.get("x-sluice-first-request-id")).toBe(first.headers.get("x-sluice-request-id"));
    expect(again.headers.get("x-sluice-request-id")).not.toBe(first.headers.get("x-sluice-request-id"));
    expect(again.headers.get("x-sluice-cost-usd")).toBe("0.000000000");
    const [repeat, original] = await recordsOf(gateway);
    expect(repeat).toMatchObject({ outcome: "success", status: 200, costNanos: 0, detail: { repeat: { of: original?.id } } });
    expect([repeat?.usage, repeat?.provider]).toEqual([undefined, undefined]);
    expect(original).toMatchObject({ outcome: "success", costNanos: 15_000, detail: { repeat: { first: true } } });
  });

  test("gets a streamed answer again as it was", async () => {
    const gateway = await open();
    const body = { ...hello, stream: true };
    const first = await ask(gateway, { key: "k", body });
    const again = await ask(gateway, { key: "k", body });
    expect(first.bytes.toString()).toContain('"content":"three"');
    expect(first.bytes.toString()).toEndWith("data: [DONE]\n\n");
    expect(again.bytes.equals(first.bytes)).toBe(true);
    expect([again.headers.get("content-type"), isReplay(again), seen.length]).toEqual([first.headers.get("content-type"), true, 1]);
  });

  test("gets a translated stream again as it was", async () => {
    const gateway = await open();
    const body = { model: "mock/m", max_tokens: 5, stream: true, messages: hello.messages };
    const first = await ask(gateway, { key: "k", body, path: "/v1/messages" });
    const again = await ask(gateway, { key: "k", body, path: "/v1/messages" });
    expect(first.bytes.toString()).toContain("message_stop");
    expect(again.bytes.equals(first.bytes)).toBe(true);
    expect([isReplay(again), seen.length]).toEqual([true, 1]);
  });

  test("gets embeddings again, and a form's answer although its marks are others", async () => {
    const gateway = await open();
    const vector = { key: "e", path: "/v1/embeddings", body: { model: "mock/m", input: "x" } };
    const form = (content: string) => {
      const made = new FormData();
      made.set("model", "mock/m");
      made.set("file", new File([content], "a.mp3", { type: "audio/mpeg" }));
      return { key: "f", path: "/v1/audio/transcriptions", body: made };
    };
    const answers = [
      await ask(gateway, vector),
      await ask(gateway, vector),
      await ask(gateway, form("abc")),
      await ask(gateway, form("abc")),
    ];
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    expect(answers.map(isReplay)).toEqual([false, true, false, true]);
    expect(seen.length).toBe(2);
    expect([(await ask(gateway, form("abd"))).status, seen.length]).toEqual([422, 2]);
  });

  test("is asked once by fifty at a time, and all get the same", async () => {
    const gateway = await open();
    for (const body of [hello, { ...hello, stream: true }]) {
      seen = [];
      const answers = await Promise.all(Array.from({ length: 50 }, () => ask(gateway, { key: `k${"stream" in body}`, body })));
      expect(seen.length).toBe(1);
      expect(new Set(answers.map(({ bytes }) => bytes.toString())).size).toBe(1);
      expect(answers.filter(isReplay).length).toBe(49);
    }
  });

  test("with another body, model or endpoint is refused with 422, and asks nobody", async () => {
    const gateway = await open();
    await ask(gateway, { key: "k" });
    const others = [
      { ...hello, max_tokens: 6 },
      { ...hello, model: "mock/n" },
    ].map((body) => ask(gateway, { key: "k", body }));
    others.push(ask(gateway, { key: "k", path: "/v1/embeddings", body: { model: "mock/m", input: "x" } }));
    for (const other of await Promise.all(others)) expect([other.status, codeOf(other)]).toEqual([422, "repetition_differs"]);
    expect(seen.length).toBe(1);
    // Also while the first is under way.
    gate = Promise.withResolvers();
    const first = ask(gateway, { key: "l" });
    await until(() => seen.length === 2);
    expect((await ask(gateway, { key: "l", body: { ...hello, max_tokens: 6 } })).status).toBe(422);
    gate.resolve();
    expect((await first).status).toBe(200);
  });

  test("of another caller is another key", async () => {
    const gateway = await open();
    const answers = [
      await ask(gateway, { key: "k" }),
      await ask(gateway, { key: "k", as: "b" }),
      await ask(gateway, { key: "k", as: "b" }),
    ];
    expect(seen.length).toBe(2);
    expect(answers.map(isReplay)).toEqual([false, false, true]);
    expect(answers[1]?.bytes.equals(answers[0]?.bytes ?? Buffer.alloc(0))).toBe(false);
    expect(answers[2]?.bytes.equals(answers[1]?.bytes ?? Buffer.alloc(0))).toBe(true);
  });

  test("is refused where it is no key, and never goes on to a provider", async () => {
    const gateway = await open();
    for (const key of ["", "x".repeat(256), "ü", "a\tb"]) expect([key, (await ask(gateway, { key })).status]).toEqual([key, 400]);
    expect(seen.length).toBe(0);
    expect((await ask(gateway, { key: "x".repeat(255) })).status).toBe(200);
    await ask(gateway, {});
    await ask(gateway, {});
    expect(seen.length).toBe(3);
    expect(seen.filter(({ headers }) => "idempotency-key" in headers)).toEqual([]);
  });

  test("means nothing where the config says so", async () => {
    const gateway = await open({ idempotency: { enabled: false } });
    expect([await ask(gateway, { key: "k" }), await ask(gateway, { key: "k" })].map(isReplay)).toEqual([false, false]);
    expect(seen.length).toBe(2);
  });
});

const hang = (): void => undefined;
const breakOff = (_request: IncomingMessage, response: ServerResponse) => void response.destroy();
const breakOffLater = (_request: IncomingMessage, response: ServerResponse) => {
  response.setHeader("content-type", "text/event-stream");
  response.write(
    'data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"content":"half"},"finish_reason":null}]}\n\n',
  );
  setTimeout(() => response.destroy(), 20);
};

describe("a first that goes wrong", () => {
  test.each([400, 404, 429, 500, 503])("since the provider says %d leaves the key free", async (status) => {
    const gateway = await open();
    script = [refusing(status)];
    const first = await ask(gateway, { key: "k" });
    const again = await ask(gateway, { key: "k" });
    expect([first.status >= 400, isReplay(again), again.status, seen.length]).toEqual([true, false, 200, 2]);
    expect(isReplay(await ask(gateway, { key: "k" }))).toBe(true);
  });

  test("before anybody is asked leaves the key free", async () => {
    const gateway = await open({ keys: [{ name: "a", value: keyText("a"), limits: { requestsPerDay: 1 } }] });
    expect((await ask(gateway, { key: "k", body: { ...hello, model: "nobody/m" } })).status).toBe(404);
    expect((await ask(gateway, { key: "k" })).status).toBe(200);
    expect((await ask(gateway, { key: "l" })).status).toBe(429);
    setSystemTime(Date.now() + 25 * 3_600_000);
    expect((await ask(gateway, { key: "l" })).status).toBe(200);
    expect(seen.length).toBe(2);
  });

  test.each([
    ["timeout", hang, 504],
    ["break", breakOff, 502],
  ] as const)("with a %s is not asked again: it may have been billed", async (_what, how, status) => {
    const gateway = await open({ providers: { mock: { ...provider, baseUrl, timeouts: { firstEventMs: 100 } } } });
    script = [how];
    const first = await ask(gateway, { key: "k" });
    const again = await ask(gateway, { key: "k" });
    expect([first.status, again.status, isReplay(again), seen.length]).toEqual([status, status, true, 1]);
    expect(again.bytes.equals(first.bytes)).toBe(true);
    const [repeat] = await recordsOf(gateway);
    expect(repeat).toMatchObject({ outcome: "failed", status, costNanos: 0 });
  });

  test("in the middle of its stream is not asked again, and half an answer is not given", async () => {
    const gateway = await open();
    script = [breakOffLater];
    const body = { ...hello, stream: true };
    expect((await ask(gateway, { key: "k", body }).catch((error: Error) => error)) instanceof Error).toBe(true);
    const again = await ask(gateway, { key: "k", body });
    expect([again.status, codeOf(again), again.headers.get("x-should-retry"), seen.length]).toEqual([
      409,
      "repetition_unknown",
      "false",
      1,
    ]);
    expect(again.bytes.toString()).toContain("its answer broke off");
  });

  test("for fifty at a time goes wrong once", async () => {
    const gateway = await open();
    gate = Promise.withResolvers();
    script = [(request, response) => void gate?.promise.then(() => refusing(429)(request, response))];
    const asked = Array.from({ length: 50 }, () => ask(gateway, { key: "k" }));
    await until(() => seen.length === 1);
    await Bun.sleep(50);
    gate.resolve();
    const answers = await Promise.all(asked);
    expect([answers.every(({ status }) => status === 429), seen.length]).toEqual([true, 1]);
  });
});

describe("a client that leaves", () => {
  test.each([false, true])("has its answer made and kept all the same, streamed: %s", async (stream) => {
    const gateway = await open();
    gate = Promise.withResolvers();
    const leaving = new AbortController();
    const body = { ...hello, stream };
    const first = ask(gateway, { key: "k", body, signal: leaving.signal }).catch((error: Error) => error);
    await until(() => seen.length === 1);
    leaving.abort();
    await Bun.sleep(20);
    expect(gateway.gateway.inFlight).toBe(1);
    gate.resolve();
    await first;
    const again = await ask(gateway, { key: "k", body });
    expect([again.status, isReplay(again), seen.length]).toEqual([200, true, 1]);
    expect(again.bytes.toString()).toContain(stream ? '"content":"three"' : "answer 1");
    const original = (await recordsOf(gateway)).find(({ detail }) => detail.repeat && "first" in detail.repeat);
    expect(original).toMatchObject({ outcome: "success", costNanos: 15_000, detail: { repeat: { first: true, clientLeft: true } } });
  });

  test("in the middle of a stream has it made to its end", async () => {
    const gateway = await open();
    const leaving = new AbortController();
    const headers = { authorization: `Bearer ${keyText("a")}`, "content-type": "application/json", "idempotency-key": "k" };
    const request = new Request("http://127.0.0.1/v1/chat/completions", {
      ...{ method: "POST", headers, signal: leaving.signal },
      body: JSON.stringify({ ...hello, stream: true }),
    });
    const reader = (await gateway.fetch(request)).body?.getReader();
    expect(Buffer.from((await reader?.read())?.value ?? []).toString()).toContain("one");
    await reader?.cancel();
    leaving.abort();
    const again = await ask(gateway, { key: "k", body: { ...hello, stream: true } });
    expect(again.bytes.toString()).toContain('"content":"one "');
    expect(again.bytes.toString()).toEndWith("data: [DONE]\n\n");
    expect([isReplay(again), seen.length]).toEqual([true, 1]);
  });

  test("while its answer is too long to be kept lets the provider go", async () => {
    const gateway = await open({ idempotency: { maxAnswerBytes: 1_024 } });
    let closed = false;
    script = [
      (_request, response) => {
        response.setHeader("content-type", "text/event-stream");
        response.on("close", () => {
          closed = true;
        });
        const chunk = { id: "c", object: "chat.completion.chunk", created: 1, model: "m" };
        const timer = setInterval(() => {
          if (closed) clearInterval(timer);
          else
            response.write(
              `data: ${JSON.stringify({ ...chunk, choices: [{ index: 0, finish_reason: null, delta: { content: "y".repeat(200) } }] })}\n\n`,
            );
        }, 5);
      },
    ];
    const leaving = new AbortController();
    const asked = ask(gateway, { key: "k", body: { ...hello, stream: true }, signal: leaving.signal }).catch((error: Error) => error);
    await Bun.sleep(20);
    leaving.abort();
    await asked;
    await until(() => closed);
    await until(() => gateway.gateway.inFlight === 0);
    expect((await ask(gateway, { key: "k", body: { ...hello, stream: true } })).status).toBe(409);
    expect(seen.length).toBe(1);
  });

  test("while it waits for another's answer waits no more", async () => {
    const gateway = await open();
    gate = Promise.withResolvers();
    const first = ask(gateway, { key: "k" });
    await until(() => seen.length === 1);
    const leaving = new AbortController();
    const waiting = ask(gateway, { key: "k", signal: leaving.signal }).catch((error: Error) => error);
    await until(() => gateway.gateway.inFlight === 2);
    leaving.abort();
    await until(() => gateway.gateway.inFlight === 1);
    gate.resolve();
    expect((await first).status).toBe(200);
    await waiting;
  });
});

describe("while the first is under way", () => {
  test("a repeat waits no longer than the config says, and may come again", async () => {
    const gateway = await open({ idempotency: { waitSeconds: 1 } });
    gate = Promise.withResolvers();
    const first = ask(gateway, { key: "k" });
    await until(() => seen.length === 1);
    const began = performance.now();
    const late = await ask(gateway, { key: "k" });
    expect([late.status, codeOf(late), late.headers.get("retry-after")]).toEqual([409, "repetition_under_way", "2"]);
    expect(performance.now() - began).toBeGreaterThan(900);
    gate.resolve();
    expect((await first).status).toBe(200);
    expect([isReplay(await ask(gateway, { key: "k" })), seen.length]).toEqual([true, 1]);
  });

  test("a repeat is refused at once where the config says so", async () => {
    const gateway = await open({ idempotency: { whileUnderWay: "refuse" } });
    gate = Promise.withResolvers();
    const first = ask(gateway, { key: "k" });
    await until(() => seen.length === 1);
    expect(codeOf(await ask(gateway, { key: "k" }))).toBe("repetition_under_way");
    gate.resolve();
    expect((await first).status).toBe(200);
  });
});

describe("what is kept", () => {
  test("is kept for a day, and then the key is free", async () => {
    const gateway = await open();
    await ask(gateway, { key: "k" });
    setSystemTime(Date.now() + 24 * 3_600_000 - 60_000);
    expect([isReplay(await ask(gateway, { key: "k" })), seen.length]).toEqual([true, 1]);
    setSystemTime(Date.now() + 61_000);
    expect([isReplay(await ask(gateway, { key: "k" })), seen.length]).toEqual([false, 2]);
  });

  test("is no answer that is too long: a repeat is told so, and not billed", async () => {
    const gateway = await open({ idempotency: { maxAnswerBytes: 4_096 } });
    for (const stream of [false, true]) {
      const body = { ...hello, max_tokens: 5_000, stream };
      const first = await ask(gateway, { key: `k${stream}`, body });
      expect([first.status, first.bytes.length > 5_000]).toEqual([200, true]);
      const again = await ask(gateway, { key: `k${stream}`, body });
      expect([again.status, codeOf(again)]).toEqual([409, "repetition_unknown"]);
      expect(again.bytes.toString()).toContain("maxAnswerBytes");
    }
    expect(seen.length).toBe(2);
  });

  test("is bounded in all, and of one caller in number", async () => {
    const gateway = await open({ idempotency: { maxBytes: 1_048_576, maxKeysPerCaller: 3 } });
    const long = { ...hello, max_tokens: 600_000 };
    for (const key of ["1", "2"]) expect((await ask(gateway, { key, body: long })).status).toBe(200);
    expect(isReplay(await ask(gateway, { key: "1", body: long }))).toBe(true);
    expect(codeOf(await ask(gateway, { key: "2", body: long }))).toBe("repetition_unknown");
    script = [refusing(400)];
    // What came to nothing takes no room.
    expect((await ask(gateway, { key: "3" })).status).toBe(400);
    expect((await ask(gateway, { key: "3" })).status).toBe(200);
    const fourth = await ask(gateway, { key: "4" });
    expect([fourth.status, codeOf(fourth)]).toEqual([429, "rate_limit_exceeded"]);
    expect([isReplay(await ask(gateway, { key: "3" })), (await ask(gateway, { key: "4", as: "b" })).status]).toEqual([true, 200]);
  });

  test("counts as a request, and takes neither tokens nor money", async () => {
    // One request sets aside a token a byte, and uses fifteen.
    const room = JSON.stringify(hello).length + 10;
    const limits = { requestsPerDay: 3, tokensPerDay: room };
    const gateway = await open({ keys: [{ name: "a", value: keyText("a"), limits, budget: { usd: room / 1e6, per: "day" } }] });
    const statuses = [];
    for (const key of ["k", "l", "k", "k", "k"]) statuses.push([key, (await ask(gateway, { key })).status]);
    expect(statuses).toEqual([
      ["k", 200],
      ["l", 429],
      ["k", 200],
      ["k", 200],
      ["k", 429],
    ]);
    expect(seen.length).toBe(1);
  });

  test("is sealed in the data folder, opened by another process of it, and told from what was asked", async () => {
    const folder = newFolder();
    const gateway = await open({}, folder);
    const first = await ask(gateway, { key: "my-own-key-7" });
    const other = await open({}, folder);
    const again = await ask(other, { key: "my-own-key-7" });
    expect([isReplay(again), again.bytes.equals(first.bytes), seen.length]).toEqual([true, true, 1]);
    const inside = ["counters.db", "counters.db-wal"].map((name) => readFileSync(join(folder, name)).toString("latin1")).join("");
    expect(inside).toContain("answer:req_");
    for (const secret of ["answer 1", Buffer.from("answer 1").toString("base64"), "hello", "my-own-key-7"])
      expect(inside).not.toContain(secret);
    const [entry] = await recordsOf(gateway);
    expect(JSON.stringify(entry)).not.toContain("my-own-key-7");
  });

  test("is asked once by fifty at a time at two processes of one folder", async () => {
    const folder = newFolder();
    const gateways = [await open({}, folder), await open({}, folder)];
    for (const body of [hello, { ...hello, stream: true }]) {
      seen = [];
      const answers = await Promise.all(
        Array.from({ length: 50 }, (_, at) => ask(gateways[at % 2] as OpenedGateway, { key: `k${"stream" in body}`, body })),
      );
      expect([seen.length, new Set(answers.map(({ bytes }) => bytes.toString())).size]).toEqual([1, 1]);
    }
  });

  test("is erased with its record, and a repeat is told so", async () => {
    const gateway = await open({}, newFolder());
    await ask(gateway, { key: "k" });
    const [record] = await recordsOf(gateway);
    expect(await gateway.repeats.erase(record as NonNullable<typeof record>)).toBe(true);
    const again = await ask(gateway, { key: "k" });
    expect([again.status, codeOf(again), seen.length]).toEqual([409, "repetition_unknown", 1]);
  });

  test("of a process that died is not asked again once its time is over", async () => {
    const folder = newFolder();
    const gateway = await open({}, folder);
    const other = await open({ idempotency: { waitSeconds: 1 } }, folder);
    gate = Promise.withResolvers();
    const first = ask(gateway, { key: "k" });
    await until(() => seen.length === 1);
    expect(codeOf(await ask(other, { key: "k" }))).toBe("repetition_under_way");
    setSystemTime(Date.now() + 36_000);
    const again = await ask(other, { key: "k" });
    expect([again.status, codeOf(again), seen.length]).toEqual([409, "repetition_unknown", 1]);
    // It lives after all.
    gate.resolve();
    await first;
    expect(isReplay(await ask(other, { key: "k" }))).toBe(true);
  });
});
