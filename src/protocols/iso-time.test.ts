import { expect, test } from "bun:test";
import { dialects } from "./every-codec.ts";
import { isoTime } from "./iso-time.ts";

test("times that no clock tells have no form", () => {
  expect(isoTime(1_763_000_000)).toBe("2025-11-13T02:13:20.000Z");
  for (const seconds of [1e12, -1e12, 9e15, Number.NaN, Number.POSITIVE_INFINITY]) expect(isoTime(seconds)).toBeUndefined();
});

test.each(["gemini-generate", "ollama-chat"] as const)("an answer whose time is none is written for callers of %s", (id) => {
  const request = { dialect: id, model: "m", items: [], stream: false } as const;
  const answer = { id: "1", model: "m", created: 9e15, choices: [{ items: [], finish: { reason: "stop" } }] } as const;
  const written = JSON.stringify(dialects[id].writeAnswer(answer, { request, requestId: "req_1", createdAt: 1_763_000_000 }));
  expect(written).not.toContain("null");
});
