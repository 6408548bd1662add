import { afterAll, describe, expect, test } from "bun:test";
import { openGateway } from "../../src/gateway/index.ts";

/** Bodies that are small on the wire and large, or endless, for whoever parses them. */
const bombs = {
  "100,000 nested lists": `${"[".repeat(100_000)}${"]".repeat(100_000)}`,
  "100,000 nested objects": `${'{"a":'.repeat(100_000)}1${"}".repeat(100_000)}`,
  "a million opening brackets": "[".repeat(1_000_000),
  "10 MB of names": `{${Array.from({ length: 800_000 }, (_, index) => `"k${index}":1`).join(",")}}`,
};
/** What is only long is read, or refused for its size. */
const long = {
  "a number of a million digits": "9".repeat(1_000_000),
  "a list of a million numbers": `[${"1,".repeat(999_999)}1]`,
  "a text of 20 MB": `"${"x".repeat(20_000_000)}"`,
};
const key = "sk-sluice-bombs-test-0123456789abcdefghijklmnop";
/** A share of one processor that each may take, two seconds of it for the first one. */
const mostSeconds = 3;

const message = {
  id: "1",
  type: "message",
  role: "assistant",
  model: "m",
  content: [{ type: "text", text: "Hi" }],
  stop_reason: "end_turn",
};
let payload = "";
const upstream = Bun.serve({
  port: 0,
  hostname: "127.0.0.1",
  async fetch(request) {
    if (request.url.endsWith("/messages")) return Response.json(message);
    const { stream } = (await request.json()) as { stream?: boolean };
    const choice = { index: 0, finish_reason: "stop" };
    const said = { role: "assistant", content: "Hi", tool_calls: [] };
    const head = `{"id":"1","object":"chat.completion","created":1,"model":"m","bomb":${payload},"choices":`;
    if (!stream)
      return new Response(`${head}[${JSON.stringify({ ...choice, message: said })}]}`, { headers: { "content-type": "application/json" } });
    const frame = `${head}[${JSON.stringify({ ...choice, delta: said })}]}`;
    return new Response(`data: ${frame}\n\ndata: [DONE]\n\n`, { headers: { "content-type": "text/event-stream" } });
  },
});
const provider = { type: "openai-compatible", baseUrl: `http://127.0.0.1:${upstream.port}/v1`, apiKey: "upstream-key-of-bombs" };
const other = { type: "anthropic", baseUrl: `http://127.0.0.1:${upstream.port}`, apiKey: "upstream-key-of-bombs" };
const gateway = await openGateway({
  config: { providers: { chat: { ...provider, retries: 0 }, messages: { ...other, retries: 0 } }, keys: [{ name: "test", value: key }] },
});
afterAll(async () => {
  await gateway.close();
  await upstream.stop(true);
});

async function asked(path: string, body: string): Promise<{ status: number; text: string; seconds: number }> {
  const before = process.cpuUsage();
  const headers = { authorization: `Bearer ${key}`, "content-type": "application/json", "anthropic-version": "2023-06-01" };
  const answer = await gateway.fetch(new Request(`http://127.0.0.1${path}`, { method: "POST", headers, body }));
  const text = await answer.text().catch((error: unknown) => String(error));
  const { user, system } = process.cpuUsage(before);
  return { status: answer.status, text, seconds: (user + system) / 1e6 };
}

const paths = { "/v1/chat/completions": {}, "/v1/messages": { max_tokens: 5 } };
const request = (more: object) => ({ model: "chat/m", messages: [{ role: "user", content: "Hi" }], ...more });

describe.each(Object.entries(paths))("a caller of %s", (path, more) => {
  test.each(Object.entries(bombs))("that sends %s is told so before anything is parsed", async (_name, bomb) => {
    for (const member of ["messages", "metadata", "tools"]) {
      const body = JSON.stringify(request({ ...more, [member]: "bomb" })).replace('"bomb"', () => bomb);
      const answer = await asked(path, body);
      expect([member, answer.status]).toEqual([member, 400]);
      expect(answer.seconds).toBeLessThan(mostSeconds);
    }
  });

  test("that sends 40 MB is told that it is too much", async () => {
    const answer = await asked(path, JSON.stringify(request({ ...more, metadata: { long: "x".repeat(40_000_000) } })));
    expect(answer.status).toBe(413);
    expect(answer.seconds).toBeLessThan(mostSeconds);
  });

  test.each(Object.entries(long))("may send %s", async (_name, value) => {
    payload = "1";
    const body = JSON.stringify(request({ ...more, long: "bomb" })).replace('"bomb"', () => value);
    const answer = await asked(path, body);
    expect([200, 400]).toContain(answer.status);
    expect(answer.seconds).toBeLessThan(mostSeconds);
  });

  describe.each([false, true])("before an upstream, streamed: %p", (stream) => {
    test.each(Object.entries(bombs))("gets 502 for an answer with %s", async (_name, bomb) => {
      payload = bomb;
      const answer = await asked(path, JSON.stringify(request({ ...more, stream })));
      expect(answer.status).toBe(502);
      expect(answer.text).not.toContain("[[[[");
      expect(answer.seconds).toBeLessThan(mostSeconds);
    });

    test.each(Object.entries(long))("gets an answer with %s, or 502 where a frame is too long", async (_name, value) => {
      payload = value;
      const answer = await asked(path, JSON.stringify(request({ ...more, stream })));
      expect(answer.status).toBe(stream && value.length > 4 * 1024 * 1024 ? 502 : 200);
      expect(answer.seconds).toBeLessThan(mostSeconds);
    });
  });
});

test.each(Object.entries(bombs))("arguments and results that are %s go on as text where they cannot be an object", async (_name, bomb) => {
  const call = { id: "call_1", type: "function", function: { name: "f", arguments: bomb } };
  const turns = [
    { role: "user", content: "Hi" },
    { role: "assistant", tool_calls: [call] },
    { role: "tool", tool_call_id: "call_1", content: bomb },
  ];
  const answer = await asked("/v1/chat/completions", JSON.stringify({ model: "messages/m", messages: turns }));
  expect(answer.status).toBe(200);
  expect(answer.seconds).toBeLessThan(mostSeconds);
});
