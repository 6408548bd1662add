import { describe, expect, test } from "bun:test";
import { JsonBody, Losses } from "../exchange/index.ts";
import { play } from "./play.ts";
import { dialects } from "./registry.ts";
import { readJsonObject } from "./upstream-json.ts";

const encoder = new TextEncoder();
const context = { model: "m", stream: false, header: () => undefined };

/** The least that each dialect takes, with two members that it does not know. */
const requests: Readonly<Record<string, string>> = {
  "openai-chat": `"model":"m","messages":[{"role":"user","content":"Hi"}]`,
  "openai-responses": `"model":"m","input":"Hi"`,
  "anthropic-messages": `"model":"m","max_tokens":9,"messages":[{"role":"user","content":"Hi"}]`,
  "gemini-generate": `"contents":[{"role":"user","parts":[{"text":"Hi"}]}]`,
  "cohere-chat": `"model":"m","messages":[{"role":"user","content":"Hi"}]`,
  "ollama-chat": `"model":"m","stream":false,"messages":[{"role":"user","content":"Hi"}]`,
};

describe("members with names that objects have by themselves", () => {
  test.each(Object.entries(requests))("ride along in %s", (id, members) => {
    const dialect = dialects[id as keyof typeof dialects];
    const body = JsonBody.scan(encoder.encode(`{${members},"__proto__":{"stream":true},"toString":7}`));
    dialect?.checkRequest(body);
    const request = dialect?.readRequest(body, context);
    expect(Object.getPrototypeOf(request?.extra?.fields)).toBe(Object.prototype);
    expect(request?.stream).toBe(false);
    const written = JSON.stringify(dialect?.writeRequest(request as never, { provider: "p", model: "m" }, new Losses()));
    expect(written).toContain('"__proto__":{"stream":true}');
    expect(written).toContain('"toString":7');
  });
});

describe("words that objects have by themselves", () => {
  test("are no types of events", () => {
    const reader = dialects["openai-responses"].readStream({ depth: "full", stripUsage: false });
    for (const type of ["__proto__", "constructor", "toString"]) {
      expect(reader.read(encoder.encode(`data: ${JSON.stringify({ type })}\n\n`)).events).toEqual([]);
    }
  });

  test.each([
    ["openai-chat", `{"choices":[{"message":{"content":"Hi"},"finish_reason":"constructor"}]}`],
    ["anthropic-messages", `{"content":[{"type":"text","text":"Hi"}],"stop_reason":"constructor"}`],
    ["gemini-generate", `{"candidates":[{"content":{"parts":[{"text":"Hi"}]},"finishReason":"constructor"}]}`],
    ["bedrock-converse", `{"output":{"message":{"content":[{"text":"Hi"}]}},"stopReason":"constructor"}`],
    ["cohere-chat", `{"message":{"content":[{"type":"text","text":"Hi"}]},"finish_reason":"constructor"}`],
    ["ollama-chat", `{"message":{"content":"Hi"},"done":true,"done_reason":"constructor"}`],
  ] as const)("are no reasons to finish in %s", (id, text) => {
    const events = play(dialects[id].readAnswer(readJsonObject(encoder.encode(text))));
    expect(events.find(({ type }) => type === "choice-finish")).toMatchObject({ finish: { reason: "stop" } });
  });
});
