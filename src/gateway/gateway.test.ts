import { afterAll, expect, test } from "bun:test";
import { openGateway } from "./open-gateway.ts";

const opened = await openGateway({ config: { providers: { demo: {} } } });
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
