import { afterAll, beforeAll, beforeEach, expect, setSystemTime, test } from "bun:test";
import { type OpenedGateway, openGateway } from "../opening/open-gateway.ts";

const callerKey = "sk-sluice-7Qm2xV9tR4bN8cK1wZ5pL3hD6fG0jS";
const apiKey = "ibm-cloud-key-of-the-test";

interface Arrival {
  readonly at: string;
  readonly authorization: string | undefined;
  readonly body: unknown;
}

const arrivals: Arrival[] = [];
const refused = new Set<string>();
let granted = 0;
let server: ReturnType<typeof Bun.serve>;
let opened: OpenedGateway;

const head = {
  id: "chatcmpl-1",
  object: "chat.completion.chunk",
  model_id: "ibm/granite-4-h-small",
  model: "ibm/granite-4-h-small",
  created: 1,
};
const chunks = [
  { ...head, choices: [{ index: 0, finish_reason: null, delta: { role: "assistant", content: "" } }] },
  { ...head, choices: [{ index: 0, finish_reason: null, delta: { content: "Ciao" } }] },
  { ...head, choices: [{ index: 0, finish_reason: "stop", delta: { content: "" } }] },
  { ...head, choices: [], usage: { completion_tokens: 3, prompt_tokens: 38, total_tokens: 41 } },
];
/** As the service streams: numbered, and without a mark behind the usage. */
const stream = chunks.map((chunk, at) => `id: ${at + 1}\nevent: message\ndata: ${JSON.stringify(chunk)}\n\n`).join("");
const whole = {
  id: "chatcmpl-1",
  object: "chat.completion",
  model_id: "ibm/granite-4-h-small",
  model: "ibm/granite-4-h-small",
  choices: [{ index: 0, message: { role: "assistant", content: "Ciao" }, finish_reason: "stop" }],
  created: 1,
  model_version: "4.0.0",
  usage: { completion_tokens: 3, prompt_tokens: 38, total_tokens: 41 },
};

/** IBM's IAM and the service. */
async function answer(request: Request): Promise<Response> {
  const { pathname, search } = new URL(request.url);
  const text = await request.text();
  if (pathname === "/identity/token") {
    const form = new URLSearchParams(text);
    if (form.get("grant_type") !== "urn:ibm:params:oauth:grant-type:apikey" || form.get("apikey") !== apiKey)
      return Response.json({ errorCode: "BXNIM0415E", errorMessage: "Provided API key could not be found." }, { status: 400 });
    return Response.json({ access_token: `ibm-token-number-${++granted}`, token_type: "Bearer", expires_in: 3600 });
  }
  const authorization = request.headers.get("authorization") ?? undefined;
  arrivals.push({ at: pathname + search, authorization, body: JSON.parse(text) });
  if (refused.has(authorization ?? ""))
    return Response.json({ errors: [{ code: "authentication_token_expired", message: "expired" }], status_code: 401 }, { status: 401 });
  if (text.includes("too hot"))
    return Response.json(
      { errors: [{ code: "invalid_request_entity", message: "temperature is above 2" }], trace: "t", status_code: 400 },
      { status: 400 },
    );
  if (pathname.endsWith("chat_stream")) return new Response(stream, { headers: { "content-type": "text/event-stream" } });
  if (pathname.endsWith("embeddings"))
    return Response.json({ model_id: "e", results: [{ embedding: [0.5, -1] }, { embedding: [0, 2] }], input_token_count: 7 });
  if (pathname.endsWith("rerank"))
    return Response.json({
      model_id: "r",
      results: [
        { index: 1, score: 6.9 },
        { index: 0, score: -2.5 },
      ],
      input_token_count: 31,
    });
  return Response.json(whole);
}

