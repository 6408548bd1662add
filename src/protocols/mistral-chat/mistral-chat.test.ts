import { describe, expect, test } from "bun:test";
import { type AnswerEvent, Fault, JsonBody, Losses, type ReasoningItem, usageOf } from "../../exchange/index.ts";
import { foreignSignature } from "../conversation/foreign-thoughts.ts";
import { openaiChat } from "../openai-chat/index.ts";
import { mistralChat } from "./index.ts";

const scan = (members: object) => JsonBody.scan(new TextEncoder().encode(JSON.stringify({ model: "m", ...members })));
const read = (members: object) => mistralChat.readRequest(scan(members), { header: () => undefined });
const asked = (members: object, traits = {}) =>
  openaiChat.writeRequest(read(members), { provider: "any", model: "m", ...traits }, new Losses()) as { messages: object[] };
const context = { request: read({ messages: [{ role: "user", content: "?" }] }), requestId: "req_1", createdAt: 1 };
const foreign: ReasoningItem = {
  ...{ type: "reasoning", dialect: "openai-responses", id: "rs_1", summary: ["so"], sealed: { kind: "encrypted", value: "x.y" } },
};
const chunkOf = (text: string, members: object) => ({ type: "thinking", thinking: [{ type: "text", text }], ...members });

describe("a request of Mistral's clients", () => {
  test("is a chat in other words", () => {
    const content = [
      { type: "text", text: "?" },
      { type: "image_url", image_url: "data:image/png;base64,AA==" },
      { type: "document_url", document_url: "data:application/pdf;base64,AA==", document_name: "a.pdf" },
    ];
    const messages = [
      { role: "user", content },
      { role: "assistant", content: "!", prefix: false },
    ];
    expect(asked({ messages, random_seed: 4, max_tokens: 5, tool_choice: "any", stream: true, safe_prompt: true })).toEqual({
      model: "m",
      messages: [
        {
          role: "user",
          content: [
            { type: "text", text: "?" },
            { type: "image_url", image_url: { url: "data:image/png;base64,AA==" } },
            { type: "file", file: { filename: "a.pdf", file_data: "data:application/pdf;base64,AA==" } },
          ],
        },
        { role: "assistant", content: "!" },
      ],
      tool_choice: "required",
      max_completion_tokens: 5,
      seed: 4,
      safe_prompt: true,
      stream: true,
      stream_options: { include_usage: true },
    } as never);
    expect(asked({ messages, prompt_mode: "reasoning" })).toMatchObject({ prompt_mode: "reasoning" });
    expect(read({ messages, prompt_mode: "reasoning" }).reasoning).toEqual({ mode: "enabled" });
    expect(read({ messages, prompt_mode: "reasoning", reasoning_effort: "high" }).reasoning).toMatchObject({ effort: "high" });
  });

  test("carries the thoughts of others back to whom they belong, and its own in the form of each provider", () => {
    const signed = { signature: foreignSignature(foreign.dialect, foreign.id, foreign.sealed) };
    const turn = (chunk: object) => ({ messages: [{ role: "assistant", content: [chunk, { type: "text", text: "!" }] }] });
    expect(read(turn(chunkOf("so", signed))).items[0]).toEqual(foreign);
    const pieces = [chunkOf("s", {}), chunkOf("o", {}), { type: "thinking", thinking: [], ...signed }, { type: "text", text: "!" }];
    expect(read({ messages: [{ role: "assistant", content: pieces }] }).items[0]).toEqual(foreign);
    const [plain] = asked(turn(chunkOf("so", {}))).messages;
    expect(plain).toEqual({ role: "assistant", content: "!", reasoning_content: "so" });
    const own = chunkOf("so", { signature: "sealed", closed: true });
    const [kept] = asked(turn(own), { reasoningField: "thinking" }).messages;
    expect(kept).toEqual({ role: "assistant", content: [own, { type: "text", text: "!" }] });
    const losses = new Losses();
    const [elsewhere] = openaiChat.writeRequest(read(turn(own)), { provider: "any", model: "m" }, losses).messages as object[];
    expect(elsewhere).toEqual({ role: "assistant", content: "!" });
    expect(losses.list).toMatchObject([{ code: "reasoning_foreign_dropped", class: "Q" }]);
  });

  test("goes to Mistral as it is but for the model's name and the thoughts of others", () => {
    const target = { provider: "mistral", model: "magistral" };
    const own = chunkOf("mine", { signature: "sealed" });
    const other = chunkOf("so", { signature: foreignSignature(foreign.dialect, foreign.id, foreign.sealed) });
    const edited = (content: readonly object[], losses = new Losses()) =>
      JSON.parse(new TextDecoder().decode(scan(bodyOf(content)).splice(mistralChat.editRequest(scan(bodyOf(content)), target, losses))));
    const bodyOf = (content: readonly object[]) => ({ stream: true, messages: [{ role: "assistant", content, prefix: false }] });
    expect(edited([own])).toEqual({ ...bodyOf([own]), model: "magistral" });
    const losses = new Losses();
    expect(edited([own, other], losses)).toEqual({ ...bodyOf([own]), model: "magistral" });
    expect(losses.list).toMatchObject([{ code: "reasoning_foreign_dropped", path: "messages[0]" }]);
    expect(edited([other])).toMatchObject({ messages: [{ content: "" }] });
  });
});

