import { afterAll, describe, expect, test } from "bun:test";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { readMessages } from "../../../test/transcripts/readers/aws-messages.ts";
import { openGateway } from "../opening/open-gateway.ts";

// Surfaces that are read as a dialect's: over a chat, and native where the provider has them.

const key = "sk-sluice-prompt-surfaces-0123456789abcdefghijklmn";
const decoder = new TextDecoder();

interface Seen {
  readonly path: string;
  readonly body: Record<string, unknown>;
}

/** Answers as the two native surfaces do, each in its own way of streaming. */
const seen: Seen[] = [];
const upstream = createServer((request, response) => {
  void bytesOf(request).then((bytes) => {
    const body = JSON.parse(decoder.decode(bytes)) as Record<string, unknown>;
    seen.push({ path: request.url ?? "", body });
    const [type, text] = nativeAnswer(
      request.url ?? "",
      body.stream === true || (request.url === "/api/generate" && body.stream !== false),
    );
    response.writeHead(200, { "content-type": type }).end(text);
  });
});
await new Promise<void>((resolve) => upstream.listen(0, "127.0.0.1", resolve));
const baseUrl = `http://127.0.0.1:${(upstream.address() as AddressInfo).port}/v1`;
const opened = await openGateway({
  config: {
    providers: { demo: {}, vllm: { baseUrl, apiKey: "k" }, ollama: { baseUrl }, openai: { baseUrl, apiKey: "k" } },
    keys: [{ name: "test", value: key }],
  },
});
afterAll(async () => {
  await opened.close();
  upstream.close();
});

async function bytesOf(request: IncomingMessage): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of request) chunks.push(chunk as Uint8Array);
  return Buffer.concat(chunks);
}

function nativeAnswer(path: string, stream: boolean): [type: string, text: string] {
  if (path === "/api/generate") {
    const line = (members: object) => `${JSON.stringify({ model: "m", created_at: "2026-01-01T00:00:00Z", ...members })}\n`;
    const end = { response: "", done: true, done_reason: "stop", context: [1, 2], prompt_eval_count: 3, eval_count: 2 };
    return ["application/x-ndjson", stream ? line({ response: "Hi", done: false }) + line(end) : line({ ...end, response: "Hi" })];
  }
  const chunk = (members: object) => ({ id: "cmpl-7", object: "text_completion", created: 7, model: "m", ...members });
  const said = { text: "Hi", index: 0, logprobs: null, finish_reason: "stop", stop_reason: null };
  const usage = { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 };
  if (!stream) return ["application/json", JSON.stringify(chunk({ choices: [said], usage, kv_transfer_params: null }))];
  const frames = [chunk({ choices: [said], usage: null }), chunk({ choices: [], usage })].map((one) => `data: ${JSON.stringify(one)}\n\n`);
  return ["text/event-stream", `${frames.join("")}data: [DONE]\n\n`];
}

async function post(path: string, body: object): Promise<Response> {
  const headers = { authorization: `Bearer ${key}`, "content-type": "application/json" };
  return opened.fetch(new Request(`http://127.0.0.1${path}`, { method: "POST", headers, body: JSON.stringify(body) }));
}

describe("/v1/completions", () => {
  test("is answered by a chat, whole and streamed alike", async () => {
    const whole = await post("/v1/completions", { model: "demo/chat", prompt: "Say it." });
    expect(whole.status).toBe(200);
    const answer = (await whole.json()) as { object: string; choices: { text: string; finish_reason: string }[] };
    expect(answer).toMatchObject({ object: "text_completion", choices: [{ finish_reason: "stop" }] });
    expect(answer.choices[0]?.text).toContain("Say it.");
    const streamed = await (await post("/v1/completions", { model: "demo/chat", prompt: "Say it.", stream: true })).text();
    const frames = streamed.split("\n\n").filter((frame) => frame.startsWith("data: {"));
    const texts = frames.map((frame) => (JSON.parse(frame.slice(6)) as typeof answer).choices.map(({ text }) => text).join(""));
    expect(texts.join("")).toBe(answer.choices[0]!.text);
    expect(frames.length).toBeGreaterThan(2);
    expect(streamed).toEndWith("data: [DONE]\n\n");
  });

  test("passes untouched where the provider has it, tokens and all, and is counted", async () => {
    const body = { model: "vllm/base", prompt: [[1, 2], [3]], echo: true, min_p: 0.1 };
    const whole = await post("/v1/completions", body);
    expect(await whole.text()).toBe(nativeAnswer("", false)[1]);
    expect(seen.at(-1)).toEqual({ path: "/v1/completions", body: { ...body, model: "base" } });
    const streamed = await post("/v1/completions", { ...body, stream: true });
    // The usage was asked for by the gateway, not by the caller.
    const [said, _usage, end] = nativeAnswer("", true)[1].split(/(?<=\n\n)/);
    expect(await streamed.text()).toBe(`${said}${end}`);
    expect(seen.at(-1)?.body).toMatchObject({ stream_options: { include_usage: true } });
  });

  test("goes to a chat where only some models of the provider take it", async () => {
    await post("/v1/completions", { model: "openai/gpt-3.5-turbo-instruct", prompt: "a" });
    expect(seen.at(-1)?.path).toBe("/v1/completions");
    await post("/v1/completions", { model: "openai/gpt-5.2", prompt: "a" });
    expect(seen.at(-1)).toMatchObject({ path: "/v1/chat/completions", body: { messages: [{ role: "user", content: "a" }] } });
  });

  test("refuses by name what a chat cannot do", async () => {
    const refused = await post("/v1/completions", { model: "demo/chat", prompt: [1, 2, 3] });
    expect([refused.status, await refused.json()]).toMatchObject([400, { error: { param: "prompt", code: "request_unsupported" } }]);
  });
});

