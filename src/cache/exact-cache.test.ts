import { describe, expect, test } from "bun:test";
import { type Exchange, JsonBody, type Piece } from "../exchange/index.ts";
import { bypassReason, cacheKey, ExactCache } from "./exact-cache.ts";

const settings = { ttlSeconds: 10 };

function exchange(body: object, keyId = "a", surface = "openai-chat", beside: object = {}): Exchange {
  const scanned = JsonBody.scan(new TextEncoder().encode(JSON.stringify(body)));
  return { surface, principal: { keyId }, model: "m", stream: false, http: said({}), body: scanned, ...beside } as unknown as Exchange;
}

function said(headers: Readonly<Record<string, string>>) {
  return { headerNames: () => Object.keys(headers), header: (name: string) => headers[name] };
}

function piece(bytes: number, last: boolean): Piece {
  return { raw: new Uint8Array(bytes), events: [], visible: true, last };
}

async function* from(...pieces: Piece[]): AsyncGenerator<Piece> {
  yield* pieces;
}

async function keep(cache: ExactCache<string>, key: string, pieces: Piece[], now = 0): Promise<void> {
  await Array.fromAsync(cache.remember(key, from(...pieces), "context", settings, () => now));
}

describe("the exact cache", () => {
  test("gives the same pieces again until their time is up", async () => {
    const cache = new ExactCache<string>();
    const pieces = [piece(10, false), piece(10, true)];
    await keep(cache, "k", pieces);
    expect(cache.recall("k", 9_999)?.pieces).toEqual(pieces);
    expect(cache.recall("k", 10_000)).toBeUndefined();
  });

  test("keeps no answer that has no end, breaks off, or is too large", async () => {
    const cache = new ExactCache<string>();
    await keep(cache, "open", [piece(10, false)]);
    await keep(cache, "large", [piece(1024 * 1024 + 1, true)]);
    async function* breaking(): AsyncGenerator<Piece> {
      yield piece(10, false);
      throw new Error("cut");
    }
    await Array.fromAsync(cache.remember("broken", breaking(), "context", settings, () => 0)).catch(() => undefined);
    for (const key of ["open", "large", "broken"]) expect(cache.recall(key, 0)).toBeUndefined();
  });

  test("stays within its memory: what was used longest ago goes first", async () => {
    const cache = new ExactCache<string>();
    for (let count = 0; count < 70; count++) {
      await keep(cache, `k${count}`, [piece(1_000_000, true)]);
      cache.recall("k0", 0);
    }
    expect(cache.recall("k0", 0)).toBeDefined();
    expect(cache.recall("k1", 0)).toBeUndefined();
    expect(cache.recall("k69", 0)).toBeDefined();
  });

  test("looks up under the caller's key: the same body of another key is another entry", () => {
    const body = { model: "m", messages: [{ role: "user", content: "hi" }] };
    expect(cacheKey(exchange(body, "a"))).toBe(cacheKey(exchange(body, "a")));
    expect(cacheKey(exchange(body, "a"))).not.toBe(cacheKey(exchange(body, "b")));
    expect(cacheKey(exchange(body, "a", "openai-chat"))).not.toBe(cacheKey(exchange(body, "a", "anthropic-messages")));
  });

  test("tells requests apart by what stands beside the body: the model and the stream of a path, betas and guardrails", () => {
    const body = { messages: [{ role: "user", content: [{ text: "hi" }] }] };
    const keyOf = (beside: object) => cacheKey(exchange(body, "a", "bedrock-converse", beside));
    const keys = [
      {},
      { model: "n" },
      { stream: true },
      { http: said({ "anthropic-beta": "b-1" }) },
      { http: said({ "x-amzn-bedrock-guardrailidentifier": "g-1" }) },
      { http: said({ "x-amzn-bedrock-guardrailidentifier": "g-2" }) },
    ].map(keyOf);
    expect(new Set(keys).size).toBe(keys.length);
    expect(keyOf({ http: said({ "user-agent": "sdk/2", "x-request-id": "7" }) })).toBe(keyOf({}));
  });

  test.each([
    ["off", {}, undefined, undefined],
    ["no-store", {}, settings, "no-store"],
    ["tools", { tools: [] }, settings, undefined],
    ["temperature", { temperature: 0.8 }, settings, undefined],
    ["long conversation", { messages: [1, 2, 3, 4, 5] }, settings, undefined],
    ["tools", { toolConfig: {} }, settings, undefined],
    ["temperature", { inferenceConfig: { temperature: 0.8 } }, settings, undefined],
    ["temperature", { generationConfig: { temperature: 2 } }, settings, undefined],
    ["long conversation", { contents: [1, 2, 3, 4, 5] }, settings, undefined],
  ])("passes by: %s", (reason, body, used, directive) => {
    expect(bypassReason(exchange({ model: "m", ...body }), used, directive)).toBe(reason);
  });

  test("may be asked for many texts at once, which are no conversation", () => {
    const input = [1, 2, 3, 4, 5];
    expect(bypassReason(exchange({ input }, "a", "openai-embeddings"), settings, undefined)).toBeUndefined();
    expect(bypassReason(exchange({ input }, "a", "openai-responses"), settings, undefined)).toBe("long conversation");
  });

  test("may be asked for a short conversation at a low temperature", () => {
    expect(bypassReason(exchange({ model: "m", messages: [1, 2], temperature: 0.7 }), settings, undefined)).toBeUndefined();
  });
});