const usage = usageOf({ inputUncached: 3, cacheRead: 2, output: 4, reasoning: 1 });

describe("an answer for Mistral's clients", () => {
  test("has thoughts as chunks, calls with their names, and usage even where nobody told it", () => {
    const call = { type: "call", callId: "c1", name: "f", arguments: "" } as const;
    const items = [foreign, { type: "message", role: "assistant", parts: [{ type: "text", text: "!" }] }, call] as const;
    expect(mistralChat.writeAnswer({ id: "", model: "", choices: [{ items, finish: { reason: "call" } }] }, context)).toEqual({
      id: "req_1",
      created: 1,
      model: "m",
      usage: { prompt_tokens: 0, total_tokens: 0, completion_tokens: 0, prompt_tokens_details: { cached_tokens: 0 } },
      object: "chat.completion",
      choices: [
        {
          index: 0,
          finish_reason: "tool_calls",
          message: {
            role: "assistant",
            tool_calls: [{ id: "c1", type: "function", function: { name: "f", arguments: "{}" }, index: 0 }],
            content: [chunkOf("so", { signature: "sluice.openai-responses.encrypted.rs_1.x.y" }), { type: "text", text: "!" }],
          },
        },
      ],
    });
  });

  test("streams text as it comes, calls whole, and the usage beside the last finish", () => {
    const at = { block: 1, choice: 0 };
    const events: AnswerEvent[] = [
      { type: "answer-start", id: "a", model: "x", created: 2 },
      { type: "text-start", block: 0, choice: 0 },
      { type: "text-delta", block: 0, choice: 0, text: "!" },
      { type: "text-end", block: 0, choice: 0 },
      { type: "call-start", ...at, callId: "c1", name: "f" },
      { type: "call-delta", ...at, arguments: '{"a"' },
      { type: "call-delta", ...at, arguments: ":1}" },
      { type: "call-end", ...at },
      { type: "choice-finish", choice: 0, finish: { reason: "call" } },
      { type: "usage-report", usage },
      { type: "answer-end" },
    ];
    const written = String(mistralChat.writeStream(context).write(events));
    const frames = written.split("\n\n").filter(Boolean);
    const deltas = frames.slice(0, -1).map((frame) => JSON.parse(frame.slice(6)));
    expect(deltas.map(({ choices: [choice] }) => choice)).toEqual([
      { index: 0, delta: { role: "assistant", content: "" }, finish_reason: null },
      { index: 0, delta: { content: "!" }, finish_reason: null },
      {
        index: 0,
        delta: { content: "", tool_calls: [{ id: "c1", type: "function", function: { name: "f", arguments: '{"a":1}' }, index: 0 }] },
        finish_reason: null,
      },
      { index: 0, delta: { content: "" }, finish_reason: "tool_calls" },
    ]);
    expect(deltas.map(({ usage: told }) => told?.prompt_tokens)).toEqual([undefined, undefined, undefined, 5]);
    expect(deltas.at(-1).usage).toMatchObject({ total_tokens: 9, completion_tokens_details: { reasoning_tokens: 1 } });
    expect(frames.at(-1)).toBe("data: [DONE]");
  });

  test("seals a streamed thought when it is whole, also where Mistral itself thought it", () => {
    const frame = (delta: object, finish: string | null = null) =>
      `data: ${JSON.stringify({ id: "a", object: "chat.completion.chunk", model: "x", choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`;
    const sent = [
      frame({ role: "assistant", content: "" }),
      frame({ content: [chunkOf("So", {})] }),
      frame({ content: [chunkOf(" it is", {})] }),
      frame({ content: [{ type: "thinking", thinking: [], signature: "sealed" }] }),
      frame({ content: "!" }),
      frame({ content: "" }, "stop"),
      "data: [DONE]\n\n",
    ].join("");
    const { events } = mistralChat.readStream({ depth: "full", stripUsage: false }).read(new TextEncoder().encode(sent));
    const told = events.filter(({ type }) => type.startsWith("reasoning"));
    expect(told.map(({ type }) => type)).toEqual(["reasoning-start", "reasoning-delta", "reasoning-delta", "reasoning-end"]);
    expect(told.at(-1)).toMatchObject({ sealed: { kind: "signature", value: '{"type":"thinking","signature":"sealed"}' } });
    const written = String(mistralChat.writeStream(context).write(events));
    expect(written).toContain('"content":[{"type":"thinking","thinking":[],"signature":"sealed"}]');
  });

  test("a fault is said in Mistral's form, with the list where the status promises one", () => {
    const wrong = new Fault("credentials_unknown");
    expect(mistralChat.writeFault(wrong, "req_1")).toEqual({
      status: 401,
      body: { object: "error", message: wrong.message, type: "unauthorized", param: null, code: "credentials_unknown" },
    });
    const unfit = mistralChat.writeFault(new Fault("upstream_rejected", { status: 422, message: "No.", param: "n" }), "req_1");
    expect(unfit.body).toMatchObject({ detail: [{ type: "invalid_request_error", loc: ["body", "n"], msg: "No." }] });
  });
});
