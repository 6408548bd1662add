import { afterAll, describe, expect, test } from "bun:test";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { openGateway } from "../opening/open-gateway.ts";

// Both sides speak Chat Completions: the bytes pass, but for providers that want their thoughts back from callers that drop them.

type Json = Record<string, unknown>;

const key = "sk-sluice-chat-thoughts-0123456789abcdefghijklmnop";
const details = [
  { type: "reasoning.text", text: "I think.", signature: "s1g", id: null, format: "anthropic-claude-v1", index: 0 },
  { type: "reasoning.encrypted", data: "b3BhcXVl", id: "tool_1", format: "google-gemini-v1", index: 1 },
];
const seen: { raw: string; body: Json }[] = [];

/** Speaks as OpenRouter does: with `reasoning_details`, streamed or whole. */
const upstream = createServer((request, response) => {
  void textOf(request).then((raw) => {
    const body = JSON.parse(raw) as Json;
    seen.push({ raw, body });
    const call = { id: `tool_${seen.length}`, type: "function", function: { name: "look", arguments: "{}" } };
    const head = { id: "gen-1", created: 1, model: "m" };
    const usage = { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 };
    if (body.stream !== true) {
      const message = { role: "assistant", content: null, reasoning: "I think.", reasoning_details: details, tool_calls: [call] };
      response.setHeader("content-type", "application/json");
      response.end(
        JSON.stringify({ ...head, object: "chat.completion", choices: [{ index: 0, message, finish_reason: "tool_calls" }], usage }),
      );
      return;
    }
    const chunk = (delta: Json, finish_reason: string | null = null) => ({
      ...{ ...head, object: "chat.completion.chunk" },
      choices: [{ index: 0, delta, finish_reason }],
    });
    const chunks = [
      ...details.map((detail) => chunk({ role: "assistant", content: "", reasoning_details: [detail] })),
      chunk({ tool_calls: [{ index: 0, ...call }] }),
      chunk({}, "tool_calls"),
      { ...head, object: "chat.completion.chunk", choices: [], usage },
    ];
    response.setHeader("content-type", "text/event-stream");
    response.end(`${chunks.map((one) => `data: ${JSON.stringify(one)}\n\n`).join("")}data: [DONE]\n\n`);
  });
});
await new Promise<void>((resolve) => upstream.listen(0, "127.0.0.1", resolve));
const baseUrl = `http://127.0.0.1:${(upstream.address() as AddressInfo).port}/v1`;
const opened = await openGateway({
  config: { providers: { openrouter: { baseUrl, apiKey: "k" }, groq: { baseUrl, apiKey: "k" } }, keys: [{ name: "test", value: key }] },
});
afterAll(async () => {
  await opened.close();
  upstream.close();
});

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of request) chunks.push(chunk as Uint8Array);
  return Buffer.concat(chunks).toString();
}

async function ask(model: string, messages: Json[], stream: boolean): Promise<string> {
  const body = JSON.stringify({
    model,
    messages,
    stream,
    tools: [{ type: "function", function: { name: "look" } }],
    provider: { sort: "price" },
  });
  const headers = { authorization: `Bearer ${key}`, "content-type": "application/json" };
  const answer = await opened.fetch(new Request("http://127.0.0.1/v1/chat/completions", { method: "POST", headers, body }));
  expect(answer.status).toBe(200);
  return answer.text();
}

function echoed(): Json[] {
  const id = `tool_${seen.length}`;
  const call = { id, type: "function", function: { name: "look", arguments: "{}" } };
  return [
    { role: "user", content: "Look." },
    { role: "assistant", content: null, tool_calls: [call] },
    { role: "tool", tool_call_id: id, content: "seen" },
  ];
}

describe("thoughts between two sides of Chat Completions", () => {
  test.each([false, true])("come back as the provider gave them, where it wants them (streamed: %p)", async (stream) => {
    const told = await ask("openrouter/m", [{ role: "user", content: "Look." }], stream);
    expect(told.includes("[DONE]")).toBe(stream);
    await ask("openrouter/m", echoed(), stream);
    const { body } = seen.at(-1) as { body: Json };
    const { index: _first, ...rest } = details[0] as Json;
    expect((body.messages as Json[])[1]).toMatchObject({
      reasoning_details: [rest, { data: "b3BhcXVl", id: "tool_1", format: "google-gemini-v1" }],
    });
    expect(body).toMatchObject({ model: "m", provider: { sort: "price" } });
  });

  test("are left to the caller that holds them, and to providers that do not ask: the bytes pass", async () => {
    await ask("openrouter/m", [{ role: "user", content: "Look." }], false);
    const whole = echoed().map((message) => (message.role === "assistant" ? { ...message, reasoning_details: details } : message));
    await ask("openrouter/m", whole, false);
    expect(seen.at(-1)?.raw).toContain(JSON.stringify(whole));
    await ask("groq/m", [{ role: "user", content: "Look." }], false);
    const plain = echoed();
    await ask("groq/m", plain, false);
    expect(seen.at(-1)?.raw).toContain(JSON.stringify(plain));
  });
});
