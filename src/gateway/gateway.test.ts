import { afterAll, expect, test } from "bun:test";
import { type Flow, type GatewayRequest, type Head, Leaving } from "../exchange/index.ts";
import { openGateway } from "./opening/open-gateway.ts";

const key = "sk-sluice-gateway-test-0123456789abcdefghijklmnop";
const opened = await openGateway({ config: { providers: { demo: {} }, keys: [{ name: "test", value: key }] } });
afterAll(() => opened.close());

async function ask(path: string, headers: Record<string, string>): Promise<{ status: number; body: unknown }> {
  const answer = await opened.fetch(new Request(`http://127.0.0.1${path}`, { headers }));
  return { status: answer.status, body: await answer.json() };
}

test("a refused list of models speaks the dialect of the SDK that asked", async () => {
  const anthropic = await ask("/v1/models", { "x-api-key": "sk-unknown", "anthropic-version": "2023-06-01" });
  expect(anthropic.status).toBe(401);
  expect(anthropic.body).toMatchObject({ type: "error", error: { type: "authentication_error" } });
  const openai = await ask("/v1/models", { authorization: "Bearer sk-unknown" });
  // Clients tell a wrong key from a wrong request by OpenAI's words.
  const message = expect.stringMatching(/^Incorrect API key provided: /);
  expect(openai.body).toMatchObject({ error: { message, type: "invalid_request_error", code: "invalid_api_key" } });
});

test("a path that does not exist is told in the dialect of the SDK that asked", async () => {
  const headers = { "anthropic-version": "2026-10-21" };
  for (const path of ["/v1/v1/messages", "/messages", "/v1/messages/unknown"]) {
    expect(await ask(path, headers)).toMatchObject({ status: 404, body: { type: "error", error: { type: "not_found_error" } } });
  }
  expect((await ask("/v1/v1/chat/completions", {})).body).toMatchObject({ error: { code: "route_unknown" } });
});

test("a base URL with a folder too many is told in the dialect of the endpoint that was meant", async () => {
  const post = async (path: string) => {
    const answer = await opened.fetch(new Request(`http://127.0.0.1${path}`, { method: "POST", body: "{}" }));
    return { status: answer.status, body: await answer.json() };
  };
  const gemini = await post("/v1/v1beta/models/demo/chat:generateContent");
  expect(gemini).toMatchObject({ status: 404, body: { error: { status: "NOT_FOUND", details: [{ reason: "ROUTE_UNKNOWN" }, {}] } } });
  const bedrock = await post("/v1/model/demo%2Fchat/converse");
  expect(bedrock).toMatchObject({ status: 404, body: { __type: "ResourceNotFoundException" } });
  expect(await post("/v1/api/chat")).toMatchObject({ status: 404, body: { error: expect.stringContaining("base URL") } });
});

test("Google's SDKs find their endpoint in either version of the API, beside the list of models", async () => {
  const init = { method: "POST", headers: { "x-goog-api-key": key }, body: JSON.stringify({ contents: [{ parts: [{ text: "Hi" }] }] }) };
  for (const version of ["v1", "v1beta"]) {
    const url = `http://127.0.0.1/${version}/models/demo/echo`;
    const whole = await opened.fetch(new Request(`${url}:generateContent`, init));
    expect(await whole.json()).toMatchObject({ candidates: [{ finishReason: "STOP" }] });
    const stream = await opened.fetch(new Request(`${url}:streamGenerateContent?alt=sse`, init));
    expect(stream.headers.get("content-type")).toContain("text/event-stream");
    expect(await stream.text()).toContain('"finishReason":"STOP"');
  }
  expect((await ask("/v1/models", { authorization: `Bearer ${key}` })).status).toBe(200);
});

test("a model's name with a slash needs no `models/` before it where Google's API would want it", async () => {
  const init = { method: "POST", headers: { "x-goog-api-key": key }, body: JSON.stringify({ contents: [{ parts: [{ text: "Hi" }] }] }) };
  const bare = await opened.fetch(new Request("http://127.0.0.1/v1beta/demo/echo:generateContent", init));
  expect(await bare.json()).toMatchObject({ candidates: [{ content: { parts: [{ text: expect.stringMatching(/Hi$/) }] } }] });
});

test("the id of a request stands where the SDK of the caller looks for it", async () => {
  const idOf = async (path: string, name: string) => {
    const answer = await opened.fetch(new Request(`http://127.0.0.1${path}`, { method: "POST", body: "{}" }));
    expect(answer.headers.get(name)).toBe(answer.headers.get("x-sluice-request-id")!);
  };
  await idOf("/v1/chat/completions", "x-request-id");
  await idOf("/v1/messages", "request-id");
  await idOf("/model/demo%2Fchat/converse", "x-amzn-requestid");
});

