import { describe, expect, test } from "bun:test";
import type { CallItem, Item, MessageItem, ReasoningItem, ThoughtPlace } from "../exchange/index.ts";
import { KeptThoughts } from "./kept-thoughts.ts";

const place: ThoughtPlace = { owner: "key_a", upstream: "anthropic", dialect: "anthropic-messages" };
const day = 24 * 60 * 60 * 1000;

const thought = (value: string, more: Partial<ReasoningItem> = {}): ReasoningItem => ({
  ...{ type: "reasoning", dialect: "anthropic-messages", summary: [value] },
  ...{ sealed: { kind: "signature", value } },
  ...more,
});
const call = (callId: string): CallItem => ({ type: "call", callId, name: "f", arguments: "{}" });
const result = (callId: string): Item => ({ type: "result", callId, parts: [] });
const said = (role: "user" | "assistant", text = "x"): MessageItem => ({ type: "message", role, parts: [{ type: "text", text }] });

/** A store whose clock the test turns. */
function storeAt(start = 0): { kept: KeptThoughts; clock: { now: number } } {
  const clock = { now: start };
  return { kept: new KeptThoughts(() => clock.now), clock };
}

describe("putting thoughts back", () => {
  test("into the turns that lack them, where they stood, the same each time", () => {
    const { kept } = storeAt();
    const [one, two, three] = [thought("1"), thought("2"), thought("3")];
    expect(kept.keep(place, [one, said("assistant"), two, call("a"), call("b")])).toBe(2);
    expect(kept.keep(place, [three, call("c")])).toBe(1);
    const echoed = [said("user"), said("assistant"), call("a"), call("b"), result("a"), result("b"), call("c"), result("c")];
    const whole = [
      ...[said("user"), one, said("assistant"), two, call("a"), call("b"), result("a"), result("b")],
      ...[three, call("c"), result("c")],
    ];
    expect(kept.putBack(place, echoed)).toEqual({ items: whole, turns: 2 });
    expect(kept.putBack(place, echoed)).toEqual({ items: whole, turns: 2 });
    expect(kept.putBack(place, whole)).toBeUndefined();
  });

  test("in their order, also where the caller has left out what they stood before", () => {
    const { kept } = storeAt();
    const [one, two, last] = [thought("1"), thought("2"), thought("3")];
    kept.keep(place, [one, said("assistant"), two, call("a"), call("b"), last]);
    expect(kept.putBack(place, [call("b")])?.items).toEqual([one, two, call("b"), last]);
    expect(kept.putBack(place, [said("assistant"), call("b")])?.items).toEqual([one, two, said("assistant"), call("b"), last]);
  });

  test("in place of what the caller held of them in a form of its own", () => {
    const { kept } = storeAt();
    kept.keep(place, [thought("1"), call("a")]);
    const plain: Item = { type: "reasoning", dialect: "openai-chat", summary: [], text: "1" };
    expect(kept.putBack(place, [plain, call("a")])?.items).toEqual([thought("1"), call("a")]);
  });

  test("only for the key, the provider and the dialect that they are of", () => {
    const { kept } = storeAt();
    kept.keep(place, [thought("1"), call("a")]);
    for (const other of [{ owner: "key_b" }, { upstream: "vertex" }, { dialect: "bedrock-converse" as const }]) {
      expect(kept.putBack({ ...place, ...other }, [call("a")])).toBeUndefined();
    }
    expect(kept.putBack(place, [call("a")])?.turns).toBe(1);
  });
});

