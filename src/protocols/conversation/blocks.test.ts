import { expect, test } from "bun:test";
import type { AnswerEvent } from "../../exchange/index.ts";
import { dialects } from "../every-codec.ts";
import { Blocks } from "./blocks.ts";

test("a block that goes on as another kind is ended, and another one begins", () => {
  const blocks = new Blocks();
  const out: AnswerEvent[] = [];
  expect(blocks.open("0", 0, { kind: "text" }, out)).toBe(0);
  expect(blocks.open("0", 0, { kind: "text" }, out)).toBe(0);
  expect(blocks.open("0", 0, { kind: "refusal" }, out)).toBe(1);
  blocks.closeAll(out);
  expect(out.map(({ type }) => type)).toEqual(["text-start", "text-end", "refusal-start", "refusal-end"]);
});

test("thoughts of Responses at the place of a call are written as thoughts", () => {
  const frame = (event: object) => `data: ${JSON.stringify(event)}\n\n`;
  const item = { type: "function_call", id: "fc_1", call_id: "call_1", name: "f", arguments: "" };
  const stream = [
    { type: "response.output_item.added", output_index: 0, item },
    { type: "response.function_call_arguments.delta", output_index: 0, delta: "{}" },
    { type: "response.reasoning_summary_text.delta", output_index: 0, summary_index: 0, delta: "Hm." },
  ];
  const { readStream, writeStream } = dialects["openai-responses"];
  const { events } = readStream({ depth: "full", stripUsage: false }).read(new TextEncoder().encode(stream.map(frame).join("")));
  const request = { dialect: "openai-responses", model: "m", items: [], stream: true } as const;
  const written = writeStream({ request, requestId: "req_1", createdAt: 0 }).write(events);
  expect(written).toContain('"type":"response.reasoning_summary_text.delta"');
});

test("an item that only its own dialect understands stays as it came when it is written", () => {
  const native = { type: "shell_call", id: "sh_1", status: "in_progress" };
  const item = { type: "opaque", dialect: "openai-responses", label: "shell_call", role: "assistant", native } as const;
  const request = { dialect: "openai-responses", model: "m", items: [], stream: true } as const;
  const writer = dialects["openai-responses"].writeStream({ request, requestId: "req_1", createdAt: 0 });
  writer.write([
    { type: "opaque-item", block: 0, choice: 0, item },
    { type: "choice-finish", choice: 0, finish: { reason: "stop" } },
    { type: "answer-end" },
  ]);
  expect(native.status).toBe("in_progress");
});