test("tokens are counted where no upstream counts them, and that is said", async () => {
  const count = async (path: string, body: object) => {
    const headers = { "x-api-key": key, "content-type": "application/json" };
    return opened.fetch(new Request(`http://127.0.0.1${path}`, { method: "POST", headers, body: JSON.stringify(body) }));
  };
  const messages = await count("/v1/messages/count_tokens", { model: "demo/echo", messages: [{ role: "user", content: "one two three" }] });
  expect(messages.status).toBe(200);
  expect(messages.headers.get("x-sluice-warning")).toBe("tokens_estimated=input_tokens");
  expect(((await messages.json()) as { input_tokens: number }).input_tokens).toBeGreaterThan(2);
  const input = await count("/v1/responses/input_tokens", { model: "demo/echo", input: "one two three" });
  expect(await input.json()).toMatchObject({ object: "response.input_tokens" });
  const wrong = await count("/v1/messages/count_tokens", { model: "demo/echo" });
  expect([wrong.status, await wrong.json()]).toMatchObject([400, { type: "error", error: { type: "invalid_request_error" } }]);
});

test("each dialect's clients list the same models, in their own form", async () => {
  const listed = async (path: string, name: string) => {
    const answer = await opened.fetch(new Request(`http://127.0.0.1${path}`, { headers: { "x-goog-api-key": key } }));
    const body = (await answer.json()) as Record<string, Record<string, string>[]>;
    return (body.models ?? body.data ?? []).map((model) => model[name]);
  };
  const names = await listed("/v1/models", "id");
  expect(names.length).toBeGreaterThan(0);
  expect(await listed("/v1beta/models", "name")).toEqual(names.map((name) => `models/${name}`));
  expect(await listed("/api/tags", "model")).toEqual(names);
  expect((await ask("/api/tags", {})).status).toBe(401);
});

test("an embedding is given in the words of whoever asks, and metered", async () => {
  const init = (body: unknown) => ({ method: "POST", headers: { authorization: `Bearer ${key}` }, body: JSON.stringify(body) });
  const asked = { model: "demo/embed", texts: ["one", "two"], input_type: "search_query", embedding_types: ["float"] };
  const cohere = await opened.fetch(new Request("http://127.0.0.1/v2/embed", init(asked)));
  const answer = (await cohere.json()) as { embeddings: { float: number[][] } };
  expect(cohere.headers.get("x-sluice-warning")).toBe("embed_purpose=purpose");
  const openai = await opened.fetch(new Request("http://127.0.0.1/v1/embeddings", init({ model: "demo/embed", input: ["one", "two"] })));
  const { data } = (await openai.json()) as { data: { embedding: number[] }[] };
  expect(answer.embeddings.float).toEqual(data.map(({ embedding }) => embedding));
  expect(answer.embeddings.float[0]!.length).toBeGreaterThan(3);
});

test("a moderation needs no model, and one that the provider cannot judge is refused in OpenAI's words", async () => {
  const init = { method: "POST", headers: { authorization: `Bearer ${key}` }, body: JSON.stringify({ input: "Hi" }) };
  const answer = await opened.fetch(new Request("http://127.0.0.1/v1/moderations", init));
  expect(answer.status).toBe(404);
  expect(await answer.json()).toMatchObject({ error: { message: expect.stringContaining("omni-moderation-latest") } });
});

test("Mistral's clients find their form of Chat Completions by their base URL or by what they say of themselves", async () => {
  const ask = async (path: string, agent: string) => {
    const headers = { authorization: `Bearer ${key}`, "user-agent": agent };
    const body = JSON.stringify({ model: "demo/chat", messages: [{ role: "user", content: "Hi" }], stream: true });
    const answer = await opened.fetch(new Request(`http://127.0.0.1${path}`, { method: "POST", headers, body }));
    return (await answer.text()).split("\n\n").at(-3) ?? "";
  };
  expect(await ask("/v1/chat/completions", "mistral-client-typescript/2.7.0")).toContain('"usage":{');
  expect(await ask("/mistral/v1/chat/completions", "ai/7.0.173")).toContain('"usage":{');
  expect(await ask("/v1/chat/completions", "ai/7.0.173")).not.toContain('"usage":{');
  const listed = await opened.fetch(
    new Request("http://127.0.0.1/v1/models", { headers: { authorization: `Bearer ${key}`, "user-agent": "mistral-client-python/2.1" } }),
  );
  expect(await listed.json()).toMatchObject({ object: "list", data: expect.arrayContaining([expect.objectContaining({ type: "base" })]) });
});

