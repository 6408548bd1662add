import { expect, test } from "bun:test";
import { openGateway } from "../../gateway/index.ts";

const key = "sk-sluice-metrics-test-0123456789abcdefghijklmnop";

test("metrics tell what was settled, to this machine and the networks that the config names", async () => {
  const opened = await openGateway({
    config: { providers: { demo: {} }, keys: [{ name: "test", value: key }], prices: { "demo/*": { input: 1, output: 2 } } },
  });
  const post = (body: unknown) =>
    opened.fetch(
      new Request("http://127.0.0.1/v1/chat/completions", {
        method: "POST",
        headers: { authorization: `Bearer ${key}` },
        body: JSON.stringify(body),
      }),
    );
  const told = (await (await post({ model: "demo/echo", messages: [{ role: "user", content: "Hi" }] })).json()) as {
    usage: { prompt_tokens: number; completion_tokens: number };
  };
  await (await post({ model: 'no\nsuch "model"', messages: [] })).text();
  const peered = (peer: string) => ({
    method: "GET",
    path: "/metrics",
    query: "",
    peer,
    header: () => undefined,
    headerNames: () => [],
    body: async () => new Uint8Array(),
    async *stream() {
      yield new Uint8Array();
      return undefined;
    },
    signal: { aborted: false, reason: undefined, addEventListener: () => undefined, removeEventListener: () => undefined },
    cancel: () => undefined,
  });
  const read = async (peer: string) => {
    const { value } = await opened.gateway.answer(peered(peer)).next();
    const head = value as { status: number; body: Uint8Array };
    return { status: head.status, text: new TextDecoder().decode(head.body) };
  };
  expect((await read("192.0.2.7")).status).toBe(403);
  const { status, text } = await read("127.0.0.1");
  expect(status).toBe(200);
  const labels = 'endpoint="chat.completions",provider="demo",model="demo/echo",outcome="success"';
  expect(text).toContain(`sluice_requests_total{${labels}} 1\n`);
  expect(text).toContain(`sluice_tokens_total{${labels},type="input"} ${told.usage.prompt_tokens}\n`);
  expect(text).toContain(`sluice_cost_usd_total{${labels}} ${(told.usage.prompt_tokens + 2 * told.usage.completion_tokens) / 1e6}\n`);
  expect(text).toContain(`sluice_request_duration_seconds_count{${labels}} 1\n`);
  expect(text).toMatch(/^sluice_in_flight_requests 0$/m);
  expect(text).toContain('outcome="refused"} 1');
  expect(text).not.toContain("such");
  // Every line is one that Prometheus reads.
  const line = /^(# (HELP|TYPE) [a-z_]+ .+|[a-z_]+(\{[a-z]+="[^"\n]*"(,[a-z]+="[^"\n]*")*\})? [0-9.e+-]+)$/;
  for (const each of text.trimEnd().split("\n")) expect(each).toMatch(line);
  await opened.close();
});
