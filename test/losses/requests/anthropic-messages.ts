import type { Features } from "../feature.ts";

const say = (...messages: readonly object[]) => ({ messages: [...messages, { role: "user", content: "And now?" }] });
const ask = (...blocks: readonly object[]) => ({ messages: [{ role: "user", content: [{ type: "text", text: "Look." }, ...blocks] }] });
const answered = (...blocks: readonly object[]) =>
  say({ role: "user", content: "Hi." }, { role: "assistant", content: [...blocks, { type: "text", text: "Hello." }] });
const schema = { type: "object", properties: { city: { type: "string" } }, required: ["city"], additionalProperties: false };
const tool = { name: "get_weather", description: "Tells the weather.", input_schema: schema };
const tools = [tool, { ...tool, name: "get_time", description: "Tells the time." }];
const use = { type: "tool_use", id: "toolu_1", name: "get_weather", input: { city: "Paris" } };
const result = { type: "tool_result", tool_use_id: "toolu_1", content: "mark-result" };
const called = (block: object, ...beside: readonly object[]) => ({
  messages: [
    { role: "user", content: "Hi." },
    { role: "assistant", content: [use] },
    { role: "user", content: [block, ...beside] },
  ],
});
const plain = { model: "m", max_tokens: 32_000, messages: [{ role: "user", content: "And now?" }] };
const withTools = { ...plain, tools };
const withResult = { ...withTools, ...called(result) };
const hosted = (type: string, members: object = {}) => ({ tools: [{ type, ...members }] });
const png = { type: "image", source: { type: "base64", media_type: "image/png", data: "bWFyaw==" } };
const pdf = { type: "document", source: { type: "base64", media_type: "application/pdf", data: "bWFyaw==" } };
const notes = { type: "document", source: { type: "text", media_type: "text/plain", data: "mark-notes" } };
const cited = {
  ...{ type: "text", text: "Hello." },
  citations: [
    { type: "char_location", cited_text: "mark-cited", document_index: 0, document_title: "T", start_char_index: 0, end_char_index: 4 },
  ],
};

