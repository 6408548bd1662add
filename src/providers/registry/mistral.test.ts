import { expect, test } from "bun:test";
import { JsonBody } from "../../exchange/index.ts";
import { providers } from "../index.ts";

const mistral = providers.get("mistral")!;
const adjusted = (body: Record<string, unknown>) => mistral.adjustBody?.(body, "openai-chat", "m");

test("what was written as Chat Completions becomes what Mistral takes", () => {
  const call = { type: "function", function: { name: "f", arguments: "{}" } };
  const body = adjusted({
    seed: 1,
    user: "u",
    messages: [
      {
        role: "user",
        content: [
          { type: "text", text: "?" },
          { type: "file", file: { filename: "a.pdf", file_data: "data:a" } },
        ],
      },
      { role: "user", content: [{ type: "file", file: { file_id: "f1" } }] },
      {
        role: "assistant",
        content: null,
        tool_calls: [
          { id: "toolu_01", ...call },
          { id: "abcdefgh1", ...call },
        ],
      },
      { role: "tool", tool_call_id: "toolu_01", content: "!" },
    ],
  });
  const short = expect.stringMatching(/^[a-zA-Z0-9]{9}$/);
  expect(body).toEqual({
    random_seed: 1,
    messages: [
      {
        role: "user",
        content: [
          { type: "text", text: "?" },
          { type: "document_url", document_url: "data:a", document_name: "a.pdf" },
        ],
      },
      { role: "user", content: [{ type: "file", file_id: "f1" }] },
      {
        role: "assistant",
        content: null,
        tool_calls: [
          { id: short, ...call },
          { id: "abcdefgh1", ...call },
        ],
      },
      { role: "tool", tool_call_id: short, content: "!" },
    ],
  });
  const [, , asked, answered] = (body?.messages ?? []) as { tool_calls: { id: string }[]; tool_call_id: string }[];
  expect(answered?.tool_call_id).toBe(asked?.tool_calls[0]?.id ?? "");
});

test("Mistral's own clients are left alone, others' members get its names", () => {
  const body = JsonBody.scan(new TextEncoder().encode('{"seed":1,"max_completion_tokens":2,"user":"u"}'));
  expect(mistral.adjustMembers?.(body, "mistral-chat", "m")).toEqual([]);
  expect(mistral.adjustMembers?.(body, "openai-chat", "m")).toEqual([
    { name: "seed", json: undefined },
    { name: "random_seed", json: "1" },
    { name: "max_completion_tokens", json: undefined },
    { name: "max_tokens", json: "2" },
    { name: "user", json: undefined },
  ]);
});

test("the turns of a Chat Completions caller get Mistral's ids and documents, and are left alone where they need none", () => {
  const edits = (messages: object[]) => {
    const body = JsonBody.scan(new TextEncoder().encode(JSON.stringify({ messages })));
    return mistral.adjustMembers?.(body, "openai-chat", "m");
  };
  const turn = (id: string) => [
    { role: "assistant", tool_calls: [{ id, type: "function", function: { name: "f", arguments: "{}" } }] },
    { role: "tool", tool_call_id: id, content: "!" },
  ];
  expect(edits(turn("abcdefgh1"))).toEqual([]);
  const [edit] = edits(turn("call_1")) ?? [];
  const [asked, answered] = JSON.parse(edit?.json ?? "[]") as { tool_calls: { id: string }[]; tool_call_id: string }[];
  expect(asked?.tool_calls[0]?.id).toMatch(/^[a-z0-9]{9}$/);
  expect(answered?.tool_call_id).toBe(asked?.tool_calls[0]?.id ?? "");
  const strange = [
    { role: "user", content: [{ type: "file" }, "text", null] },
    { role: "assistant", tool_calls: [null] },
  ];
  expect(edits(strange)).toEqual([]);
});

test("only models that take an effort are asked for one", () => {
  const efforts = (model: string) => mistral.traits?.(model);
  expect(efforts("mistral-small-latest")).toMatchObject({ efforts: ["none", "high"] });
  expect(efforts("magistral-medium-latest")).toMatchObject({ reasoningEffort: false });
});
