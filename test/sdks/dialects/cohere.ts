import {
  counts,
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
import { toolName } from "./chat.ts";

// https://docs.cohere.com/reference/chat

const known =
  "model messages tools strict_tools documents citation_options response_format safety_mode max_tokens stop_sequences temperature seed frequency_penalty presence_penalty k p logprobs tool_choice thinking priority stream".split(
    " ",
  );
const input_tokens = counts.fresh + counts.cached;
const usage = {
  billed_units: { input_tokens, output_tokens: counts.output },
  tokens: { input_tokens, output_tokens: counts.output },
  cached_tokens: counts.cached,
};

export const cohere: UpstreamDialect = {
  id: "cohere-chat",
  read(body) {
    refuseUnknown(body, known);
    const messages = listOf(body.messages);
    checkCalls(messages);
    const users = messages.filter(({ role }) => role === "user").map(({ content }) => contentOf(content));
    return {
      stream: body.stream === true,
      usageAsked: true,
      instructions: messages.filter(({ role }) => role === "system").map(({ content }) => contentOf(content).text),
      question: users.at(-1)?.text ?? "",
      media: users.flatMap(({ media }) => media),
      tools: listOf(body.tools).map(({ type, function: tool }) => toolName(type, tool)),
      results: messages.filter(({ role }) => role === "tool").map(({ content }) => contentOf(content).text),
      schema: objectOf(objectOf(body.response_format).json_schema).type === "object",
      reasoning: objectOf(body.thinking).type === "enabled",
      kept: messages.flatMap(({ content }) =>
        Array.isArray(content) ? listOf(content).flatMap(({ thinking }) => (thinking ? [String(thinking)] : [])) : [],
      ),
    };
  },
  whole: (reply) => ({ id: "upstream1", finish_reason: finishOf(reply), message: messageIn(reply), usage }),
  events(reply) {
    const { content, tool_calls: calls } = messageIn(reply);
    const events = [
      { type: "message-start", id: "upstream1", delta: { message: { role: "assistant", content: [] } } },
      ...listOf(content).flatMap(contentEvents),
      ...listOf(calls).flatMap(callEvents),
      { type: "message-end", delta: { finish_reason: finishOf(reply), usage } },
    ];
    return events.map((event): Sent => ({ name: event.type, data: JSON.stringify(event) }));
  },
  error: (_status, message) => ({ id: "upstream1", message }),
};

interface Event extends Json {
  readonly type: string;
}

function contentEvents(part: Json, index: number): Event[] {
  const name = String(part.type);
  const deltas = piecesOf(String(part[name])).map((piece) => ({
    type: "content-delta",
    index,
    delta: { message: { content: { [name]: piece } } },
  }));
  return [
    { type: "content-start", index, delta: { message: { content: { type: name, [name]: "" } } } },
    ...deltas,
    { type: "content-end", index },
  ];
}

function callEvents(call: Json, index: number): Event[] {
  const { name, arguments: json } = objectOf(call.function);
  const delta = (tool: Json) => ({ message: { tool_calls: tool } });
  return [
    { type: "tool-call-start", index, delta: delta({ ...call, function: { name, arguments: "" } }) },
    ...piecesOf(String(json)).map((piece) => ({ type: "tool-call-delta", index, delta: delta({ function: { arguments: piece } }) })),
    { type: "tool-call-end", index },
  ];
}

function finishOf({ calls }: Reply): string {
  return calls.length > 0 ? "TOOL_CALL" : "COMPLETE";
}

function messageIn(reply: Reply): Json {
  const content = [
    ...(reply.reasoning ? [{ type: "thinking", thinking: reply.reasoning }] : []),
    ...(reply.text ? [{ type: "text", text: reply.text }] : []),
  ];
  const calls = reply.calls.map(({ id, name, arguments: json }) => ({ id, type: "function", function: { name, arguments: json } }));
  return { role: "assistant", ...(content.length > 0 && { content }), ...(calls.length > 0 && { tool_calls: calls }) };
}

function contentOf(content: unknown): { text: string; media: Media[] } {
  if (typeof content === "string") return { text: content, media: [] };
  const parts = listOf(content);
  return {
    text: parts.flatMap(({ type, text }) => (type === "text" ? [String(text)] : [])).join(" "),
    media: parts.flatMap((part): Media[] => (part.type === "image_url" ? [mediaOf(objectOf(part.image_url).url)] : [])),
  };
}

function checkCalls(messages: readonly Json[]): void {
  const open = new Set<unknown>();
  for (const { role, tool_calls: calls, tool_call_id: id } of messages) {
    if (role === "tool" && !open.delete(id)) throw new Refused(`invalid request: tool call id ${id} not found in previous tool calls`);
    for (const call of listOf(calls)) open.add(call.id);
  }
  if (open.size > 0) throw new Refused("invalid request: tool calls without results");
}
