import {
  counts,
  type Json,
  listOf,
  objectOf,
  piecesOf,
  Refused,
  type Reply,
  refuseUnknown,
  type Sent,
  type UpstreamDialect,
} from "./asked.ts";
import { toolName } from "./chat.ts";

// https://docs.ollama.com/api/chat

const known = "model messages tools format options stream think keep_alive logprobs top_logprobs truncate shift".split(" ");
const end = {
  done: true,
  done_reason: "stop",
  total_duration: 1,
  prompt_eval_count: counts.fresh + counts.cached,
  eval_count: counts.output,
};

export const ollama: UpstreamDialect = {
  id: "ollama-chat",
  contentType: "application/x-ndjson",
  frame: ({ data }) => `${data}\n`,
  read(body) {
    refuseUnknown(body, known);
    const messages = listOf(body.messages);
    if (messages.some(({ content }) => content !== undefined && typeof content !== "string")) {
      throw new Refused("json: cannot unmarshal array into Go struct field ChatRequest.messages.content of type string");
    }
    const users = messages.filter(({ role }) => role === "user");
    return {
      stream: body.stream !== false,
      usageAsked: true,
      instructions: messages.filter(({ role }) => role === "system").map(({ content }) => String(content)),
      question: String(users.at(-1)?.content ?? ""),
      media: users.flatMap(({ images }) =>
        (Array.isArray(images) ? images : []).map((data: unknown) => ({ type: "image/png", bytes: Buffer.from(String(data), "base64") })),
      ),
      tools: listOf(body.tools).map(({ type, function: tool }) => toolName(type, tool)),
      results: messages.filter(({ role }) => role === "tool").map(({ content }) => String(content)),
      schema: objectOf(body.format).type === "object",
      reasoning: body.think !== undefined && body.think !== false,
      kept: messages.flatMap(({ role, thinking }) => (role === "assistant" && thinking ? [String(thinking)] : [])),
    };
  },
  whole: (reply, model) => ({ ...headOf(model), message: messageIn(reply), ...end }),
  events(reply, model) {
    const line = (message: Json): Json => ({ ...headOf(model), message: { role: "assistant", content: "", ...message }, done: false });
    const { tool_calls: calls } = messageIn(reply);
    const lines = [
      ...piecesOf(reply.reasoning).map((thinking) => line({ thinking })),
      ...piecesOf(reply.text).map((content) => line({ content })),
      ...listOf(calls).map((call) => line({ tool_calls: [call] })),
      { ...line({}), ...end },
    ];
    return lines.map((each): Sent => ({ data: JSON.stringify(each) }));
  },
  error: (_status, message) => ({ error: message }),
};

function headOf(model: string): Json {
  return { model, created_at: "2026-05-01T10:00:00.123456789Z" };
}

function messageIn(reply: Reply): Json {
  const calls = reply.calls.map(({ name, arguments: json }) => ({ function: { name, arguments: JSON.parse(json) as unknown } }));
  return {
    role: "assistant",
    content: reply.text,
    ...(reply.reasoning && { thinking: reply.reasoning }),
    ...(calls.length > 0 && { tool_calls: calls }),
  };
}
