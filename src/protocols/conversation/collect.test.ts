import { describe, expect, test } from "bun:test";
import { type Answer, type AnswerEvent, type Item, type Part, usageOf } from "../../exchange/index.ts";
import { Collector, collect } from "./collect.ts";
import { play } from "./play.ts";

/** A small generator with a seed, so that a failure can be run again. */
function random(seed: number): (limit: number) => number {
  let state = seed * 2654435761;
  return (limit) => {
    state = (Math.imul(state ^ (state >>> 15), 2246822519) + 374761393) >>> 0;
    return (state >>> 8) % limit;
  };
}

const words = ["", "a", "grüße 👋", '{"x":1}', "line\nline", "\u2028"];

function anyPart(next: (limit: number) => number): Part {
  const text = words[next(words.length)] ?? "";
  switch (next(4)) {
    case 0:
      return { type: "refusal", text };
    case 1:
      return {
        ...{ type: "audio", format: "unknown", data: text },
        extra: { dialect: "openai-chat", fields: { id: "audio_1", expires_at: 7, transcript: text } },
      };
    case 2:
      return { type: "text", text, logprobs: [{ token: text }], annotations: [{ dialect: "openai-chat", url: "https://a", native: {} }] };
    default:
      return { type: "text", text };
  }
}

function anyItem(next: (limit: number) => number, number: number): Item {
  const text = words[next(words.length)] ?? "";
  switch (next(5)) {
    case 0:
      return { type: "call", callId: `call_${number}`, name: "f", arguments: text };
    case 1:
      return { type: "call", callId: `call_${number}`, name: "f", arguments: text, custom: true, id: "fc_1" };
    case 2:
      return {
        ...{ type: "reasoning", dialect: "anthropic-messages", summary: next(2) ? ["one", text] : [], text },
        sealed: { kind: "signature", value: "AAA=" },
      };
    case 3:
      return { type: "opaque", dialect: "openai-responses", label: "web_search_call", role: "assistant", native: { id: number } };
    default: {
      const parts = Array.from({ length: 1 + next(3) }, () => anyPart(next));
      return { type: "message", role: "assistant", parts, id: `msg_${number}`, phase: "final_answer" };
    }
  }
}

/** Audio opens no message of its own, because its events name none. */
function speaksFirst(item: Item): boolean {
  return item.type === "message" && item.parts[0]?.type === "audio";
}

describe("collect and play", () => {
  test("give the same answer back, for two thousand answers", () => {
    for (let seed = 1; seed <= 2000; seed++) {
      const next = random(seed);
      const choices = Array.from({ length: 1 + next(2) }, () => ({
        items: Array.from({ length: 1 + next(5) }, (_, number) => anyItem(next, number)).filter((item) => !speaksFirst(item)),
        finish: { reason: "stop", native: "stop" } as const,
      }));
      const answer: Answer = { id: "a", model: "m", created: 1, tier: "default", choices, usage: usageOf({ output: next(9) }) };
      expect(collect(play(answer))).toEqual(answer);
    }
  });

  test("keep what was said in different phases apart, also where nothing stands between", () => {
    const said = (phase: string | undefined, text: string): Item => ({
      ...{ type: "message", role: "assistant", parts: [{ type: "text", text }] },
      ...(phase !== undefined && { phase }),
    });
    const answer: Answer = { id: "a", model: "m", choices: [{ items: [said("commentary", "I look."), said(undefined, "Sunny.")] }] };
    expect(collect(play(answer))).toEqual(answer);
  });

  test("numbers the blocks from 0 and closes each one", () => {
    const answer: Answer = {
      ...{ id: "a", model: "m" },
      choices: [
        { items: [{ type: "call", callId: "c", name: "f", arguments: "{}" }] },
        { items: [{ type: "call", callId: "d", name: "f", arguments: "" }] },
      ],
    };
    expect(play(answer).flatMap((event) => ("block" in event ? [[event.type, event.block, event.choice]] : []))).toEqual([
      ["call-start", 0, 0],
      ["call-delta", 0, 0],
      ["call-end", 0, 0],
      ["call-start", 1, 1],
      ["call-end", 1, 1],
    ]);
  });

  test("collects an answer that broke off as far as it came, and puts mixed blocks in the order in which they opened", () => {
    const events: AnswerEvent[] = [
      { type: "call-start", block: 0, choice: 0, callId: "a", name: "f" },
      { type: "call-start", block: 1, choice: 0, callId: "b", name: "g" },
      { type: "call-delta", block: 1, choice: 0, arguments: "2" },
      { type: "call-delta", block: 0, choice: 0, arguments: "1" },
    ];
    const collector = new Collector();
    for (const event of events) collector.add(event);
    expect(collector.answer().choices[0]?.items).toEqual([
      { type: "call", callId: "a", name: "f", arguments: "1" },
      { type: "call", callId: "b", name: "g", arguments: "2" },
    ]);
  });
});