/** https://docs.claude.com/en/api/messages, with the betas that clients send in practice. */
export const messagesRequests: Features = {
  dialect: "anthropic-messages",
  plain,
  list: [
    { name: "system text", members: { system: "mark-system" }, marks: ["mark-system"] },
    {
      name: "system blocks",
      members: {
        system: [
          { type: "text", text: "mark-one" },
          { type: "text", text: "mark-two" },
        ],
      },
      marks: ["mark-one", "mark-two"],
    },
    {
      name: "system message between turns",
      members: say({ role: "user", content: "Hi." }, { role: "assistant", content: "Hello." }, { role: "system", content: "mark-late" }),
      beside: { ...plain, ...say({ role: "user", content: "Hi." }, { role: "assistant", content: "Hello." }) },
      marks: ["mark-late"],
    },
    {
      name: "last message of the assistant's",
      members: { messages: [...plain.messages, { role: "assistant", content: "mark-begin" }] },
      marks: ["mark-begin"],
    },
    {
      name: "cache mark on the system text",
      members: { system: [{ type: "text", text: "S.", cache_control: { type: "ephemeral" } }] },
      beside: { ...plain, system: [{ type: "text", text: "S." }] },
    },
    {
      name: "cache mark on a message",
      members: ask({ type: "text", text: "T.", cache_control: { type: "ephemeral" } }),
      beside: { ...plain, ...ask({ type: "text", text: "T." }) },
    },
    {
      name: "cache mark on a tool",
      members: { tools: [{ ...tool, cache_control: { type: "ephemeral", ttl: "1h" } }] },
      beside: { ...plain, tools: [tool] },
    },
    {
      name: "cache mark on a result",
      members: { ...withTools, ...called({ ...result, cache_control: { type: "ephemeral" } }) },
      beside: withResult,
    },
    { name: "cache mark on the request", members: { cache_control: { type: "ephemeral" } } },
    { name: "image as data", members: ask(png), marks: ["bWFyaw=="] },
    {
      name: "image by URL",
      members: ask({ type: "image", source: { type: "url", url: "https://example.com/mark.png" } }),
      marks: ["mark.png"],
    },
    { name: "image by file id", members: ask({ type: "image", source: { type: "file", file_id: "file_mark" } }), marks: ["file_mark"] },
    { name: "document as data", members: ask(pdf), marks: ["bWFyaw=="] },
    {
      name: "document by URL",
      members: ask({ type: "document", source: { type: "url", url: "https://example.com/mark.pdf" } }),
      marks: ["mark.pdf"],
    },
    { name: "document of text", members: ask(notes), marks: ["mark-notes"] },
    {
      name: "document of blocks",
      members: ask({ type: "document", source: { type: "content", content: [{ type: "text", text: "mark-notes" }] } }),
      marks: ["mark-notes"],
    },
    {
      name: "document by file id",
      members: ask({ type: "document", source: { type: "file", file_id: "file_mark" } }),
      marks: ["file_mark"],
    },
    {
      name: "title of a document",
      members: ask({ ...notes, title: "mark-title" }),
      beside: { ...plain, ...ask(notes) },
      marks: ["mark-title"],
    },
    {
      name: "context of a document",
      members: ask({ ...notes, context: "mark-context" }),
      beside: { ...plain, ...ask(notes) },
      marks: ["mark-context"],
    },
    { name: "citations wanted", members: ask({ ...notes, citations: { enabled: true } }), beside: { ...plain, ...ask(notes) } },
    {
      name: "search results of the caller's",
      members: ask({
        type: "search_result",
        source: "https://example.com/mark",
        title: "T",
        content: [{ type: "text", text: "mark-found" }],
      }),
      marks: ["mark-found"],
    },
    {
      name: "citations in the history",
      members: say({ role: "user", content: "Hi." }, { role: "assistant", content: [cited] }),
      beside: { ...plain, ...say({ role: "user", content: "Hi." }, { role: "assistant", content: [{ type: "text", text: "Hello." }] }) },
      marks: ["mark-cited"],
    },
    {
      name: "thoughts in the history",
      members: answered({ type: "thinking", thinking: "mark-thought", signature: "" }),
      beside: { ...plain, ...answered() },
      marks: ["mark-thought"],
    },
    {
      name: "sealed thoughts in the history",
      members: answered({ type: "thinking", thinking: "Hm.", signature: "mark-seal" }),
      beside: { ...plain, ...answered() },
      marks: ["mark-seal"],
    },
    {
      name: "redacted thoughts in the history",
      members: answered({ type: "redacted_thinking", data: "mark-seal" }),
      beside: { ...plain, ...answered() },
      marks: ["mark-seal"],
    },
    {
      name: "call and its result",
      members: { ...called(result), tools },
      beside: withTools,
      marks: ["get_weather", "Paris", "mark-result"],
    },
    { name: "failed result", members: { ...called({ ...result, is_error: true }), tools }, beside: withResult },
    {
      name: "image in a result",
      members: { ...called({ ...result, content: [{ type: "text", text: "mark-result" }, png] }), tools },
      beside: withResult,
      marks: ["bWFyaw=="],
    },
    {
      name: "document in a result",
      members: { ...called({ ...result, content: [{ type: "text", text: "mark-result" }, pdf] }), tools },
      beside: withResult,
      marks: ["bWFyaw=="],
    },
    {
      name: "search results in a result",
      members: {
        ...called({
          ...result,
          content: [{ type: "search_result", source: "s", title: "T", content: [{ type: "text", text: "mark-found" }] }],
        }),
        tools,
      },
      beside: withTools,
      marks: ["mark-found"],
    },
    {
      name: "found tools in a result",
      members: { ...called({ ...result, content: [{ type: "tool_reference", tool_name: "get_time" }] }), tools },
      beside: withTools,
      marks: ["get_time"],
    },
    {
      name: "words beside a result",
      members: { ...called(result, { type: "text", text: "mark-beside" }), tools },
      beside: withResult,
      marks: ["mark-beside"],
    },
    {
      name: "search of the web in the history",
      members: answered(
        { type: "server_tool_use", id: "srvtoolu_1", name: "web_search", input: { query: "mark-query" } },
        {
          type: "web_search_tool_result",
          tool_use_id: "srvtoolu_1",
          content: [{ type: "web_search_result", url: "https://example.com/mark", title: "T", encrypted_content: "x" }],
        },
      ),
      beside: { ...plain, ...answered() },
      marks: ["mark-query"],
    },
    {
      name: "code in the history",
      members: answered(
        { type: "server_tool_use", id: "srvtoolu_1", name: "bash_code_execution", input: { command: "mark-code" } },
        {
          type: "bash_code_execution_tool_result",
          tool_use_id: "srvtoolu_1",
          content: { type: "bash_code_execution_result", stdout: "mark-out", stderr: "", return_code: 0, content: [] },
        },
      ),
      beside: { ...plain, ...answered() },
      marks: ["mark-code"],
    },
    {
      name: "compaction in the history",
      members: answered({ type: "compaction", content: "mark-summary" }),
      beside: { ...plain, ...answered() },
      marks: ["mark-summary"],
    },
    { name: "file for a container", members: ask({ type: "container_upload", file_id: "file_mark" }), marks: ["file_mark"] },
    { name: "tool", members: { tools: [tool] }, marks: ["get_weather", "Tells the weather.", "city"] },
    { name: "strict tool", members: { tools: [{ ...tool, strict: true }] }, beside: { ...plain, tools: [tool] } },
    {
      name: "tool loaded when it is searched for",
      members: { tools: [{ ...tool, defer_loading: true }] },
      beside: { ...plain, tools: [tool] },
    },
    {
      name: "examples of a tool's input",
      members: { tools: [{ ...tool, input_examples: [{ city: "mark-city" }] }] },
      beside: { ...plain, tools: [tool] },
      marks: ["mark-city"],
    },
    {
      name: "tool for code to call",
      members: { tools: [{ ...tool, allowed_callers: ["code_execution_20250825"] }] },
      beside: { ...plain, tools: [tool] },
    },
    { name: "search of the web", members: hosted("web_search_20250305", { name: "web_search" }) },
    {
      name: "place, domains and number of the search",
      members: hosted("web_search_20250305", {
        name: "web_search",
        max_uses: 3,
        allowed_domains: ["mark.example"],
        user_location: { type: "approximate", city: "mark-city" },
      }),
      marks: ["mark-city", "mark.example"],
    },
    { name: "fetching pages", members: hosted("web_fetch_20250910", { name: "web_fetch" }) },
    { name: "running code", members: hosted("code_execution_20250825", { name: "code_execution" }) },
    {
      name: "search for tools",
      members: { tools: [tool, { type: "tool_search_tool_bm25_20251119", name: "tool_search_tool_bm25" }] },
      beside: { ...plain, tools: [tool] },
    },
    { name: "memory", members: hosted("memory_20250818", { name: "memory" }) },
    { name: "text editor", members: hosted("text_editor_20250728", { name: "str_replace_based_edit_tool" }) },
    { name: "shell", members: hosted("bash_20250124", { name: "bash" }) },
    { name: "use of a computer", members: hosted("computer_20250124", { name: "computer", display_width_px: 1, display_height_px: 1 }) },
    { name: "MCP servers of the provider's", members: { mcp_servers: [{ type: "url", url: "https://example.com/mark", name: "mark" }] } },
    { name: "no tools wanted", members: { tools, tool_choice: { type: "none" } }, beside: withTools },
    { name: "some tool wanted", members: { tools, tool_choice: { type: "any" } }, beside: withTools },
    { name: "one tool wanted", members: { tools, tool_choice: { type: "tool", name: "get_time" } }, beside: withTools },
    { name: "one call at a time", members: { tools, tool_choice: { type: "auto", disable_parallel_tool_use: true } }, beside: withTools },
    { name: "limit of the answer", members: { max_tokens: 777 }, marks: ["777"] },
    { name: "temperature", members: { temperature: 0.3 }, marks: ["0.3"] },
    { name: "top_p", members: { top_p: 0.7 }, marks: ["0.7"] },
    { name: "top_k", members: { top_k: 17 }, marks: ["17"] },
    { name: "stop strings", members: { stop_sequences: ["mark-stop"] }, marks: ["mark-stop"] },
    { name: "thinking with a budget", members: { thinking: { type: "enabled", budget_tokens: 4711 } } },
    { name: "thinking as the model likes", members: { thinking: { type: "adaptive" } }, unneeded: "a model thinks as it likes unasked" },
    { name: "no thinking", members: { thinking: { type: "disabled" } }, unneeded: "no thinking is what the model does unasked" },
    {
      name: "thoughts not shown",
      members: { thinking: { type: "adaptive", display: "omitted" } },
      beside: { ...plain, thinking: { type: "adaptive" } },
    },
    ...(["low", "medium", "high", "max"] as const).map((effort) => ({ name: `effort ${effort}`, members: { output_config: { effort } } })),
    { name: "JSON by a schema", members: { output_config: { format: { type: "json_schema", schema } } }, marks: ["city"] },
    { name: "tier", members: { service_tier: "standard_only" }, unneeded: "the standard tier serves whoever asks for no other" },
    { name: "speed", members: { speed: "fast" } },
    { name: "place of inference", members: { inference_geo: "us" } },
    { name: "end user", members: { metadata: { user_id: "mark-user" } }, marks: ["mark-user"] },
    { name: "container", members: { container: "container_mark" } },
    { name: "management of the context", members: { context_management: { edits: [{ type: "clear_tool_uses_20250919" }] } } },
    { name: "a thread that the provider keeps", members: { thread: { type: "continue", previous_message_id: "msg_mark" } } },
    { name: "a summary of the conversation", members: { compaction: { type: "summarize" } } },
    { name: "models that answer where this one declines", members: { fallbacks: [{ model: "mark-model" }] } },
    { name: "thinking between calls only", members: { thinking: { type: "between_tools" } } },
    {
      name: "instructions for one turn",
      members: { messages: [...plain.messages, { role: "system", content: "mark-now", clear_at: "next_user_message" }] },
      beside: { ...plain, messages: [...plain.messages, { role: "system", content: "mark-now" }] },
      marks: ["mark-now"],
    },
    {
      name: "effort from here on",
      members: { messages: [...plain.messages, { role: "system", output_config: { effort: "low" } }] },
    },
    {
      name: "tools that come later",
      members: {
        messages: [
          ...plain.messages,
          { role: "system", content: [{ type: "tool_addition", tool: { type: "tool_reference", name: "get_time" } }] },
        ],
        tools,
      },
      beside: withTools,
    },
    { name: "an unknown member", members: { mark_unknown: "mark" }, marks: ["mark_unknown"] },
  ],
};
