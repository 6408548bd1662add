import { afterAll, describe, expect, test } from "bun:test";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { openGateway } from "../opening/open-gateway.ts";

// Google's clients without `alt=sse` read a stream as one JSON array.

const key = "sk-sluice-json-arrays-0123456789abcdefghijklmnopqr";
const chunk = (text: string, more = {}) => ({ candidates: [{ content: { parts: [{ text }], role: "model" }, index: 0 }], ...more });
const end = {
  candidates: [{ content: { parts: [{ text: "!" }], role: "model" }, finishReason: "STOP", index: 0 }],
  usageMetadata: { promptTokenCount: 3, candidatesTokenCount: 2, totalTokenCount: 5 },
};
const chunks = [chunk("Hé", { unknownMember: [1] }), chunk("llo\n"), end];
const refusal = { error: { code: 400, message: "contents is empty", status: "INVALID_ARGUMENT" } };

let asked = "";
/** The model's name says what happens; every answer comes in small pieces. */
const upstream = createServer((request, response) => {
  asked = request.url ?? "";
  request.resume();
  if (asked.includes("wrong")) {
    response.writeHead(400, { "content-type": "application/json" }).end(JSON.stringify(refusal));
    return;
  }
  if (asked.endsWith(":countTokens")) {
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify({ totalTokens: 31 }));
    return;
  }
  const told = asked.includes("dies") ? chunks.slice(0, 2) : chunks;
  const bytes = Buffer.from(told.map((one) => `data: ${JSON.stringify(one)}\r\n\r\n`).join(""));
  response.writeHead(200, { "content-type": "text/event-stream" });
  void (async () => {
    for (let at = 0; at < bytes.length; at += 29) {
      response.write(bytes.subarray(at, at + 29));
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    if (asked.includes("dies")) response.destroy();
    else response.end();
  })();
});
await new Promise<void>((resolve) => upstream.listen(0, "127.0.0.1", resolve));
const baseUrl = `http://127.0.0.1:${(upstream.address() as AddressInfo).port}/v1beta/openai`;
const opened = await openGateway({
  config: { providers: { demo: {}, gemini: { baseUrl, apiKey: "k", retries: 0 } }, keys: [{ name: "test", value: key }] },
});
afterAll(async () => {
  await opened.close();
  upstream.close();
});

function post(path: string, apiKey = key): Promise<Response> {
  const body = JSON.stringify({ contents: [{ role: "user", parts: [{ text: "Say it." }] }] });
  const headers = { "x-goog-api-key": apiKey, "content-type": "application/json" };
  return opened.fetch(new Request(`http://127.0.0.1/v1beta/models/${path}`, { method: "POST", headers, body }));
}

const words = (list: unknown) =>
  (list as typeof chunks).map((one) => one.candidates[0]!.content.parts.map(({ text }) => text).join("")).join("");

describe("a stream without alt=sse", () => {
  test("is one array of what the provider sent, member for member", async () => {
    const answer = await post("gemini/any:streamGenerateContent");
    expect(asked).toEndWith("/models/any:streamGenerateContent?alt=sse");
    expect([answer.status, answer.headers.get("content-type")]).toEqual([200, "application/json"]);
    expect(await answer.json()).toEqual(chunks);
  });

  test("grows element by element", async () => {
    const answer = await post("gemini/any:streamGenerateContent?alt=json");
    const pieces: string[] = [];
    for await (const piece of answer.body as unknown as AsyncIterable<Uint8Array>) pieces.push(new TextDecoder().decode(piece));
    expect(pieces.length).toBeGreaterThan(2);
    expect(pieces[0]).toBe(`[${JSON.stringify(chunks[0])}`);
    expect(pieces.slice(1, 3).every((piece) => piece.startsWith(",\r\n"))).toBe(true);
  });

  test("is one array of another dialect's answer too, the same as with alt=sse", async () => {
    const list = await (await post("demo/chat:streamGenerateContent")).json();
    const events = (await (await post("demo/chat:streamGenerateContent?alt=sse")).text()).split("\n\n").filter((frame) => frame !== "");
    expect(words(list)).toContain("Say it.");
    expect(words(list)).toBe(words(events.map((frame) => JSON.parse(frame.slice(6)))));
    expect(Array.isArray(list) && list.length > 2).toBe(true);
  });

  test("that is refused is an array with the error, in the provider's words where they are its", async () => {
    const stranger = await post("demo/chat:streamGenerateContent", "sk-nobody");
    expect([stranger.status, await stranger.json()]).toMatchObject([401, [{ error: { status: "UNAUTHENTICATED" } }]]);
    const wrong = await post("gemini/wrong:streamGenerateContent");
    expect([wrong.status, await wrong.json()]).toEqual([400, [refusal]]);
  });

  test("that breaks off has the error as its last element, and then breaks off", async () => {
    const answer = await post("gemini/dies:streamGenerateContent");
    let text = "";
    const read = async () => {
      for await (const piece of answer.body as unknown as AsyncIterable<Uint8Array>) text += new TextDecoder().decode(piece);
    };
    await expect(read()).rejects.toThrow();
    const list = JSON.parse(text) as unknown[];
    expect(list.slice(0, -1)).toEqual(chunks.slice(0, 2));
    expect(list.at(-1)).toMatchObject({ error: { code: 502 } });
  });
});

describe(":countTokens", () => {
  const count = (model: string, body: object) =>
    opened.fetch(
      new Request(`http://127.0.0.1/v1beta/models/${model}:countTokens`, {
        method: "POST",
        headers: { "x-goog-api-key": key },
        body: JSON.stringify(body),
      }),
    );
  const contents = [{ role: "user", parts: [{ text: "one two three" }] }];

  test("is asked of the provider where it counts", async () => {
    expect(await (await count("gemini/any", { contents })).json()).toEqual({ totalTokens: 31 });
    expect(asked).toEndWith("/models/any:countTokens");
  });

  test("is estimated where it does not, and that is said", async () => {
    const answer = await count("demo/chat", { generateContentRequest: { model: "models/demo/chat", contents } });
    expect(answer.headers.get("x-sluice-warning")).toContain("tokens_estimated");
    expect(((await answer.json()) as { totalTokens: number }).totalTokens).toBeGreaterThan(2);
  });

  test("refuses what holds nothing to count, in Google's form", async () => {
    const answer = await count("demo/chat", {});
    expect([answer.status, await answer.json()]).toMatchObject([400, { error: { status: "INVALID_ARGUMENT" } }]);
  });
});
