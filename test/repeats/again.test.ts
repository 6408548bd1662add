import { describe, expect, test } from "bun:test";
import { ask, codeOf, hello, isReplay, recordsOf, until, useBench } from "./bench.ts";

const bench = useBench();

describe("a key that comes again", () => {
  test("gets the first's answer, byte for byte, and the provider is asked once", async () => {
    const gateway = await bench.open();
    const first = await ask(gateway, { key: "k" });
    const again = await ask(gateway, { key: "k" });
    expect([first.status, again.status, bench.seen.length]).toEqual([200, 200, 1]);
    expect(again.bytes.equals(first.bytes)).toBe(true);
    expect([isReplay(first), isReplay(again)]).toEqual([false, true]);
    for (const name of ["content-type", "x-sluice-model", "x-sluice-provider", "x-sluice-route-reason"])
      expect([name, again.headers.get(name)]).toEqual([name, first.headers.get(name)]);
    expect(again.headers.get("x-sluice-first-request-id")).toBe(first.headers.get("x-sluice-request-id"));
    expect(again.headers.get("x-sluice-request-id")).not.toBe(first.headers.get("x-sluice-request-id"));
    expect(again.headers.get("x-sluice-cost-usd")).toBe("0.000000000");
    const [repeat, original] = await recordsOf(gateway);
    expect(repeat).toMatchObject({ outcome: "success", status: 200, costNanos: 0, detail: { repeat: { of: original?.id } } });
    expect([repeat?.usage, repeat?.provider]).toEqual([undefined, undefined]);
    expect(original).toMatchObject({ outcome: "success", costNanos: 15_000, detail: { repeat: { first: true } } });
  });

  test("gets a streamed answer again as it was", async () => {
    const gateway = await bench.open();
    const body = { ...hello, stream: true };
    const first = await ask(gateway, { key: "k", body });
    const again = await ask(gateway, { key: "k", body });
    expect(first.bytes.toString()).toContain('"content":"three"');
    expect(first.bytes.toString()).toEndWith("data: [DONE]\n\n");
    expect(again.bytes.equals(first.bytes)).toBe(true);
    expect([again.headers.get("content-type"), isReplay(again), bench.seen.length]).toEqual([first.headers.get("content-type"), true, 1]);
  });

  test("gets a translated stream again as it was", async () => {
    const gateway = await bench.open();
    const body = { model: "mock/m", max_tokens: 5, stream: true, messages: hello.messages };
    const first = await ask(gateway, { key: "k", body, path: "/v1/messages" });
    const again = await ask(gateway, { key: "k", body, path: "/v1/messages" });
    expect(first.bytes.toString()).toContain("message_stop");
    expect(again.bytes.equals(first.bytes)).toBe(true);
    expect([isReplay(again), bench.seen.length]).toEqual([true, 1]);
  });

  const gemini = { contents: [{ role: "user", parts: [{ text: "hello" }] }] };
  const converse = { messages: [{ role: "user", content: [{ text: "hello" }] }] };
  const chat = { model: "mock/m", messages: hello.messages };
  test.each<[path: string, body: object]>([
    ["/v1/completions", { model: "mock/m", prompt: "hello" }],
    ["/v1/responses", { model: "mock/m", input: "hello" }],
    ["/v1/responses", { model: "mock/m", input: "hello", stream: true }],
    ["/v1/messages", { ...chat, max_tokens: 5 }],
    ["/v1beta/models/mock%2Fm:generateContent", gemini],
    ["/v1beta/models/mock%2Fm:streamGenerateContent", gemini],
    ["/v1beta/models/mock%2Fm:streamGenerateContent?alt=sse", gemini],
    ["/model/mock%2Fm/converse", converse],
    ["/model/mock%2Fm/converse-stream", converse],
    ["/v2/chat", chat],
    ["/v2/chat", { ...chat, stream: true }],
    ["/api/chat", chat],
    ["/api/generate", { model: "mock/m", prompt: "hello", stream: false }],
  ])("gets its answer again at %s %j", async (path, body) => {
    const gateway = await bench.open();
    const first = await ask(gateway, { key: "k", path, body });
    const again = await ask(gateway, { key: "k", path, body });
    expect([first.status, again.status, bench.seen.length, isReplay(again)]).toEqual([200, 200, 1, true]);
    expect(first.bytes.length).toBeGreaterThan(50);
    expect(again.bytes.equals(first.bytes)).toBe(true);
    expect(again.headers.get("content-type")).toBe(first.headers.get("content-type"));
  });

  test("is another request where the stream's form is another", async () => {
    const gateway = await bench.open();
    const at = (query: string) => ask(gateway, { key: "k", path: `/v1beta/models/mock%2Fm:streamGenerateContent${query}`, body: gemini });
    expect([(await at("")).status, (await at("?alt=sse")).status, bench.seen.length]).toEqual([200, 422, 1]);
  });

  test("gets embeddings again, and a form's answer although its marks are others", async () => {
    const gateway = await bench.open();
    const vector = { key: "e", path: "/v1/embeddings", body: { model: "mock/m", input: "x" } };
    const form = (content: string) => {
      const made = new FormData();
      made.set("model", "mock/m");
      made.set("file", new File([content], "a.mp3", { type: "audio/mpeg" }));
      return { key: "f", path: "/v1/audio/transcriptions", body: made };
    };
    const answers = [
      await ask(gateway, vector),
      await ask(gateway, vector),
      await ask(gateway, form("abc")),
      await ask(gateway, form("abc")),
    ];
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    expect(answers.map(isReplay)).toEqual([false, true, false, true]);
    expect(bench.seen.length).toBe(2);
    expect([(await ask(gateway, form("abd"))).status, bench.seen.length]).toEqual([422, 2]);
  });

  test("is asked once by fifty at a time, and all get the same", async () => {
    const gateway = await bench.open();
    for (const body of [hello, { ...hello, stream: true }]) {
      bench.seen = [];
      const answers = await Promise.all(Array.from({ length: 50 }, () => ask(gateway, { key: `k${"stream" in body}`, body })));
      expect(bench.seen.length).toBe(1);
      expect(new Set(answers.map(({ bytes }) => bytes.toString())).size).toBe(1);
      expect(answers.filter(isReplay).length).toBe(49);
    }
  });

  test("with another body, model or endpoint is refused with 422, and asks nobody", async () => {
    const gateway = await bench.open();
    await ask(gateway, { key: "k" });
    const others = [
      { ...hello, max_tokens: 6 },
      { ...hello, model: "mock/n" },
    ].map((body) => ask(gateway, { key: "k", body }));
    others.push(ask(gateway, { key: "k", path: "/v1/embeddings", body: { model: "mock/m", input: "x" } }));
    for (const other of await Promise.all(others)) expect([other.status, codeOf(other)]).toEqual([422, "repetition_differs"]);
    expect(bench.seen.length).toBe(1);
    // Also while the first is under way.
    bench.gate = Promise.withResolvers();
    const first = ask(gateway, { key: "l" });
    await until(() => bench.seen.length === 2);
    expect((await ask(gateway, { key: "l", body: { ...hello, max_tokens: 6 } })).status).toBe(422);
    bench.gate.resolve();
    expect((await first).status).toBe(200);
  });

  test("of another caller is another key", async () => {
    const gateway = await bench.open();
    const answers = [
      await ask(gateway, { key: "k" }),
      await ask(gateway, { key: "k", as: "b" }),
      await ask(gateway, { key: "k", as: "b" }),
    ];
    expect(bench.seen.length).toBe(2);
    expect(answers.map(isReplay)).toEqual([false, false, true]);
    expect(answers[1]?.bytes.equals(answers[0]?.bytes ?? Buffer.alloc(0))).toBe(false);
    expect(answers[2]?.bytes.equals(answers[1]?.bytes ?? Buffer.alloc(0))).toBe(true);
  });

  test("is refused where it is no key, and never goes on to a provider", async () => {
    const gateway = await bench.open();
    for (const key of ["", "x".repeat(256), "ü", "a\tb"]) expect([key, (await ask(gateway, { key })).status]).toEqual([key, 400]);
    expect(bench.seen.length).toBe(0);
    expect((await ask(gateway, { key: "x".repeat(255) })).status).toBe(200);
    await ask(gateway, {});
    await ask(gateway, {});
    expect(bench.seen.length).toBe(3);
    expect(bench.seen.filter(({ headers }) => "idempotency-key" in headers)).toEqual([]);
  });

  test("means nothing where the config says so", async () => {
    const gateway = await bench.open({ idempotency: { enabled: false } });
    expect([await ask(gateway, { key: "k" }), await ask(gateway, { key: "k" })].map(isReplay)).toEqual([false, false]);
    expect(bench.seen.length).toBe(2);
  });
});

describe("while the first is under way", () => {
  test("a repeat waits no longer than the config says, and may come again", async () => {
    const gateway = await bench.open({ idempotency: { waitSeconds: 1 } });
    bench.gate = Promise.withResolvers();
    const first = ask(gateway, { key: "k" });
    await until(() => bench.seen.length === 1);
    const began = performance.now();
    const late = await ask(gateway, { key: "k" });
    expect([late.status, codeOf(late), late.headers.get("retry-after")]).toEqual([409, "repetition_under_way", "2"]);
    expect(performance.now() - began).toBeGreaterThan(900);
    bench.gate.resolve();
    expect((await first).status).toBe(200);
    expect([isReplay(await ask(gateway, { key: "k" })), bench.seen.length]).toEqual([true, 1]);
  });

  test("a repeat is refused at once where the config says so", async () => {
    const gateway = await bench.open({ idempotency: { whileUnderWay: "refuse" } });
    bench.gate = Promise.withResolvers();
    const first = ask(gateway, { key: "k" });
    await until(() => bench.seen.length === 1);
    expect(codeOf(await ask(gateway, { key: "k" }))).toBe("repetition_under_way");
    bench.gate.resolve();
    expect((await first).status).toBe(200);
  });
});
