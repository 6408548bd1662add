import type { Features } from "../feature.ts";

const hello = { type: "text", text: "Hello.", citations: null };
const usage = { input_tokens: 100, output_tokens: 10 };
const plain = {
  id: "msg_1",
  type: "message",
  role: "assistant",
  model: "m",
  content: [hello],
  stop_reason: "end_turn",
  stop_sequence: null,
  usage,
};
const content = (...blocks: readonly object[]) => ({ content: [...blocks, hello] });
const ending = (stop_reason: string, members: object = {}) => ({ stop_reason, ...members });
const cited = (citation: object) => ({ content: [{ ...hello, citations: [citation] }] });

/** https://docs.claude.com/en/api/messages */
export const messagesAnswers: Features = {
  dialect: "anthropic-messages",
  plain,
  list: [
    { name: "thoughts", members: content({ type: "thinking", thinking: "mark-thought", signature: "" }), marks: ["mark-thought"] },
    { name: "sealed thoughts", members: content({ type: "thinking", thinking: "Hm.", signature: "mark-seal" }) },
    { name: "redacted thoughts", members: content({ type: "redacted_thinking", data: "mark-seal" }) },
    {
      name: "call",
      members: {
        content: [{ type: "tool_use", id: "toolu_1", name: "get_weather", input: { city: "mark-city" } }],
        stop_reason: "tool_use",
      },
      marks: ["get_weather", "mark-city", "toolu_1"],
    },
    {
      name: "citation of a page",
      members: cited({
        type: "web_search_result_location",
        url: "https://example.com/mark",
        title: "T",
        cited_text: "C",
        encrypted_index: "E",
      }),
      marks: ["example.com/mark"],
    },
    {
      name: "citation of a document",
      members: cited({
        type: "char_location",
        cited_text: "mark-cited",
        document_index: 0,
        document_title: "T",
        start_char_index: 0,
        end_char_index: 4,
      }),
      marks: ["mark-cited"],
    },
    {
      name: "search of the web",
      members: content({ type: "server_tool_use", id: "srvtoolu_1", name: "web_search", input: { query: "mark-query" } }),
      marks: ["mark-query"],
    },
    {
      name: "results of the search",
      members: content({
        type: "web_search_tool_result",
        tool_use_id: "srvtoolu_1",
        content: [{ type: "web_search_result", url: "https://example.com/mark", title: "T", encrypted_content: "x" }],
      }),
      marks: ["example.com/mark"],
    },
    {
      name: "call of an MCP server",
      members: content({ type: "mcp_tool_use", id: "mcptoolu_1", name: "mark-mcp", server_name: "s", input: {} }),
      marks: ["mark-mcp"],
    },
    { name: "compaction", members: content({ type: "compaction", content: "mark-summary" }), marks: ["mark-summary"] },
    { name: "ending by the limit", members: ending("max_tokens") },
    { name: "ending by a stop string", members: ending("stop_sequence", { stop_sequence: "mark-stop" }), marks: ["mark-stop"] },
    { name: "ending by the size of the context", members: ending("model_context_window_exceeded") },
    { name: "ending by a refusal", members: ending("refusal") },
    {
      name: "why it was refused",
      members: ending("refusal", { stop_details: { type: "refusal", category: "cyber", explanation: "mark-reason" } }),
      beside: { ...plain, ...ending("refusal") },
      marks: ["mark-reason"],
    },
    { name: "pause", members: ending("pause_turn") },
    { name: "count of cached input", members: { usage: { ...usage, cache_read_input_tokens: 40 } }, marks: ["40"] },
    { name: "count of input written to the cache", members: { usage: { ...usage, cache_creation_input_tokens: 41 } }, marks: ["41"] },
    { name: "count of searches", members: { usage: { ...usage, server_tool_use: { web_search_requests: 3 } } } },
    { name: "count of thoughts", members: { usage: { ...usage, output_tokens_details: { thinking_tokens: 7 } } } },
    { name: "tier", members: { usage: { ...usage, service_tier: "priority" } }, marks: ["priority"] },
    {
      name: "container",
      unneeded: "it comes only where it was asked for, which callers of other dialects cannot",
      members: { container: { id: "container_mark", expires_at: "2026-01-01T00:00:00Z" } },
      marks: ["container_mark"],
    },
    {
      name: "management of the context",
      unneeded: "it comes only where it was asked for, which callers of other dialects cannot",
      members: { context_management: { applied_edits: [{ type: "clear_tool_uses_20250919" }] } },
    },
  ],
};
