import { describe, expect, test } from "bun:test";
import { type AnswerEvent, JsonBody, Losses } from "../../exchange/index.ts";
import { dialects } from "../every-codec.ts";

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

describe("tools in a namespace", () => {
  const long = "a_tool_with_a_name_that_is_as_long_as_a_provider_will_take_it";
  const inner = (name: string) => ({ type: "function", name, parameters: { type: "object" }, defer_loading: true });
  const crm = {
    type: "namespace",
    name: "mcp__crm",
    description: "…",
    tools: [inner("list"), inner(long), { type: "custom", name: "run" }],
  };
  const search = { type: "web_search", external_web_access: false };
  const named = read({
    model: "m",
    tools: [crm, search],
    input: [
      { role: "user", content: "List." },
      { type: "function_call", call_id: "c", name: "list", namespace: "mcp__crm", arguments: "{}" },
      { type: "function_call_output", call_id: "c", name: "list", namespace: "mcp__crm", output: "none" },
    ],
  });
  const write = (id: "anthropic-messages" | "openai-responses") => {
    const losses = new Losses();
    const body = dialects[id].writeRequest(named, { provider: "p", model: "m" }, losses) as Record<string, Record<string, unknown>[]>;
    return { body, losses: losses.list.map(({ code, path, class: of }) => `${of} ${code} ${path}`) };
  };

  test("stand by themselves for others, under both names, never longer than a provider takes", () => {
    const { body, losses } = write("anthropic-messages");
    const names = body.tools?.map(({ name }) => String(name)) ?? [];
    expect(names).toEqual(["mcp__crm__list", expect.stringMatching(/^mcp__crm__a_tool_.*_[0-9a-f]{8}$/), "mcp__crm__run"]);
    expect(names[1]).toHaveLength(64);
    expect(body.messages?.[1]).toMatchObject({ content: [{ type: "tool_use", name: "mcp__crm__list" }] });
    expect(losses).toEqual(["Q namespace_flattened tools[0]", "S hosted_tool_dropped tools[1]", "Q free_text_tool_emulated tools[2]"]);
  });

  test("stay where the provider speaks the dialect", () => {
    const { body } = write("openai-responses");
    expect(body.tools?.[0]).toMatchObject({ type: "namespace", name: "mcp__crm" });
    expect(body.input?.[1]).toMatchObject({ name: "list", namespace: "mcp__crm" });
  });

  test("are called by the names that the caller gave them", () => {
    const call = (name: string) => ({ type: "call", callId: name, name, arguments: '{"input":"x"}' }) as const;
    const items = [call("mcp__crm__list"), call("mcp__crm__run"), call("other")];
    const answer = { id: "", model: "m", choices: [{ items, finish: { reason: "call" as const } }] };
    const said = dialects["openai-responses"].writeAnswer(answer, { ...context, request: named }) as { output: unknown[] };
    expect(said.output).toMatchObject([
      { type: "function_call", name: "list", namespace: "mcp__crm", arguments: '{"input":"x"}' },
      { type: "custom_tool_call", name: "run", namespace: "mcp__crm", input: "x" },
      { type: "function_call", name: "other" },
    ]);
    expect(said.output[2]).not.toHaveProperty("namespace");
  });
});