describe("keeping thoughts", () => {
  test("keeps nothing without a call, and no plain thoughts that no provider takes back", () => {
    const { kept } = storeAt();
    const { sealed: _sealed, ...plain } = thought("1");
    expect(kept.keep(place, [thought("1"), said("assistant")])).toBe(0);
    expect(kept.keep(place, [plain, call("a")])).toBe(0);
    expect(kept.keep(place, [call("a")])).toBe(0);
    expect(kept.bytes).toBe(0);
    const chat: ThoughtPlace = { ...place, dialect: "openai-chat" };
    expect(kept.keep(chat, [{ ...plain, dialect: "openai-chat" }, call("a")])).toBe(1);
  });

  test("forgets a day after the last use", () => {
    const { kept, clock } = storeAt();
    kept.keep(place, [thought("1"), call("a")]);
    clock.now = day - 1;
    expect(kept.putBack(place, [call("a")])?.turns).toBe(1);
    clock.now = 2 * day - 2;
    expect(kept.putBack(place, [call("a")])?.turns).toBe(1);
    clock.now = 3 * day;
    expect(kept.putBack(place, [call("a")])).toBeUndefined();
    expect(kept.bytes).toBe(0);
  });

  test("what has expired goes when something new comes, whoever kept it", () => {
    const { kept, clock } = storeAt();
    for (let at = 0; at < 100; at++) kept.keep({ ...place, owner: `key_${at % 10}` }, [thought("x".repeat(1000)), call(`c${at}`)]);
    const before = kept.bytes;
    clock.now = day + 1;
    kept.keep(place, [thought("1"), call("a")]);
    expect(before).toBeGreaterThan(100_000);
    expect(kept.bytes).toBeLessThan(2000);
  });

  test("holds 8 MB of a key, the longest unused goes first", () => {
    const { kept } = storeAt();
    const big = "x".repeat(100_000);
    for (let at = 0; at < 100; at++) {
      kept.keep(place, [thought(big), call(`c${at}`)]);
      kept.putBack(place, [call("c0")]);
    }
    expect(kept.bytes).toBeLessThanOrEqual(8 * 1024 * 1024);
    expect(kept.putBack(place, [call("c0"), result("c0"), call("c1"), result("c1"), call("c99")])?.turns).toBe(2);
    const many = storeAt().kept;
    for (let at = 0; at < 20_000; at++) many.keep(place, [thought("1"), call(`c${at}`)]);
    const left = Array.from({ length: 20_000 }, (_, at) => many.putBack(place, [call(`c${at}`)])?.turns ?? 0);
    expect(left.indexOf(1)).toBeGreaterThan(20_000 - 16_384);
    expect(left.slice(left.indexOf(1))).not.toContain(0);
  });

  test("holds 64 MB in all; a key that has not asked for long gives way first", () => {
    const { kept } = storeAt();
    const big = "x".repeat(500_000);
    for (let owner = 0; owner < 20; owner++) {
      for (let at = 0; at < 10; at++) kept.keep({ ...place, owner: `key_${owner}` }, [thought(big), call(`c${at}`)]);
      kept.putBack({ ...place, owner: "key_0" }, [call("c9")]);
    }
    expect(kept.bytes).toBeLessThanOrEqual(64 * 1024 * 1024);
    expect(kept.putBack({ ...place, owner: "key_0" }, [call("c9")])?.turns).toBe(1);
    expect(kept.putBack({ ...place, owner: "key_1" }, [call("c9")])).toBeUndefined();
    expect(kept.putBack({ ...place, owner: "key_19" }, [call("c9")])?.turns).toBe(1);
  });

  test("does not keep one that is too large for all of them", () => {
    const { kept } = storeAt();
    expect(kept.keep(place, [thought("x".repeat(5_000_000)), call("a")])).toBe(0);
    expect(kept.bytes).toBe(0);
  });

  test("a turn that is kept again takes the place of the old one", () => {
    const { kept } = storeAt();
    kept.keep(place, [thought("1"), call("a"), call("b")]);
    const bytes = kept.bytes;
    kept.keep(place, [thought("2"), call("a"), call("b")]);
    expect(kept.bytes).toBe(bytes);
    expect(kept.putBack(place, [call("b")])?.items).toEqual([thought("2"), call("b")]);
  });
});
