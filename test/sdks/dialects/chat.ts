import {
  counts,
  errorOf,
  type Json,
  listOf,
  type Media,
  mediaOf,
  objectOf,
  piecesOf,
  Refused,
  type Reply,
  refuseUnknown,
  type Sent,
  type UpstreamDialect,
} from "./asked.ts";

const known =
  "model messages stream stream_options temperature top_p n stop seed max_tokens max_completion_tokens presence_penalty frequency_penalty logit_bias logprobs top_logprobs tools tool_choice parallel_tool_calls response_format reasoning_effort verbosity user safety_identifier prompt_cache_key prompt_cache_options service_tier store metadata modalities audio prediction web_search_options".split(
    " ",
  );
const head = { id: "chatcmpl-upstream1", created: 1_700_000_000 };
export const usage = {
  prompt_tokens: counts.fresh + counts.cached,
  completion_tokens: counts.output,
  total_tokens: counts.fresh + counts.cached + counts.output,
  prompt_tokens_details: { cached_tokens: counts.cached },
  completion_tokens_details: { reasoning_tokens: counts.reasoning },
};

/** Chat Completions as a provider speaks it whose models reason (`reasoning_content`). */
export const chat: UpstreamDialect = {
  id: "openai-chat",
  error: (status, message) => errorOf("openai-chat", status, message),
  read(body) {
    refuseUnknown(body, known);
    const messages = listOf(body.messages);
    if (messages.length === 0) throw new Refused("'messages' must not be empty.");
    checkCalls(messages);
    const users = messages.filter(({ role }) => role === "user").map(({ content }) => contentOf(content));
    return {
      stream: body.stream === true,
      usageAsked: objectOf(body.stream_options).include_usage === true,
      instructions: messages.filter(({ role }) => role === "system" || role === "developer").map(({ content }) => contentOf(content).text),
      question: users.at(-1)?.text ?? "",
      media: users.flatMap(({ media }) => media),
      tools: listOf(body.tools).map(({ type, function: tool }) => toolName(type, tool)),
      results: messages.filter(({ role }) => role === "tool").map(({ content }) => contentOf(content).text),
      schema: objectOf(body.response_format).type === "json_schema",
      reasoning: typeof body.reasoning_effort === "string" && body.reasoning_effort !== "none",
      kept: messages.flatMap(({ reasoning_content: kept }) => (typeof kept === "string" ? [kept] : [])),
    };
  },
  whole(reply, model) {
    const message = {
      role: "assistant",
      content: reply.calls.length > 0 ? null : reply.text,
      refusal: null,
      ...(reply.reasoning && { reasoning_content: reply.reasoning }),
      ...(reply.calls.length > 0 && { tool_calls: reply.calls.map(callOf) }),
    };
    return {
      ...head,
      object: "chat.completion",
      model,
      choices: [{ index: 0, message, logprobs: null, finish_reason: finishOf(reply) }],
      usage,
    };
  },
  events(reply, model, asked) {
    const chunk = (choices: unknown, more: Json = {}): Sent => ({
      data: JSON.stringify({ ...head, object: "chat.completion.chunk", model, choices, ...more }),
    });
    const delta = (part: Json, finish: string | null = null) => chunk([{ index: 0, delta: part, logprobs: null, finish_reason: finish }]);
    return [
      delta({ role: "assistant", content: reply.calls.length > 0 ? null : "" }),
      ...piecesOf(reply.reasoning).map((piece) => delta({ reasoning_content: piece })),
      ...piecesOf(reply.text).map((piece) => delta({ content: piece })),
      ...reply.calls.flatMap((call, index) => [
        delta({ tool_calls: [{ index, ...callOf({ ...call, arguments: "" }) }] }),
        ...piecesOf(call.arguments).map((piece) => delta({ tool_calls: [{ index, function: { arguments: piece } }] })),
      ]),
      delta({}, finishOf(reply)),
      ...(asked.usageAsked ? [chunk([], { usage })] : []),
      { data: "[DONE]" },
    ];
  },
};

function finishOf(reply: Reply): string {
  return reply.calls.length > 0 ? "tool_calls" : "stop";
}

function callOf(call: Reply["calls"][number]): Json {
  return { id: call.id, type: "function", function: { name: call.name, arguments: call.arguments } };
}

export function toolName(type: unknown, tool: unknown): string {
  const { name, parameters } = objectOf(tool);
  if (type !== "function" || typeof name !== "string") throw new Refused("Invalid value in 'tools'.");
  if (objectOf(parameters).type !== "object") throw new Refused(`Invalid schema for function '${name}'.`);
  return name;
}

function contentOf(content: unknown): { text: string; media: Media[] } {
  if (typeof content === "string") return { text: content, media: [] };
  const parts = listOf(content);
  return {
    text: parts.flatMap(({ type, text }) => (type === "text" ? [String(text)] : [])).join(" "),
    media: parts.flatMap((part): Media[] => {
      if (part.type === "text") return [];
      if (part.type === "image_url") return [mediaOf(objectOf(part.image_url).url)];
      if (part.type === "file") return [mediaOf(objectOf(part.file).file_data)];
      throw new Refused(`Invalid content part '${part.type}'.`);
    }),
  };
}

/** Every call is answered right behind it, and nothing else is. */
export function checkCalls(messages: readonly Json[]): void {
  let open: Set<unknown> = new Set();
  for (const message of messages) {
    if (message.role === "tool") {
      if (!open.delete(message.tool_call_id)) throw new Refused("Messages with role 'tool' must follow a message with their tool call.");
      continue;
    }
    if (open.size > 0) throw new Refused("An assistant message with 'tool_calls' must be followed by tool messages.");
    open = new Set(listOf(message.tool_calls).map(({ id }) => id));
  }
  if (open.size > 0) throw new Refused("An assistant message with 'tool_calls' must be followed by tool messages.");
}
