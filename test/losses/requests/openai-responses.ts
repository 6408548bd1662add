import type { Features } from "../feature.ts";

const hi = { role: "user", content: "Hi." };
const say = (...items: readonly object[]) => ({ input: [...items, { role: "user", content: "And now?" }] });
const ask = (...parts: readonly object[]) => ({ input: [{ role: "user", content: [{ type: "input_text", text: "Look." }, ...parts] }] });
const answered = (...parts: readonly object[]) => ({
  type: "message",
  id: "msg_1",
  role: "assistant",
  status: "completed",
  content: parts,
});
const said = { type: "output_text", text: "Hello.", annotations: [] };
const schema = { type: "object", properties: { city: { type: "string" } }, required: ["city"], additionalProperties: false };
const tool = { type: "function", name: "get_weather", description: "Tells the weather.", parameters: schema, strict: false };
const other = { ...tool, name: "get_time", description: "Tells the time." };
const tools = [tool, other];
const call = { type: "function_call", id: "fc_1", call_id: "call_1", name: "get_weather", arguments: '{"city":"Paris"}' };
const result = { type: "function_call_output", call_id: "call_1", output: "mark-result" };
const plain = { model: "m", input: [{ role: "user", content: "And now?" }], store: false };
const withTools = { ...plain, tools };
const hosted = (type: string, members: object = {}) => ({ tools: [{ type, ...members }] });
const png = { type: "input_image", image_url: "data:image/png;base64,bWFyaw==" };
const pdf = { type: "input_file", file_data: "data:application/pdf;base64,bWFyaw==" };

