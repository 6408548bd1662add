import { afterAll, describe, expect, test } from "bun:test";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { openGateway } from "../opening/open-gateway.ts";

// What a caller is told who asks for what cannot be had.

const key = "sk-sluice-read-exchange-0123456789abcdefghijklmnop";
const upstream = createServer((_, response) => {
  response.writeHead(404, { "content-type": "text/html" }).end("<html>nothing here</html>");
});
await new Promise<void>((resolve) => upstream.listen(0, "127.0.0.1", resolve));
const opened = await openGateway({
  config: {
    providers: {
      demo: {},
      anthropic: { baseUrl: `http://127.0.0.1:${(upstream.address() as AddressInfo).port}`, apiKey: "k" },
    },
    keys: [{ name: "test", value: key }],
  },
});
afterAll(async () => {
  await opened.close();
  upstream.close();
});

const chat = { model: "demo/chat", messages: [{ role: "user", content: "Hello" }] };

async function post(path: string, body: BodyInit, more: Record<string, string> = {}): Promise<{ status: number; message: string }> {
  const headers = { authorization: `Bearer ${key}`, "content-type": "application/json", ...more };
  const answer = await opened.fetch(new Request(`http://127.0.0.1${path}`, { method: "POST", headers, body }));
  const json = (await answer.json()) as { error?: { message?: string } };
  return { status: answer.status, message: json.error?.message ?? "" };
}

describe("x-sluice-strict", () => {
  const lossy = JSON.stringify({ ...chat, model: "anthropic/claude-opus-4-5", logit_bias: { "5": 1 } });

  test("holds however it is spelt, and names what to do", async () => {
    for (const value of ["true", "TRUE", " true ", "1"]) {
      const { status, message } = await post("/v1/chat/completions", lossy, { "x-sluice-strict": value });
      expect(status).toBe(400);
      expect(message).toContain("would be lost: logit_bias_unsupported (logit_bias)");
    }
  });

  test("is never taken for lenient where it cannot be read", async () => {
    const { status, message } = await post("/v1/chat/completions", JSON.stringify(chat), { "x-sluice-strict": "yes" });
    expect([status, message]).toEqual([400, "x-sluice-strict must be true or false."]);
    expect((await post("/v1/chat/completions", JSON.stringify(chat), { "x-sluice-strict": "false" })).status).toBe(200);
  });
});

test("a compressed body is refused as that, not as bad JSON", async () => {
  const packed = Bun.gzipSync(new TextEncoder().encode(JSON.stringify(chat)));
  const { status, message } = await post("/v1/chat/completions", packed, { "content-encoding": "gzip" });
  expect(status).toBe(400);
  expect(message).toContain("compressed (Content-Encoding)");
  expect((await post("/v1/chat/completions", JSON.stringify(chat), { "content-encoding": "identity" })).status).toBe(200);
});

test("a provider without the surface is told with the way out", async () => {
  const { status, message } = await post("/v1/moderations", JSON.stringify({ model: "anthropic/claude-opus-4-5", input: "x" }));
  expect(status).toBe(400);
  expect(message).toContain("name a model of a provider that has one");
});

test("a refusal without words does not promise any", async () => {
  const { status, message } = await post("/v1/chat/completions", JSON.stringify({ ...chat, model: "anthropic/claude-opus-4-5" }));
  expect(status).toBe(404);
  expect(message).toBe("The provider refused the request with status 404 and gave no words that the gateway can read.");
});

describe("a deployment in the path, as Azure's clients have it", () => {
  const { model: _, ...unnamed } = chat;
  const at = (deployment: string, body: object, behind = "chat/completions") =>
    post(`/openai/deployments/${deployment}/${behind}?api-version=2025-04-01-preview`, JSON.stringify(body));

  test("is the model, whatever the body calls it", async () => {
    for (const body of [unnamed, chat, { ...chat, model: "gpt-4o" }, { ...chat, model: null }, { ...chat, model: 7 }])
      for (const deployment of ["demo/chat", "demo%2Fchat"]) expect([body, (await at(deployment, body)).status]).toEqual([body, 200]);
    expect((await at("demo/embed", { input: "x" }, "embeddings")).status).toBe(200);
    expect(await at("gpt-4o", chat)).toMatchObject({ status: 404, message: expect.stringContaining("gpt-4o") });
  });

  test("is not read where two bodies' models could be meant, or none", async () => {
    expect(
      (await post("/openai/deployments/demo%2Fchat/chat/completions", `{"model":"a","model":"b",${JSON.stringify(unnamed).slice(1)}`))
        .status,
    ).toBe(400);
    for (const none of ["/openai/deployments//chat/completions", "/openai/deployments/chat/completions"])
      expect((await post(none, JSON.stringify(chat))).status).toBeGreaterThanOrEqual(400);
  });

  test("is not in the paths of Responses and of v1: their bodies name the model", async () => {
    const said = { model: "demo/chat", input: "Hello" };
    for (const path of ["/openai/responses", "/openai/v1/responses"]) expect((await post(path, JSON.stringify(said))).status).toBe(200);
    expect((await post("/openai/v1/chat/completions", JSON.stringify(chat))).status).toBe(200);
    expect((await post("/openai/v1/chat/completions", JSON.stringify(unnamed))).status).toBe(400);
  });
});
