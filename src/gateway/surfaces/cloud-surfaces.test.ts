import { afterAll, beforeAll, beforeEach, describe, expect, setSystemTime, test } from "bun:test";
import { generateKeyPairSync } from "node:crypto";
import { eventStreamMessage, invokeChunk } from "../../protocols/index.ts";
import { type OpenedGateway, openGateway } from "../opening/open-gateway.ts";

interface Arrival {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const events = [
  {
    type: "message_start",
    message: {
      id: "msg_1",
      type: "message",
      role: "assistant",
      model: "claude",
      content: [],
      stop_reason: null,
      usage: { input_tokens: 3, output_tokens: 1 },
    },
  },
  { type: "content_block_start", index: 0, content_block: { type: "text", text: "" } },
  { type: "content_block_delta", index: 0, delta: { type: "text_delta", text: "Hello" } },
  { type: "content_block_stop", index: 0 },
  { type: "message_delta", delta: { stop_reason: "end_turn", stop_sequence: null }, usage: { output_tokens: 5 } },
  { type: "message_stop" },
];
const message = {
  id: "msg_1",
  type: "message",
  role: "assistant",
  model: "claude",
  content: [{ type: "text", text: "Hello" }],
  stop_reason: "end_turn",
  stop_sequence: null,
  usage: { input_tokens: 3, output_tokens: 5 },
};
const chat = {
  id: "c",
  object: "chat.completion",
  created: 1,
  model: "m",
  choices: [{ index: 0, message: { role: "assistant", content: "Hello" }, finish_reason: "stop" }],
  usage: { prompt_tokens: 3, completion_tokens: 5, total_tokens: 8 },
};
const sse = events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join("");
const frames = Buffer.concat(events.map((event) => invokeChunk(JSON.stringify(event))));
const pem = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey.export({ type: "pkcs8", format: "pem" }).toString();
const ask = { model: "", max_tokens: 10, messages: [{ role: "user", content: "Hi" }] };

const callerKey = "sk-sluice-7Qm2xV9tR4bN8cK1wZ5pL3hD6fG0jS";
const arrivals: Arrival[] = [];
const tokens = { granted: 0, refused: new Set<string>(), delayMs: 0 };
let reply: ((arrival: Arrival) => Response) | undefined;
let server: ReturnType<typeof Bun.serve>;
let opened: OpenedGateway;

/** A token endpoint, and every cloud's models. */
async function answer(request: Request): Promise<Response> {
  const { pathname } = new URL(request.url);
  if (pathname === "/token") {
    await Bun.sleep(tokens.delayMs);
    return Response.json({ access_token: `ya29.token-${++tokens.granted}`, expires_in: 3600 });
  }
  const arrival = { path: pathname, headers: Object.fromEntries(request.headers), body: await request.text() };
  arrivals.push(arrival);
  if (tokens.refused.has(arrival.headers.authorization ?? ""))
    return Response.json({ error: { code: 401, status: "UNAUTHENTICATED" } }, { status: 401 });
  if (reply) return reply(arrival);
  if (pathname.endsWith("invoke-with-response-stream"))
    return new Response(frames, { headers: { "content-type": "application/vnd.amazon.eventstream" } });
  if (pathname.endsWith("streamRawPredict")) return new Response(sse, { headers: { "content-type": "text/event-stream" } });
  return Response.json(/chat\/completions$/.test(pathname) ? chat : message);
}

beforeAll(async () => {
  server = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: answer });
  const base = `http://127.0.0.1:${server.port}`;
  const json = JSON.stringify({ type: "service_account", client_email: "me@p", private_key: pem, token_uri: `${base}/token` });
  opened = await openGateway({
    config: {
      keys: [{ name: "caller", value: callerKey }],
      providers: {
        vertex: { baseUrl: `${base}/v1`, project: "p-1", region: "europe-west4", credential: { from: "service-account", json } },
        bedrock: { baseUrl: base, region: "eu-west-1", apiKey: "AKIAIOSFODNN7EXAMPLE:wJalrXUtnFEMI" },
        foundry: { baseUrl: base, apiKey: "foundry-key" },
      },
    },
  });
});
afterAll(async () => {
  await opened.close();
  await server.stop(true);
});
beforeEach(() => {
  arrivals.length = 0;
  reply = undefined;
});