describe("/api/generate", () => {
  test("is answered by a chat, in lines unless the caller says otherwise", async () => {
    const whole = (await (await post("/api/generate", { model: "demo/chat", prompt: "Say it.", stream: false })).json()) as Line;
    expect(whole).toMatchObject({ done: true, done_reason: "stop" });
    expect(whole.response).toContain("Say it.");
    const streamed = await post("/api/generate", { model: "demo/chat", prompt: "Say it." });
    expect(streamed.headers.get("content-type")).toBe("application/x-ndjson");
    const lines = (await streamed.text())
      .trimEnd()
      .split("\n")
      .map((line): Line => JSON.parse(line));
    expect(lines.map(({ response }) => response).join("")).toBe(whole.response);
    expect(lines.map(({ done }) => done)).toEqual([...lines.slice(1).map(() => false), true]);
    expect(lines.at(-1)).toMatchObject({ eval_count: expect.any(Number), total_duration: 0 });
  });

  test("passes untouched where the provider has it", async () => {
    const body = { model: "ollama/m", prompt: "def f():", suffix: "return x", raw: true, context: [1] };
    expect(await (await post("/api/generate", body)).text()).toBe(nativeAnswer("/api/generate", true)[1]);
    expect(seen.at(-1)).toEqual({ path: "/api/generate", body: { ...body, model: "m" } });
    expect(await (await post("/api/generate", { ...body, stream: false })).text()).toBe(nativeAnswer("/api/generate", false)[1]);
  });

  test("refuses by name what a chat cannot do, in Ollama's words", async () => {
    const refused = await post("/api/generate", { model: "demo/chat", prompt: "a", raw: true });
    expect([refused.status, await refused.json()]).toMatchObject([400, { error: expect.stringContaining("template") }]);
  });
});

describe("/model/{model}/invoke", () => {
  const claude = { anthropic_version: "bedrock-2023-05-31", max_tokens: 99, messages: [{ role: "user", content: "Say it." }] };
  const nova = { schemaVersion: "messages-v1", messages: [{ role: "user", content: [{ text: "Say it." }] }] };
  const gptOss = { messages: [{ role: "user", content: "Say it." }], max_completion_tokens: 99 };
  const forms = [
    ["Claude's", claude, (whole: Json) => whole.content[0].text, (event: Json) => event.delta?.text, "message_stop"],
    [
      "Nova's",
      nova,
      (whole: Json) => whole.output.message.content[0].text,
      (event: Json) => event.contentBlockDelta?.delta.text,
      "metadata",
    ],
    ["gpt-oss's", gptOss, (whole: Json) => whole.choices[0].message.content, (event: Json) => event.choices?.[0]?.delta.content, "usage"],
  ] as const;

  test.each(forms)("answers %s form in the same form, whole and streamed alike", async (_whose, body, said, piece, closing) => {
    const whole = await post("/model/demo%2Fchat/invoke", body);
    expect([whole.status, whole.headers.get("x-amzn-requestid")]).toEqual([200, whole.headers.get("x-sluice-request-id")]);
    const text = said((await whole.json()) as Json);
    expect(text).toContain("Say it.");
    const streamed = await post("/model/demo%2Fchat/invoke-with-response-stream", body);
    expect(streamed.headers.get("content-type")).toBe("application/vnd.amazon.eventstream");
    const frames = readMessages(new Uint8Array(await streamed.arrayBuffer()));
    expect(new Set(frames.map(({ event }) => event))).toEqual(new Set(["chunk"]));
    const events = frames.map(({ json }): Json => JSON.parse(Buffer.from((json as Json).bytes, "base64").toString("utf8")));
    expect(events.map((event) => piece(event) ?? "").join("")).toBe(text);
    expect(JSON.stringify(events.at(-1))).toContain(closing);
    expect(events.at(-1)?.["amazon-bedrock-invocationMetrics"].inputTokenCount).toBeGreaterThan(0);
  });

  test("refuses the form of another family, and a strange key, as AWS does", async () => {
    const titan = await post("/model/demo%2Fchat/invoke", { inputText: "Hi", textGenerationConfig: {} });
    expect([titan.status, titan.headers.get("x-amzn-errortype")]).toEqual([400, "ValidationException"]);
    expect(await titan.json()).toMatchObject({ message: expect.stringContaining("inputText") });
    const request = new Request("http://127.0.0.1/model/demo%2Fchat/invoke", { method: "POST", body: JSON.stringify(claude) });
    expect((await opened.fetch(request)).headers.get("x-amzn-errortype")).toBe("UnrecognizedClientException");
  });
});

// biome-ignore lint/suspicious/noExplicitAny: answers of several forms, looked into by name
type Json = any;

interface Line {
  readonly response: string;
  readonly done: boolean;
}