beforeAll(async () => {
  server = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: answer });
  const base = `http://127.0.0.1:${server.port}`;
  opened = await openGateway({
    env: { WATSONX_AI_AUTH_URL: base },
    config: {
      keys: [{ name: "caller", value: callerKey }],
      providers: {
        watsonx: { baseUrl: base, apiKey, project: "p-1", retries: 0 },
        mistaken: { type: "watsonx", baseUrl: base, apiKey: "ibm-cloud-key-that-is-wrong", project: "p-1", retries: 0 },
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
});

async function ask(path: string, body: unknown): Promise<Response> {
  const headers = { authorization: `Bearer ${callerKey}`, "content-type": "application/json" };
  return opened.fetch(new Request(`http://127.0.0.1${path}`, { method: "POST", headers, body: JSON.stringify(body) }));
}

const tools = [{ type: "function", function: { name: "f", parameters: { type: "object" } } }];
const messages = [{ role: "user", content: "hi" }];

test("a chat goes out as IBM's own SDK sends it, with a token for the key", async () => {
  const body = { model: "watsonx/ibm/granite-4-h-small", messages, tools, tool_choice: "auto", max_completion_tokens: 5 };
  const reply = await ask("/v1/chat/completions", body);
  expect([reply.status, await reply.json()]).toEqual([200, whole]);
  expect(arrivals).toEqual([
    {
      at: "/ml/v1/text/chat?version=2025-10-01",
      authorization: `Bearer ibm-token-number-${granted}`,
      body: { model_id: "ibm/granite-4-h-small", messages, project_id: "p-1", tools, tool_choice_option: "auto", max_completion_tokens: 5 },
    },
  ]);
});

test("a chat of another dialect is translated, a tool that is named keeps its member", async () => {
  const tool = { name: "f", input_schema: { type: "object" } };
  const model = "watsonx/ibm/granite-4-h-small";
  const reply = await ask("/v1/messages", { model, max_tokens: 5, messages, tools: [tool], tool_choice: { type: "tool", name: "f" } });
  expect(await reply.json()).toMatchObject({ type: "message", content: [{ type: "text", text: "Ciao" }], usage: { input_tokens: 38 } });
  const sent = arrivals[0]?.body as Record<string, unknown>;
  expect(Object.keys(sent).toSorted()).toEqual(["max_completion_tokens", "messages", "model_id", "project_id", "tool_choice", "tools"]);
  expect(sent.tool_choice).toEqual({ type: "function", function: { name: "f" } });
});

test("a stream has a path of its own, ends well without a mark, and is metered", async () => {
  const native = await ask("/v1/chat/completions", { model: "watsonx/ibm/granite-4-h-small", messages, stream: true });
  expect(await native.text()).toContain("Ciao");
  const messagesStream = await ask("/v1/messages", { model: "watsonx/ibm/granite-4-h-small", max_tokens: 5, messages, stream: true });
  expect(await messagesStream.text()).toContain("event: message_stop");
  for (const { at, body } of arrivals) {
    expect(at).toBe("/ml/v1/text/chat_stream?version=2025-10-01");
    expect(body).toMatchObject({ model_id: "ibm/granite-4-h-small", project_id: "p-1" });
    expect(Object.keys(body as object).filter((name) => /^(model|stream|stream_options)$/.test(name))).toEqual([]);
  }
  const id = native.headers.get("x-sluice-request-id") ?? "";
  await opened.storage.drain();
  const record = await opened.storage.records.record(id);
  expect(record).toMatchObject({ outcome: "success", usage: { source: "reported", inputUncached: 38, output: 3 } });
});

test("embeddings and rankings are asked for in the words of IBM's SDK", async () => {
  const embedded = await ask("/v1/embeddings", { model: "watsonx/ibm/e", input: ["a", "b"] });
  expect(await embedded.json()).toMatchObject({ data: [{ embedding: [0.5, -1] }, { embedding: [0, 2] }], usage: { prompt_tokens: 7 } });
  const ranked = await ask("/v2/rerank", { model: "watsonx/ibm/r", query: "q", documents: ["a", "b"], top_n: 2 });
  expect(await ranked.json()).toMatchObject({
    results: [
      { index: 1, relevance_score: 6.9 },
      { index: 0, relevance_score: -2.5 },
    ],
  });
  expect(arrivals.map(({ at, body }) => [at, body])).toEqual([
    ["/ml/v1/text/embeddings?version=2025-10-01", { model_id: "ibm/e", inputs: ["a", "b"], project_id: "p-1" }],
    [
      "/ml/v1/text/rerank?version=2025-10-01",
      {
        model_id: "ibm/r",
        inputs: [{ text: "a" }, { text: "b" }],
        query: "q",
        project_id: "p-1",
        parameters: { return_options: { top_n: 2 } },
      },
    ],
  ]);
  const short = await ask("/v1/embeddings", { model: "watsonx/ibm/e", input: "a", dimensions: 8 });
  expect([short.status, await short.text()]).toEqual([400, expect.stringContaining("the model's own length")]);
});

test("a refusal says what IBM says, and a wrong key of ours is not the caller's fault", async () => {
  const hot = await ask("/v1/messages", { model: "watsonx/ibm/g", max_tokens: 5, messages: [{ role: "user", content: "too hot" }] });
  expect([hot.status, await hot.json()]).toMatchObject([400, { type: "error", error: { message: "temperature is above 2" } }]);
  const wrong = await ask("/v1/chat/completions", { model: "mistaken/ibm/g", messages });
  const text = await wrong.text();
  expect([wrong.status, text.includes("BXNIM0415E"), text.includes("ibm-cloud-key")]).toEqual([502, false, false]);
});

test("a token that the service refuses is exchanged anew, once it is not brand-new", async () => {
  const gone = `Bearer ibm-token-number-${granted}`;
  refused.add(gone);
  setSystemTime(Date.now() + 60_000);
  const reply = await ask("/v1/chat/completions", { model: "watsonx/ibm/granite-4-h-small", messages });
  setSystemTime();
  expect(reply.status).toBe(200);
  expect(arrivals.map(({ authorization }) => authorization)).toEqual([gone, `Bearer ibm-token-number-${granted}`]);
});