function send(path: string, body: object, headers: Record<string, string> = {}): Promise<Response> {
  const authorization = `Bearer ${callerKey}`;
  const init = { method: "POST", headers: { "content-type": "application/json", authorization, ...headers }, body: JSON.stringify(body) };
  return opened.fetch(new Request(`http://127.0.0.1${path}`, init));
}

describe("a token that has to be fetched", () => {
  test("is fetched once for all that wait for it, and kept", async () => {
    tokens.delayMs = 20;
    const asks = Array.from({ length: 20 }, () => send("/v1/messages", { ...ask, model: "vertex/claude-opus-4-8" }));
    expect((await Promise.all(asks)).map(({ status }) => status)).toEqual(Array(20).fill(200));
    expect(tokens.granted).toBe(1);
    expect(new Set(arrivals.map(({ headers }) => headers.authorization))).toEqual(new Set(["Bearer ya29.token-1"]));
    tokens.delayMs = 0;
  });

  test("that was fetched just now and is refused is the provider's fault, told as 502", async () => {
    tokens.refused.add("Bearer ya29.token-1");
    const answered = await send("/v1/messages", { ...ask, model: "vertex/claude-opus-4-8" });
    expect([answered.status, arrivals.length]).toEqual([502, 1]);
    expect(await answered.text()).not.toContain("ya29");
  });

  test("that is refused later is fetched anew, and the request goes out once more", async () => {
    setSystemTime(Date.now() + 6_000);
    const answered = await send("/v1/messages", { ...ask, model: "vertex/claude-opus-4-8" });
    expect(answered.status).toBe(200);
    expect(arrivals.map(({ headers }) => headers.authorization)).toEqual(["Bearer ya29.token-1", "Bearer ya29.token-2"]);
    expect(arrivals[0]?.body).toBe(arrivals[1]?.body as string);
    setSystemTime();
  });

  test("is kept from callers, also where the provider repeats it", async () => {
    reply = ({ headers }) =>
      Response.json({ type: "error", error: { type: "invalid_request_error", message: `no: ${headers.authorization}` } }, { status: 400 });
    const answered = await send("/v1/messages", { ...ask, model: "vertex/claude-opus-4-8" });
    expect([answered.status, (await answered.text()).includes("ya29")]).toEqual([400, false]);
  });
});

describe("Claude on Vertex", () => {
  test("is asked at its publisher's path, without the model in the body", async () => {
    const answered = await send(
      "/v1/messages",
      { ...ask, model: "vertex/claude-sonnet-4-5@20250929" },
      { "anthropic-beta": "b-1", "anthropic-version": "2023-06-01" },
    );
    expect(await answered.json()).toEqual(message);
    const { path, headers, body } = arrivals[0] as Arrival;
    expect(path).toBe("/v1/projects/p-1/locations/europe-west4/publishers/anthropic/models/claude-sonnet-4-5@20250929:rawPredict");
    expect([headers["anthropic-beta"], headers["anthropic-version"]]).toEqual(["b-1", undefined]);
    expect(body).toBe('{"max_tokens":10,"messages":[{"role":"user","content":"Hi"}],"anthropic_version":"vertex-2023-10-16"}');
  });

  test("streams untouched", async () => {
    const answered = await send("/v1/messages", { ...ask, stream: true, model: "vertex/claude-opus-4-8" });
    expect(await answered.text()).toBe(sse);
    expect(arrivals[0]?.path).toEndWith("/claude-opus-4-8:streamRawPredict");
    expect(JSON.parse(arrivals[0]?.body ?? "")).toMatchObject({ stream: true, anthropic_version: "vertex-2023-10-16" });
  });

  test("answers callers of another dialect by the same surface", async () => {
    const answered = await send("/v1/chat/completions", { model: "vertex/claude-opus-4-8", messages: ask.messages });
    expect(await answered.json()).toMatchObject({ choices: [{ message: { content: "Hello" } }] });
    const body = JSON.parse(arrivals[0]?.body ?? "") as Record<string, unknown>;
    expect([body.model, body.anthropic_version]).toEqual([undefined, "vertex-2023-10-16"]);
  });

  test("counts tokens where Google has that", async () => {
    reply = () => Response.json({ input_tokens: 7 });
    const answered = await send("/v1/messages/count_tokens", { model: "vertex/claude-opus-4-8", messages: ask.messages });
    expect(await answered.json()).toEqual({ input_tokens: 7 });
    expect(arrivals[0]?.path).toEndWith("/publishers/anthropic/models/count-tokens:rawPredict");
    expect(JSON.parse(arrivals[0]?.body ?? "")).toMatchObject({ model: "claude-opus-4-8" });
  });
});

