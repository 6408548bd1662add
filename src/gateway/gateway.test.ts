import { afterAll, expect, test } from "bun:test";
import { openGateway } from "./open-gateway.ts";

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
  expect(openai.body).toMatchObject({ error: { type: "invalid_request_error", code: "invalid_api_key" } });
});

test("a path that does not exist is told in the dialect of the SDK that asked", async () => {
  const headers = { "anthropic-version": "2026-10-21" };
  for (const path of ["/v1/v1/messages", "/messages", "/v1/messages/unknown"]) {
    expect(await ask(path, headers)).toMatchObject({ status: 404, body: { type: "error", error: { type: "not_found_error" } } });
  }
  expect((await ask("/v1/v1/chat/completions", {})).body).toMatchObject({ error: { code: "route_unknown" } });
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
