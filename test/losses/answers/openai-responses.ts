import type { Features } from "../feature.ts";

const text = { type: "output_text", text: "Hello.", annotations: [], logprobs: [] };
const message = (content: readonly object[], members: object = {}) => ({
  id: "msg_1",
  type: "message",
  status: "completed",
  role: "assistant",
  content,
  ...members,
});
const usage = {
  input_tokens: 100,
  input_tokens_details: { cached_tokens: 0 },
  output_tokens: 10,
  output_tokens_details: { reasoning_tokens: 0 },
  total_tokens: 110,
};
const plain = { id: "resp_1", object: "response", created_at: 1, status: "completed", model: "m", output: [message([text])], usage };
const output = (...items: readonly object[]) => ({ output: [...items, message([text])] });
const said = (part: object) => ({ output: [message([part])] });
const call = {
  id: "fc_1",
  type: "function_call",
  status: "completed",
  call_id: "call_1",
  name: "get_weather",
  arguments: '{"city":"mark-city"}',
};

/** https://platform.openai.com/docs/api-reference/responses/object */
export const responsesAnswers: Features = {
  dialect: "openai-responses",
  plain,
  list: [
    { name: "refusal", members: said({ type: "refusal", refusal: "mark-no" }), marks: ["mark-no"] },
    { name: "phase", members: { output: [message([text], { phase: "commentary" })] }, marks: ["commentary"] },
    {
      name: "thoughts",
      members: output({ id: "rs_1", type: "reasoning", summary: [{ type: "summary_text", text: "mark-thought" }] }),
      marks: ["mark-thought"],
    },
    {
      name: "sealed thoughts",
      members: output({ id: "rs_1", type: "reasoning", summary: [], encrypted_content: "mark-seal" }),
    },
    { name: "call", members: { output: [call] }, marks: ["get_weather", "mark-city", "call_1"] },
    {
      name: "citation of a page",
      members: said({
        ...text,
        annotations: [{ type: "url_citation", url: "https://example.com/mark", title: "T", start_index: 0, end_index: 5 }],
      }),
      marks: ["example.com/mark"],
    },
    {
      name: "citation of a file",
      members: said({ ...text, annotations: [{ type: "file_citation", file_id: "file_mark", filename: "F", index: 0 }] }),
      marks: ["file_mark"],
    },
    {
      name: "probabilities of tokens",
      members: said({ ...text, logprobs: [{ token: "Hello.", logprob: -0.125, bytes: [], top_logprobs: [] }] }),
      marks: ["-0.125"],
    },
    {
      name: "search of the web",
      members: output({ id: "ws_1", type: "web_search_call", status: "completed", action: { type: "search", query: "mark-query" } }),
      marks: ["mark-query"],
    },
    {
      name: "code",
      members: output({
        id: "ci_1",
        type: "code_interpreter_call",
        status: "completed",
        container_id: "c",
        code: "mark-code",
        outputs: [],
      }),
      marks: ["mark-code"],
    },
    {
      name: "image",
      members: output({ id: "ig_1", type: "image_generation_call", status: "completed", result: "bWFyaw==" }),
      marks: ["bWFyaw=="],
    },
    {
      name: "call of an MCP server",
      members: output({ id: "mcp_1", type: "mcp_call", server_label: "s", name: "mark-mcp", arguments: "{}", output: "O" }),
      marks: ["mark-mcp"],
    },
    { name: "compaction", members: output({ id: "cmp_1", type: "compaction", encrypted_content: "mark-seal" }), marks: ["mark-seal"] },
    { name: "ending by the limit", members: { status: "incomplete", incomplete_details: { reason: "max_output_tokens" } } },
    { name: "ending by a filter", members: { status: "incomplete", incomplete_details: { reason: "content_filter" } } },
    { name: "tier", members: { service_tier: "priority" }, marks: ["priority"] },
    { name: "count of cached input", members: { usage: { ...usage, input_tokens_details: { cached_tokens: 40 } } }, marks: ["40"] },
    { name: "count of thoughts", members: { usage: { ...usage, output_tokens_details: { reasoning_tokens: 7 } } } },
  ],
};