/** https://platform.openai.com/docs/api-reference/responses/create */
export const responsesRequests: Features = {
  dialect: "openai-responses",
  plain,
  list: [
    { name: "instructions", members: { instructions: "mark-instructions" }, marks: ["mark-instructions"] },
    { name: "text as the input", members: { input: "mark-input" }, marks: ["mark-input"] },
    { name: "system item", members: say({ role: "system", content: "mark-system" }), marks: ["mark-system"] },
    { name: "developer item", members: say({ role: "developer", content: "mark-developer" }), marks: ["mark-developer"] },
    {
      name: "system item between turns",
      members: say(hi, answered(said), { role: "developer", content: "mark-late" }),
      beside: { ...plain, ...say(hi, answered(said)) },
      marks: ["mark-late"],
    },
    {
      name: "phase of a message",
      members: say(hi, { ...answered(said), phase: "commentary" }),
      beside: { ...plain, ...say(hi, answered(said)) },
    },
    {
      name: "refusal in the history",
      members: say(hi, answered({ type: "refusal", refusal: "mark-no" })),
      marks: ["mark-no"],
    },
    {
      name: "annotations in the history",
      members: say(
        hi,
        answered({
          ...said,
          annotations: [{ type: "url_citation", url: "https://example.com/mark", title: "T", start_index: 0, end_index: 5 }],
        }),
      ),
      beside: { ...plain, ...say(hi, answered(said)) },
      marks: ["example.com/mark"],
    },
    { name: "image by URL", members: ask({ type: "input_image", image_url: "https://example.com/mark.png" }), marks: ["mark.png"] },
    { name: "image as data", members: ask(png), marks: ["bWFyaw=="] },
    { name: "image by file id", members: ask({ type: "input_image", file_id: "file-mark" }), marks: ["file-mark"] },
    { name: "detail of an image", members: ask({ ...png, detail: "low" }), beside: { ...plain, ...ask(png) } },
    { name: "document as data", members: ask({ ...pdf, filename: "mark.pdf" }), marks: ["bWFyaw=="] },
    { name: "name of a document", members: ask({ ...pdf, filename: "mark.pdf" }), beside: { ...plain, ...ask(pdf) } },
    { name: "document by URL", members: ask({ type: "input_file", file_url: "https://example.com/mark.pdf" }), marks: ["mark.pdf"] },
    { name: "document by file id", members: ask({ type: "input_file", file_id: "file-mark" }), marks: ["file-mark"] },
    {
      name: "thoughts in the history",
      members: say(hi, { type: "reasoning", id: "rs_1", summary: [{ type: "summary_text", text: "mark-thought" }] }, answered(said)),
      beside: { ...plain, ...say(hi, answered(said)) },
      marks: ["mark-thought"],
    },
    {
      name: "sealed thoughts in the history",
      members: say(hi, { type: "reasoning", id: "rs_1", summary: [], encrypted_content: "mark-seal" }, answered(said)),
      beside: { ...plain, ...say(hi, answered(said)) },
      marks: ["mark-seal"],
    },
    {
      name: "call and its result",
      members: { ...say(hi, call, result), tools },
      beside: withTools,
      marks: ["get_weather", "Paris", "mark-result"],
    },
    {
      name: "arguments that are no JSON",
      members: { ...say(hi, { ...call, arguments: "{mark" }, result), tools },
      beside: { ...withTools, ...say(hi, call, result) },
      marks: ["{mark"],
    },
    {
      name: "image in a result",
      members: { ...say(hi, call, { ...result, output: [{ type: "input_text", text: "mark-result" }, png] }), tools },
      beside: { ...withTools, ...say(hi, call, result) },
      marks: ["bWFyaw=="],
    },
    {
      name: "call of a free-text tool",
      members: {
        ...say(
          hi,
          { type: "custom_tool_call", call_id: "call_1", name: "run", input: "mark-input" },
          { type: "custom_tool_call_output", call_id: "call_1", output: "mark-result" },
        ),
        tools,
      },
      beside: withTools,
      marks: ["mark-input", "mark-result"],
    },
    {
      name: "search of the web in the history",
      members: say(
        hi,
        { type: "web_search_call", id: "ws_1", status: "completed", action: { type: "search", query: "mark-query" } },
        answered(said),
      ),
      beside: { ...plain, ...say(hi, answered(said)) },
      marks: ["mark-query"],
    },
    {
      name: "code in the history",
      members: say(
        hi,
        { type: "code_interpreter_call", id: "ci_1", status: "completed", container_id: "c", code: "mark-code", outputs: [] },
        answered(said),
      ),
      beside: { ...plain, ...say(hi, answered(said)) },
      marks: ["mark-code"],
    },
    {
      name: "compaction in the history",
      members: say(hi, { type: "compaction", id: "cmp_1", encrypted_content: "mark-seal" }),
      marks: ["mark-seal"],
    },
    { name: "reference to a stored item", members: say({ type: "item_reference", id: "msg_mark" }), marks: ["msg_mark"] },
    { name: "tool", members: { tools: [tool] }, marks: ["get_weather", "Tells the weather.", "city"] },
    { name: "strict tool", members: { tools: [{ ...tool, strict: true }] }, beside: { ...plain, tools: [tool] } },
    {
      name: "tool loaded when it is searched for",
      members: { tools: [{ ...tool, defer_loading: true }] },
      beside: { ...plain, tools: [tool] },
    },
    { name: "free-text tool", members: hosted("custom", { name: "run", description: "mark-run" }), marks: ["mark-run"] },
    {
      name: "grammar of a free-text tool",
      members: hosted("custom", {
        name: "run",
        description: "mark-run",
        format: { type: "grammar", syntax: "lark", definition: "mark-grammar" },
      }),
      marks: ["mark-grammar"],
    },
    {
      name: "namespace of tools",
      members: hosted("namespace", { name: "mark", description: "mark-space", tools: [tool] }),
      marks: ["get_weather"],
    },
    { name: "search of the web", members: hosted("web_search") },
    {
      name: "place, size and domains of the search",
      members: hosted("web_search", {
        search_context_size: "low",
        user_location: { type: "approximate", city: "mark-city" },
        filters: { allowed_domains: ["mark.example"] },
      }),
      marks: ["mark-city", "mark.example"],
    },
    { name: "search of files", members: hosted("file_search", { vector_store_ids: ["vs_mark"] }), marks: ["vs_mark"] },
    { name: "running code", members: hosted("code_interpreter", { container: { type: "auto" } }) },
    { name: "drawing images", members: hosted("image_generation") },
    { name: "shell at the provider", members: hosted("shell") },
    { name: "use of a computer", members: hosted("computer_use_preview", { display_width: 1, display_height: 1, environment: "browser" }) },
    {
      name: "MCP server of the provider's",
      members: hosted("mcp", { server_label: "mark", server_url: "https://example.com/mark" }),
      marks: ["example.com/mark"],
    },
    { name: "search for tools", members: { tools: [tool, { type: "tool_search" }] }, beside: { ...plain, tools: [tool] } },
    { name: "no tools wanted", members: { tools, tool_choice: "none" }, beside: withTools },
    { name: "some tool wanted", members: { tools, tool_choice: "required" }, beside: withTools },
    { name: "one tool wanted", members: { tools, tool_choice: { type: "function", name: "get_time" } }, beside: withTools },
    {
      name: "some tools allowed",
      members: { tools, tool_choice: { type: "allowed_tools", mode: "auto", tools: [{ type: "function", name: "get_time" }] } },
      beside: withTools,
    },
    {
      name: "hosted tool wanted",
      members: { tools: [...tools, { type: "web_search" }], tool_choice: { type: "web_search" } },
      beside: { ...plain, tools: [...tools, { type: "web_search" }] },
    },
    { name: "one call at a time", members: { tools, parallel_tool_calls: false }, beside: withTools },
    { name: "most calls of hosted tools", members: { max_tool_calls: 3 } },
    { name: "limit of the answer", members: { max_output_tokens: 777 }, marks: ["777"] },
    { name: "temperature", members: { temperature: 0.3 }, marks: ["0.3"] },
    { name: "temperature above 1", members: { temperature: 1.7 } },
    { name: "top_p", members: { top_p: 0.7 }, marks: ["0.7"] },
    { name: "probabilities of tokens", members: { include: ["message.output_text.logprobs"], top_logprobs: 19 } },
    { name: "JSON without a schema", members: { text: { format: { type: "json_object" } } } },
    { name: "JSON by a schema", members: { text: { format: { type: "json_schema", name: "place", schema } } }, marks: ["city"] },
    {
      name: "JSON by a strict schema",
      members: { text: { format: { type: "json_schema", name: "place", schema, strict: true } } },
      beside: { ...plain, text: { format: { type: "json_schema", name: "place", schema } } },
      unneeded: "answers are always held to the schema there",
    },
    {
      name: "description of a schema",
      members: { text: { format: { type: "json_schema", name: "place", schema, description: "mark-place" } } },
      beside: { ...plain, text: { format: { type: "json_schema", name: "place", schema } } },
      marks: ["mark-place"],
    },
    { name: "verbosity", members: { text: { verbosity: "low" } } },
    ...(["none", "minimal", "low", "medium", "high", "xhigh"] as const).map((effort) => ({
      name: `effort ${effort}`,
      members: { reasoning: { effort } },
    })),
    {
      name: "summary of the thoughts",
      members: { reasoning: { effort: "high", summary: "detailed" } },
      beside: { ...plain, reasoning: { effort: "high" } },
    },
    {
      name: "encrypted thoughts in the answer",
      members: { include: ["reasoning.encrypted_content"] },
      unneeded: "the answer's thoughts carry what seals them without being asked",
    },
    { name: "sources of the search in the answer", members: { include: ["web_search_call.action.sources"] } },
    { name: "cutting the input to fit", members: { truncation: "auto" } },
    { name: "management of the context", members: { context_management: [{ type: "compaction", compact_threshold: 1000 }] } },
    { name: "answer stored before", members: { previous_response_id: "resp_mark" } },
    { name: "stored conversation", members: { conversation: "conv_mark" } },
    { name: "stored prompt", members: { prompt: { id: "pmpt_mark" } } },
    { name: "answering in the background", members: { background: true } },
    { name: "keeping the answer", members: { store: true } },
    { name: "tier", members: { service_tier: "priority" } },
    { name: "key of the prompt cache", members: { prompt_cache_key: "mark-key" }, marks: ["mark-key"] },
    { name: "time to live in the prompt cache", members: { prompt_cache_retention: "24h" } },
    { name: "end user", members: { safety_identifier: "mark-user" }, marks: ["mark-user"] },
    { name: "end user in the old form", members: { user: "mark-user" }, marks: ["mark-user"] },
    { name: "metadata", members: { metadata: { ticket: "mark-ticket" } }, marks: ["mark-ticket"] },
    { name: "an unknown member", members: { mark_unknown: "mark" }, marks: ["mark_unknown"] },
  ],
};
