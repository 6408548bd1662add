import { describe, expect, test } from "bun:test";
import { type Fault, JsonBody, Losses } from "../../exchange/index.ts";
import { foreignSignature } from "../conversation/foreign-thoughts.ts";
import { openaiChat } from "../openai-chat/index.ts";
import { geminiInteractions } from "./index.ts";

const bodyOf = (members: object) => JsonBody.scan(new TextEncoder().encode(JSON.stringify({ model: "m", input: "Hi", ...members })));
const read = (members: object) => geminiInteractions.readRequest(bodyOf(members), { header: () => undefined });
const target = { provider: "gemini", model: "other" };

function caught(act: () => unknown): Fault | undefined {
  try {
    act();
    return undefined;
  } catch (error) {
    return error as Fault;
  }
}

describe("what would be kept at Google", () => {
  test.each([
    ["previous_interaction_id", "v1_other-tenant"],
    ["continuation_token", "token"],
    ["environment", "env"],
    ["agent", "deep-research"],
    ["store", true],
    ["background", true],
  ])("never passes: %s", (name, value) => {
    const fault = caught(() => geminiInteractions.checkRequest(bodyOf({ [name]: value })));
    expect([fault?.code, fault?.param]).toEqual(["request_unsupported", name]);
  });

  test("is turned off where nobody says a word about it, and that is told", () => {
    const losses = new Losses();
    const edits = geminiInteractions.editRequest(bodyOf({}), target, losses);
    expect(edits).toEqual([
      { name: "model", json: '"other"' },
      { name: "store", json: "false" },
    ]);
    expect(losses.list).toEqual([{ code: "state_unsupported", path: "store", class: "M", action: "dropped" }]);
    const silent = new Losses();
    expect(geminiInteractions.editRequest(bodyOf({ store: false, model: "other" }), target, silent)).toEqual([]);
    expect(silent.list).toEqual([]);
  });
});

test("thoughts of another provider come home to it, and never go to Google", () => {
  const signature = foreignSignature("openai-responses", "rs_1", { kind: "encrypted", value: "sealed" });
  const input = [
    { type: "user_input", content: [{ type: "text", text: "Hi" }] },
    { type: "thought", signature, summary: [{ type: "text", text: "Hm." }] },
    { type: "thought", signature: "Z29vZ2xl" },
  ];
  expect(read({ input }).items.slice(1)).toEqual([
    { type: "reasoning", dialect: "openai-responses", id: "rs_1", summary: ["Hm."], sealed: { kind: "encrypted", value: "sealed" } },
    { type: "reasoning", dialect: "gemini-interactions", summary: [], sealed: { kind: "signature", value: "Z29vZ2xl" } },
  ]);
  const losses = new Losses();
  const edits = geminiInteractions.editRequest(bodyOf({ input, store: false, model: "other" }), target, losses);
  expect(JSON.parse(edits[0]?.json ?? "")).toEqual([input[0], input[2]]);
  expect(losses.list.map(({ code }) => code)).toEqual(["reasoning_foreign_dropped"]);
  const written = geminiInteractions.writeRequest(read({ input }), target, new Losses());
  expect(JSON.stringify(written)).not.toContain("sealed");
});

test.each([
  ["input", { input: null }],
  ["input", { input: 3 }],
  ["model", { model: "" }],
  ["tools[0].name", { tools: [{ type: "function" }] }],
  [
    "input[1].call_id",
    {
      input: [
        { type: "user_input", content: [] },
        { type: "function_result", result: "x" },
      ],
    },
  ],
])("%s that says nothing right is malformed", (param, members) => {
  const fault = caught(() => read(members));
  expect([fault?.code, fault?.param]).toEqual(["request_malformed", param]);
});

test("a conversation of another dialect begins with the same bytes on every turn", () => {
  const chat = (messages: object[]) => {
    const body = JsonBody.scan(new TextEncoder().encode(JSON.stringify({ model: "m", messages })));
    const request = openaiChat.readRequest(body, { header: () => undefined });
    return (geminiInteractions.writeRequest(request, target, new Losses()).input as unknown[]).map((step) => JSON.stringify(step));
  };
  const turns = [
    { role: "user", content: "Weather?" },
    { role: "assistant", tool_calls: [{ id: "c1", type: "function", function: { name: "get", arguments: '{"b":1,"a":2}' } }] },
    { role: "tool", tool_call_id: "c1", content: "Rain." },
    { role: "assistant", content: "It rains." },
    { role: "user", content: "And now?" },
  ];
  const last = chat(turns);
  for (let count = 1; count < turns.length; count++) expect(last.slice(0, count)).toEqual(chat(turns.slice(0, count)));
  expect(last[1]).toContain('"arguments":{"b":1,"a":2}');
});

describe("what nobody sends on purpose", () => {
  test("a member that every object has is a name like others", () => {
    const body = JsonBody.scan(
      new TextEncoder().encode('{"model":"m","input":[{"type":"image","data":"aQ==","__proto__":{"polluted":1}}]}'),
    );
    const request = geminiInteractions.readRequest(body, { header: () => undefined });
    expect(JSON.stringify(geminiInteractions.writeRequest(request, target, new Losses()))).toContain('"__proto__":{"polluted":1}');
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });

  test("a moment that no clock tells is that of the request", () => {
    const request = read({});
    const answer = { id: "", model: "m", created: 1.7e38, choices: [] };
    const written = geminiInteractions.writeAnswer(answer, { request, requestId: "req_1", createdAt: 60 });
    expect(written).toMatchObject({ created: "1970-01-01T00:01:00Z" });
  });

  test("a broken delta is skimmed the same, alone or behind the step that it is of", () => {
    const frames = ['data:{"event_type":"step.start","step":{"type":"function_call"}}\n\n', "event:step.delta\ndata:{\n\n"];
    const skim = (runs: readonly string[]) => {
      const reader = geminiInteractions.readStream({ depth: "skim", stripUsage: false });
      return runs.map((run) => new TextDecoder().decode(reader.read(new TextEncoder().encode(run)).raw)).join("");
    };
    expect(skim([frames.join("")])).toBe(skim(frames));
  });
});

describe("formats of several kinds", () => {
  const words = { type: "text", mime_type: "application/json", schema: { type: "object", properties: {} } };
  const formats = [words, { type: "image", aspect_ratio: "1:1" }];

  test("go home as they came, and the words' schema goes everywhere", () => {
    const request = read({ response_format: formats });
    expect(geminiInteractions.writeRequest(request, target, new Losses()).response_format).toEqual(formats);
    const losses = new Losses();
    const chat = openaiChat.writeRequest(request, { provider: "openai", model: "m" }, losses);
    expect(chat.response_format).toMatchObject({ type: "json_schema", json_schema: { schema: words.schema } });
    expect(losses.list).toContainEqual({ code: "field_dropped", path: "response_format", class: "M", action: "dropped" });
  });

  test("a document's title is said with its words", () => {
    const parts = [{ type: "document", source: { kind: "text", text: "Emperors are tall." }, title: "Penguins" }] as const;
    const losses = new Losses();
    const body = geminiInteractions.writeRequest(
      { dialect: "anthropic-messages", model: "m", stream: false, items: [{ type: "message", role: "user", parts }] },
      target,
      losses,
    );
    expect(JSON.stringify(body.input)).toContain('"Penguins\\n\\nEmperors are tall."');
    expect(losses.list.map(({ code }) => code)).toEqual(["document_flattened"]);
  });
});