test("Gemini on Vertex is asked in OpenAI's dialect under its publisher's name, in its own under its own", async () => {
  await send("/v1/chat/completions", { model: "vertex/gemini-2.5-flash", messages: ask.messages });
  expect([arrivals[0]?.path, JSON.parse(arrivals[0]?.body ?? "").model]).toEqual([
    "/v1/projects/p-1/locations/europe-west4/endpoints/openapi/chat/completions",
    "google/gemini-2.5-flash",
  ]);
  reply = () =>
    Response.json({
      candidates: [{ content: { role: "model", parts: [{ text: "Hello" }] }, finishReason: "STOP" }],
      usageMetadata: { promptTokenCount: 3, candidatesTokenCount: 5, totalTokenCount: 8 },
    });
  const answered = await send("/v1beta/models/vertex%2Fgemini-2.5-flash:generateContent", {
    contents: [{ role: "user", parts: [{ text: "Hi" }] }],
  });
  expect(await answered.json()).toMatchObject({ candidates: [{ content: { parts: [{ text: "Hello" }] } }] });
  expect(arrivals[1]?.path).toEndWith("/publishers/google/models/gemini-2.5-flash:generateContent");
});

describe("Claude on Bedrock", () => {
  const model = "bedrock/us.anthropic.claude-sonnet-4-5-20250929-v1:0";

  test("is asked by InvokeModel, signed, betas in the body", async () => {
    const answered = await send("/v1/messages", { ...ask, model, stream: false }, { "anthropic-beta": "b-1, b-2" });
    expect(await answered.json()).toEqual(message);
    const { path, headers, body } = arrivals[0] as Arrival;
    expect(path).toBe("/model/us.anthropic.claude-sonnet-4-5-20250929-v1%3A0/invoke");
    expect(headers.authorization).toStartWith("AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/");
    expect(body).toBe(
      '{"max_tokens":10,"messages":[{"role":"user","content":"Hi"}],"anthropic_version":"bedrock-2023-05-31","anthropic_beta":["b-1","b-2"]}',
    );
  });

  test("streams in AWS's frames, which reach the caller as Anthropic's events", async () => {
    const answered = await send("/v1/messages", { ...ask, model, stream: true });
    expect(answered.headers.get("content-type")).toContain("text/event-stream");
    expect(await answered.text()).toBe(sse);
    expect(arrivals[0]?.path).toEndWith("/invoke-with-response-stream");
    expect(JSON.parse(arrivals[0]?.body ?? "").stream).toBeUndefined();
  });

  test("streams to callers of Chat too", async () => {
    const answered = await send("/v1/chat/completions", { model, stream: true, messages: ask.messages });
    const text = await answered.text();
    expect(text).toContain('"content":"Hello"');
    expect(text).toEndWith("data: [DONE]\n\n");
  });

  test("tells errors in Anthropic's form", async () => {
    reply = () =>
      Response.json({ message: "max_tokens: too big" }, { status: 400, headers: { "x-amzn-errortype": "ValidationException" } });
    const answered = await send("/v1/messages", { ...ask, model });
    expect([answered.status, await answered.json()]).toMatchObject([
      400,
      { type: "error", error: { type: "invalid_request_error", message: "max_tokens: too big" } },
    ]);
  });

  test("tells of an exception before the first word by a status, inside the answer by an event", async () => {
    const exception = eventStreamMessage(
      { ":exception-type": "throttlingException", ":message-type": "exception" },
      Buffer.from('{"message":"slow"}'),
    );
    const stream = (bytes: Uint8Array) => () =>
      new Response(Buffer.from(bytes), { headers: { "content-type": "application/vnd.amazon.eventstream" } });
    reply = stream(exception);
    expect((await send("/v1/messages", { ...ask, model, stream: true })).status).toBe(429);
    const begun = Buffer.concat([...events.slice(0, 3).map((event) => invokeChunk(JSON.stringify(event))), exception]);
    reply = stream(begun);
    const text = await (await send("/v1/messages", { ...ask, model, stream: true })).text().catch(String);
    expect(text).not.toContain("message_stop");
  });
});

