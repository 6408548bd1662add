import { expect, test } from "bun:test";
import { JsonBody } from "../../exchange/index.ts";
import { demo } from "./demo.ts";

async function ask(surface: "openai-chat" | "openai-embeddings", request: unknown) {
  const answer = demo.answer?.(surface, JsonBody.scan(new TextEncoder().encode(JSON.stringify(request))), new AbortController().signal);
  const chunks = await Array.fromAsync(answer?.body ?? []);
  return { status: answer?.status, body: JSON.parse(Buffer.concat(chunks).toString()) };
}

test.each([
  { messages: [null] },
  { messages: ["hello"] },
  { messages: [{ role: "user", content: 7 }] },
  { messages: [{ role: "user", content: [null] }] },
  { messages: [{ role: "user", content: "x" }], tools: [null] },
  { messages: [{ role: "user", content: "x" }], tools: [{ function: null }] },
  { messages: [{ role: "user", content: "x" }], tools: [{ function: { name: { a: 1 } } }] },
])("refuses what no provider would take: %j", async (request) => {
  const { status, body } = await ask("openai-chat", { model: "chat", ...request });
  expect([status, body.error.type]).toEqual([400, "invalid_request_error"]);
});

test.each([
  { messages: [{ role: "user", content: null }], tool_choice: null, response_format: null, stream_options: null },
  { messages: [{ role: "user", content: [{ type: {}, text: null }] }] },
  { messages: [{}], tools: [{ type: "web_search" }] },
  { messages: [{ role: "user" }], response_format: { type: "json_schema", json_schema: null } },
])("answers what is odd and yet well formed: %j", async (request) => {
  const { status, body } = await ask("openai-chat", { model: "chat", ...request });
  expect([status, body.object]).toEqual([200, "chat.completion"]);
});

test.each([{ input: [{ a: {} }, null, [[]]] }, { input: [] }, { input: {} }])("embeds whatever it is given: %j", async (request) => {
  expect((await ask("openai-embeddings", { model: "chat", ...request })).status).toBe(200);
});
