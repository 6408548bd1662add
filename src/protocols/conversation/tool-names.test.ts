import { expect, test } from "bun:test";
import { type DialectId, JsonBody } from "../../exchange/index.ts";
import { dialects } from "../every-codec.ts";
import { toolNames } from "./tool-names.ts";

const namesIn = (dialect: DialectId, body: object) =>
  toolNames(
    dialects[dialect].readRequest(JsonBody.scan(Buffer.from(JSON.stringify({ model: "m", ...body }))), { header: () => undefined }),
  );
const mail = { type: "function", name: "mail", parameters: { type: "object" } };
const said = { messages: [{ role: "user", content: "x" }], max_tokens: 5 };
const contents = [{ role: "user", parts: [{ text: "x" }] }];

test("tools of Responses have their names in whatever form they are brought", () => {
  const ofResponses = (...tools: object[]) => namesIn("openai-responses", { input: "x", tools });
  expect(ofResponses(mail, { type: "web_search_preview" })).toEqual(["mail", "web_search"]);
  // Members that only OpenAI knows do not hide a name.
  expect(ofResponses({ type: "custom", name: "patch", defer_loading: true })).toEqual(["custom", "patch"]);
  const inside = [mail, { type: "custom", name: "patch", defer_loading: true }, { type: "web_search" }, { type: "code_interpreter" }];
  const names = ofResponses({ type: "namespace", name: "post", tools: inside });
  expect(names).toEqual(expect.arrayContaining(["post__mail", "post__patch", "web_search", "code_interpreter"]));
});

test("tools that the history brings are brought, too, but not those that it only tells of", () => {
  const brought = ["tool_search_output", "additional_tools"].map((type) => ({ type, call_id: "c", tools: [mail] }));
  const told = { type: "mcp_list_tools", id: "l", server_label: "s", tools: [{ name: "told", input_schema: {} }] };
  const input = [{ role: "user", content: "x" }, told, ...brought];
  expect(namesIn("openai-responses", { input })).toEqual(["mail", "mail"]);
  expect(namesIn("openai-responses", { input, tool_choice: "none" })).toEqual([]);
  expect(() => namesIn("openai-responses", { input: [{ type: "additional_tools", tools: ["mail"] }] })).toThrow();
});

test("a provider's tools have the names of their types, and their own", () => {
  const ofMessages = (more: object) => namesIn("anthropic-messages", { ...said, ...more });
  expect(ofMessages({ tools: [{ type: "bash_20250124", name: "bash" }] })).toEqual(["bash_20250124", "bash"]);
  expect(ofMessages({ mcp_servers: [{ type: "url", url: "https://mcp.example", name: "s" }] })).toEqual(["mcp_toolset"]);
  const tools = [{ googleSearchRetrieval: {} }, { enterprise_web_search: {} }, { code_execution: {} }];
  const named = ["googleSearchRetrieval", "web_search", "enterpriseWebSearch", "web_search", "codeExecution"];
  expect(namesIn("gemini-generate", { contents, tools })).toEqual(named);
});

test("a search of the web is one wherever the request asks for it, and none where it forbids it", () => {
  const ofChat = (more: object) => namesIn("openai-chat", { ...said, ...more });
  for (const more of [
    { web_search_options: {}, tool_choice: "none" },
    { plugins: [{ id: "web" }] },
    { search_parameters: { mode: "on" } },
    { search_parameters: {} },
    { enable_search: true },
  ])
    expect([more, ofChat(more)]).toEqual([more, ["web_search"]]);
  for (const more of [{}, { plugins: [{ id: "files" }] }, { search_parameters: { mode: "off" } }, { enable_search: false }])
    expect([more, ofChat(more)]).toEqual([more, []]);
});

test("a choice of none is believed where it is said of what is brought", () => {
  const tools = [{ type: "function", function: { name: "mail" } }];
  expect(namesIn("openai-chat", { ...said, tools, tool_choice: "none" })).toEqual([]);
  expect(namesIn("openai-chat", { ...said, functions: [{ name: "mail" }], function_call: "none" })).toEqual([]);
  // That is said of functions, and of them there is none.
  expect(namesIn("openai-chat", { ...said, tools, function_call: "none" })).toEqual(["mail"]);
  const none = { functionCallingConfig: { mode: "NONE" } };
  const ofGemini = (more: object) => namesIn("gemini-generate", { contents, tools: { functionDeclarations: { name: "mail" } }, ...more });
  expect([ofGemini({}), ofGemini({ toolConfig: none })]).toEqual([["mail"], []]);
});

test("what Gemini's documents spell in two ways is not read where it stands in both", () => {
  const one = [{ name: "mail" }];
  const [none, auto] = [{ mode: "NONE" }, { mode: "AUTO" }];
  for (const more of [
    { tools: [{ function_declarations: one, functionDeclarations: [] }] },
    { tool_config: {}, toolConfig: { functionCallingConfig: none } },
    { toolConfig: { function_calling_config: auto, functionCallingConfig: none } },
  ])
    expect(() => namesIn("gemini-generate", { contents, tools: [{ functionDeclarations: one }], ...more })).toThrow(/stands twice/);
});