test("the last bytes of a stream say that the end follows, and no others do", async () => {
  const body = Buffer.from(JSON.stringify({ model: "demo/echo", messages: [{ role: "user", content: "One two three" }], stream: true }));
  const headers: Record<string, string> = { authorization: `Bearer ${key}` };
  const http = {
    method: "POST",
    path: "/v1/chat/completions",
    query: "",
    peer: "127.0.0.1",
    certificate: undefined,
    signal: new Leaving(),
    header: (name: string) => headers[name],
    headerNames: () => Object.keys(headers),
    body: () => Promise.resolve(body),
    stream: () => Promise.reject(new Error("it is read whole")),
  } as unknown as GatewayRequest;
  const answer = opened.gateway.answer(http);
  const flow = ((await answer.next()).value as Head).body as Flow<Uint8Array>;
  const told: [string, boolean][] = [];
  for (let step = await flow.next(); !step.done; step = await flow.next())
    told.push([Buffer.from(step.value).toString(), flow.ending === true]);
  await answer.next();
  expect(told.length).toBeGreaterThan(3);
  expect(told.map(([, ending]) => ending)).toEqual(told.map(([text]) => text.endsWith("data: [DONE]\n\n")));
});

test("a model of a provider that is not set up is told with what sets it up", async () => {
  const said = async (model: string) => {
    const body = JSON.stringify({ model, messages: [{ role: "user", content: "Hello" }] });
    const headers = { authorization: `Bearer ${key}` };
    const answer = await opened.fetch(new Request("http://127.0.0.1/v1/chat/completions", { method: "POST", headers, body }));
    expect(answer.status).toBe(404);
    return JSON.stringify(await answer.json());
  };
  expect(await said("openai/gpt-5-mini")).toContain("start the gateway with OPENAI_API_KEY, or add it to the config's `providers`");
  expect(await said("gpt-5-mini")).toContain(
    'The provider \\"openai\\", which has it, is not set up: start the gateway with OPENAI_API_KEY',
  );
  expect(await said("claude-opus-4-5")).toContain("start the gateway with ANTHROPIC_API_KEY");
  for (const unknown of ["nobody-knows", "constructor", "demo/"]) expect(await said(unknown)).not.toContain("not set up");
  expect(await said("nobody/knows")).not.toContain("not set up");
  expect(await said("constructor/x")).not.toContain("not set up");
});

test("who does not answer stands in the log, by its name in the config, and how", async () => {
  const logged: unknown[] = [];
  const gateway = await openGateway({
    config: {
      // Nobody may listen there.
      providers: { away: { type: "openai-compatible", baseUrl: "http://127.0.0.1:1/v1", retries: 0 } },
      keys: [{ name: "test", value: key }],
    },
    log: (level, _message, fields) => logged.push([level, fields]),
  });
  const body = JSON.stringify({ model: "away/what-a-caller-says", messages: [{ role: "user", content: "Hello" }] });
  const answer = await gateway.fetch(
    new Request("http://127.0.0.1/v1/chat/completions", { method: "POST", headers: { authorization: `Bearer ${key}` }, body }),
  );
  await gateway.close();
  expect(answer.status).toBe(502);
  const requestId = answer.headers.get("x-sluice-request-id");
  expect(logged).toEqual([["warn", { requestId, fault: "upstream_unreachable", provider: "away", code: expect.stringContaining("CONN") }]]);
});

test("who asks for a model that is not there hears no names of models that are for others", async () => {
  const gateway = await openGateway({
    config: {
      providers: { demo: {} },
      models: { "ours-fast": "demo/chat", "theirs-secret-project": "demo/chat" },
      keys: [{ name: "ours", value: key, models: ["ours-*"] }],
    },
  });
  const told: string[] = [];
  for (const model of ["ours-slow", "theirs-secret-project", "theirs-nothing"]) {
    const body = JSON.stringify({ model, messages: [{ role: "user", content: "Hello" }] });
    const headers = { authorization: `Bearer ${key}` };
    const answer = await gateway.fetch(new Request("http://127.0.0.1/v1/chat/completions", { method: "POST", headers, body }));
    told.push(`${answer.status} ${(await answer.text()).replaceAll(model, "MODEL")}`);
  }
  await gateway.close();
  expect(told[0]).toStartWith("404 ");
  expect(told[0]).not.toContain("theirs");
  // Nobody learns whether it is there.
  expect(told[1]).toStartWith("403 ");
  expect(told[1]).toBe(told[2] as string);
});
