import {
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
import { checkCalls, toolName, usage } from "./chat.ts";

// https://docs.mistral.ai/api: Chat Completions with names, ids, documents and thoughts of its own, and nothing unknown.

const known =
  "model messages stream temperature top_p max_tokens stop random_seed metadata response_format tools tool_choice presence_penalty frequency_penalty n prediction parallel_tool_calls reasoning_effort prompt_mode guardrails prompt_cache_key service_tier safe_prompt".split(
    " ",
  );
const head = { id: "735e434874a24f68a2390b3cab149242", created: 1_700_000_000 };
const ids: Readonly<Record<string, string>> = { call_berlin_1: "berlin001", call_oslo_2: "oslo00002", call_answer_1: "answer001" };

export const mistral: UpstreamDialect = {
  id: "openai-chat",
  read(body) {
    refuseUnknown(body, known);
    const messages = listOf(body.messages);
    checkCalls(messages);
    const named = messages.flatMap(({ tool_call_id: id, tool_calls: calls }) => [id, ...listOf(calls).map((call) => call.id)]);
    const odd = named.find((id) => id !== undefined && !/^[a-zA-Z0-9]{9}$/.test(String(id)));
    if (odd !== undefined) throw new Refused(`Tool call id was ${odd} but must be a-z, A-Z, 0-9, with a length of 9.`);
    const contents = messages.map(({ role, content }) => ({ role, ...contentOf(content) }));
    const users = contents.filter(({ role }) => role === "user");
    if (contents.some(({ role }) => role === "developer")) throw new Refused("Input should be 'system', 'user', 'assistant' or 'tool'");
    return {
      stream: body.stream === true,
      usageAsked: true,
      instructions: contents.filter(({ role }) => role === "system").map(({ text }) => text),
      question: users.at(-1)?.text ?? "",
      media: users.flatMap(({ media }) => media),
      tools: listOf(body.tools).map(({ type, function: tool }) => toolName(type, tool)),
      results: contents.filter(({ role }) => role === "tool").map(({ text }) => text),
      schema: objectOf(body.response_format).type === "json_schema",
      reasoning: body.reasoning_effort === "high",
      kept: contents.flatMap(({ thoughts }) => thoughts),
    };
  },
  whole: (reply, model) => ({
    ...head,
    object: "chat.completion",
    model,
    choices: [{ index: 0, finish_reason: finishOf(reply), message: messageIn(reply) }],
    usage,
  }),
  events(reply, model) {
    const chunk = (delta: Json, finish: string | null = null, more: Json = {}): Sent => ({
      data: JSON.stringify({
        ...head,
        object: "chat.completion.chunk",
        model,
        choices: [{ index: 0, delta, finish_reason: finish }],
        ...more,
      }),
    });
    return [
      chunk({ role: "assistant", content: "" }),
      ...piecesOf(reply.reasoning).map((text) => chunk({ content: [thinking(text)] })),
      ...piecesOf(reply.text).map((content) => chunk({ content })),
      ...(reply.calls.length > 0 ? [chunk({ content: "", tool_calls: callsIn(reply) })] : []),
      chunk({ content: "" }, finishOf(reply), { usage }),
      { data: "[DONE]" },
    ];
  },
  error: (status, message) => ({
    object: "error",
    message,
    type: "invalid_request_error",
    param: null,
    code: status === 404 ? "1500" : null,
  }),
};

const finishOf = ({ calls }: Reply): string => (calls.length > 0 ? "tool_calls" : "stop");

function thinking(text: string): Json {
  return { type: "thinking", thinking: [{ type: "text", text }] };
}

function callsIn({ calls }: Reply): Json[] {
  return calls.map(({ id, name, arguments: json }, index) => ({
    id: ids[id],
    type: "function",
    function: { name, arguments: json },
    index,
  }));
}

function messageIn(reply: Reply): Json {
  const content = reply.reasoning ? [thinking(reply.reasoning), ...(reply.text ? [{ type: "text", text: reply.text }] : [])] : reply.text;
  return { role: "assistant", tool_calls: reply.calls.length > 0 ? callsIn(reply) : null, content };
}

function contentOf(content: unknown): { text: string; media: Media[]; thoughts: string[] } {
  if (typeof content === "string") return { text: content, media: [], thoughts: [] };
  const parts = listOf(content);
  return {
    text: parts.flatMap(({ type, text }) => (type === "text" ? [String(text)] : [])).join(" "),
    thoughts: parts.flatMap((part) =>
      part.type === "thinking"
        ? [
            listOf(part.thinking)
              .map(({ text }) => String(text))
              .join(""),
          ]
        : [],
    ),
    media: parts.flatMap((part): Media[] => {
      if (part.type === "text" || part.type === "thinking") return [];
      if (part.type === "image_url") return [mediaOf(typeof part.image_url === "string" ? part.image_url : objectOf(part.image_url).url)];
      if (part.type === "document_url") return [mediaOf(part.document_url)];
      throw new Refused(`Input tag '${part.type}' found using 'type' does not match any of the expected tags`);
    }),
  };
}
