import { describe, expect, test } from "bun:test";
import { type AnswerEvent, JsonBody, Losses } from "../exchange/index.ts";
import { dialects } from "./registry.ts";

const patch = '*** Begin Patch\n+"größe"\n*** End Patch\n';
const body = {
  model: "m",
  input: [
    { role: "user", content: "Mend it." },
    { type: "custom_tool_call", call_id: "call_1", name: "apply_patch", input: patch },
    { type: "custom_tool_call_output", call_id: "call_1", output: "Done." },
  ],
  tools: [
    { type: "custom", name: "apply_patch", description: "Edits.", format: { type: "grammar", syntax: "lark", definition: "start: x" } },
    { type: "custom", name: "say" },
    { type: "function", name: "ls", parameters: { type: "object", properties: {} } },
  ],
};
const read = (json: unknown) =>
  dialects["openai-responses"].readRequest(JsonBody.scan(Buffer.from(JSON.stringify(json))), { header: () => undefined });
const request = read(body);
const context = { request, requestId: "req_1", createdAt: 1 };

describe("tools that take free text", () => {
  test("become functions with one text where the upstream has none, the grammar in words", () => {
    for (const id of ["anthropic-messages", "bedrock-converse", "gemini-generate", "cohere-chat", "ollama-chat", "openai-chat"] as const) {
      const losses = new Losses();
      const json = JSON.stringify(dialects[id].writeRequest(request, { provider: "p", model: "m" }, losses));
      expect(json).toContain("It must match this grammar (lark):\\nstart: x");
      expect(json).toContain(
        id === "openai-chat" || id === "cohere-chat" ? JSON.stringify(JSON.stringify({ input: patch })) : JSON.stringify({ input: patch }),
      );
      expect(json).not.toContain('"custom"');
      expect(losses.list.filter(({ code }) => code === "free_text_tool_emulated")).toEqual([
        { code: "free_text_tool_emulated", path: "tools[0]", class: "S", action: "emulated" },
        { code: "free_text_tool_emulated", path: "tools[1]", class: "Q", action: "emulated" },
      ]);
    }
  });

  test("stay what they are where the upstream has them", () => {
    const losses = new Losses();
    const named = read({ ...body, tool_choice: { type: "custom", name: "say" } });
    const written = dialects["openai-chat"].writeRequest(named, { provider: "p", model: "m", freeTextTools: true }, losses);
    expect(written.tools).toMatchObject([{ type: "custom" }, { type: "custom" }, { type: "function" }]);
    expect(written.tool_choice).toEqual({ type: "custom", custom: { name: "say" } });
    expect(losses.list).toEqual([]);
  });

  test("are called with their text again, whole or streamed, whatever the model wrote", () => {
    const call = (callId: string, text: string) => ({ type: "call", callId, name: "apply_patch", arguments: text }) as const;
    const items = [call("a", JSON.stringify({ input: patch })), call("b", "not JSON"), { ...call("c", "{}"), name: "ls" }];
    const answer = { id: "", model: "m", choices: [{ items, finish: { reason: "call" as const } }] };
    const { output } = dialects["openai-responses"].writeAnswer(answer, context) as { output: unknown[] };
    expect(output).toMatchObject([
      { type: "custom_tool_call", call_id: "a", name: "apply_patch", input: patch },
      { type: "custom_tool_call", call_id: "b", input: "not JSON" },
      { type: "function_call", call_id: "c", arguments: "{}" },
    ]);

    const place = { block: 0, choice: 0 };
    const json = JSON.stringify({ input: patch });
    const events: AnswerEvent[] = [
      { type: "answer-start", id: "", model: "m" },
      { type: "call-start", ...place, callId: "a", name: "apply_patch" },
      ...[...json].map((sign) => ({ type: "call-delta" as const, ...place, arguments: sign })),
      { type: "call-end", ...place },
      { type: "choice-finish", choice: 0, finish: { reason: "call" } },
      { type: "answer-end" },
    ];
    const writer = dialects["openai-responses"].writeStream(context);
    const frames = events.map((event) => writer.write([event])).join("");
    const done = /event: response\.custom_tool_call_input\.done\ndata: (.*)\n/.exec(frames)?.[1];
    expect(JSON.parse(done ?? "{}")).toMatchObject({ input: patch });
    expect(frames).not.toContain("function_call");
  });
});