test("models of clouds are priced as the catalog prices those of the same maker", async () => {
  const costOf = async (model: string) => {
    const answered = await send("/v1/messages", { ...ask, model });
    await answered.text();
    return answered.headers.get("x-sluice-cost-usd");
  };
  // 3 and 5 tokens at 5 and 25 dollars a million.
  expect(await costOf("vertex/claude-opus-4-8")).toBe("0.000140000");
  expect(await costOf("foundry/claude-opus-4-8")).toBe("0.000140000");
});

test("the record tells on which surface a model was asked, and why", async () => {
  const surfaceFor = async (path: string, model: string) => {
    const answered = await send(path, { ...ask, model });
    await answered.text();
    await opened.storage.drain();
    return (await opened.storage.records.record(answered.headers.get("x-sluice-request-id") ?? ""))?.detail.surface;
  };
  const [chat, messages, claude] = ["/v1/chat/completions", "/v1/messages", "bedrock/eu.anthropic.claude-haiku-4-5-20251001-v1:0"];
  expect(await surfaceFor(messages, claude)).toEqual({ id: "anthropic-messages", reason: "own dialect" });
  expect(await surfaceFor(chat, claude)).toEqual({ id: "anthropic-messages", reason: "nearest of anthropic-messages, bedrock-converse" });
  expect(await surfaceFor(chat, "vertex/claude-opus-4-8")).toEqual({ id: "anthropic-messages", reason: "the only one" });
  expect(await surfaceFor(messages, "vertex/gemini-2.5-flash")).toEqual({
    id: "openai-chat",
    reason: "nearest of openai-chat, gemini-generate",
  });
  expect(await surfaceFor(chat, "bedrock/us.amazon.nova-pro-v1:0")).toEqual({ id: "bedrock-converse", reason: "the only one" });
});

test("models of OpenAI on Bedrock are asked in OpenAI's dialects, all others by Converse", async () => {
  const pathFor = async (model: string) => {
    arrivals.length = 0;
    await send("/v1/chat/completions", { model, messages: ask.messages });
    return arrivals[0]?.path;
  };
  expect(await pathFor("bedrock/openai.gpt-oss-120b-1:0")).toBe("/openai/v1/chat/completions");
  expect(await pathFor("bedrock/us.amazon.nova-pro-v1:0")).toBe("/model/us.amazon.nova-pro-v1%3A0/converse");
});

test("Claude on Foundry is asked beside OpenAI's paths, by the key's own header", async () => {
  await send("/v1/messages", { ...ask, model: "foundry/claude-opus-4-8" });
  expect(arrivals[0]).toMatchObject({ path: "/anthropic/v1/messages" });
  expect([arrivals[0]?.headers["x-api-key"], arrivals[0]?.headers["anthropic-version"]]).toEqual(["foundry-key", "2023-06-01"]);
  await send("/v1/chat/completions", { model: "foundry/gpt-5", messages: ask.messages });
  expect([arrivals[1]?.path, arrivals[1]?.headers["api-key"]]).toEqual(["/openai/v1/chat/completions", "foundry-key"]);
});

test("a caller that leaves does not wait for a token, which others still get", async () => {
  const other = await openGateway({
    config: {
      keys: [{ name: "caller", value: callerKey }],
      providers: {
        vertex: {
          baseUrl: `http://127.0.0.1:${server.port}/v1`,
          project: "p-1",
          credential: {
            from: "service-account",
            json: JSON.stringify({
              type: "service_account",
              client_email: "me@p",
              private_key: pem,
              token_uri: `http://127.0.0.1:${server.port}/token`,
            }),
          },
        },
      },
    },
  });
  tokens.delayMs = 500;
  const leaving = new AbortController();
  const request = (signal?: AbortSignal) =>
    other.fetch(
      new Request("http://127.0.0.1/v1/messages", {
        method: "POST",
        headers: { "content-type": "application/json", authorization: `Bearer ${callerKey}` },
        body: JSON.stringify({ ...ask, model: "vertex/claude-opus-4-8" }),
        ...(signal && { signal }),
      }),
    );
  const startedAt = performance.now();
  const gone = request(leaving.signal).then(
    (answered) => answered.status,
    () => 499,
  );
  const stays = request();
  await Bun.sleep(50);
  leaving.abort();
  expect(await gone).toBe(499);
  await Bun.sleep(50);
  expect(other.gateway.inFlight).toBe(1);
  expect(performance.now() - startedAt).toBeLessThan(400);
  expect((await stays).status).toBe(200);
  tokens.delayMs = 0;
  await other.close();
});
