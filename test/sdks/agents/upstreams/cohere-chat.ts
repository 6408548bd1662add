import { type Json, madeId, type PlayedTurn, piecesOf, plainCalls } from "../play.ts";
import { list, object, type PlayedUsage, type SeenBlock, type SeenResult, sse, type UpstreamDialect } from "../upstream-dialect.ts";
import { inputOf, unanswered } from "./anthropic-messages.ts";

// https://docs.cohere.com/reference/chat and /docs/reasoning: what is said beside calls is the plan.

export const cohereChat: UpstreamDialect = {
  id: "cohere-chat",
  model: "command-a-reasoning-08-2025",
  contentType: "text/event-stream",
  members: ["messages", "tools", "thinking"],
  resultImages: false,
  reportsCache: "never",
  said: (turn, conversation) => blocksOf(messageOf(turn, conversation)),
  whole: (turn, usage, conversation) => ({
    id: madeId("", conversation, turn.number),
    finish_reason: turn.calls.length > 0 ? "TOOL_CALL" : "COMPLETE",
    message: messageOf(turn, conversation),
    usage: usageOf(usage),
  }),
  stream(turn, usage, conversation) {
    const { content, tool_plan, tool_calls } = messageOf(turn, conversation);
    const events: Json[] = [
      { type: "message-start", id: madeId("", conversation, turn.number), delta: { message: { role: "assistant", content: [] } } },
      ...list(content).flatMap((part, index) => {
        const name = part.type === "thinking" ? "thinking" : "text";
        return [
          { type: "content-start", index, delta: { message: { content: { type: part.type, [name]: "" } } } },
          ...piecesOf(String(part[name])).map((piece) => ({
            type: "content-delta",
            index,
            delta: { message: { content: { [name]: piece } } },
          })),
          { type: "content-end", index },
        ];
      }),
      ...piecesOf(String(tool_plan ?? "")).map((piece) => ({ type: "tool-plan-delta", delta: { message: { tool_plan: piece } } })),
      ...list(tool_calls).flatMap((call, index) => {
        const { name, arguments: text } = object(call.function);
        const delta = (tool: Json) => ({ message: { tool_calls: tool } });
        return [
          { type: "tool-call-start", index, delta: delta({ ...call, function: { name, arguments: "" } }) },
          ...piecesOf(String(text)).map((piece) => ({ type: "tool-call-delta", index, delta: delta({ function: { arguments: piece } }) })),
          { type: "tool-call-end", index },
        ];
      }),
      { type: "message-end", delta: { finish_reason: turn.calls.length > 0 ? "TOOL_CALL" : "COMPLETE", usage: usageOf(usage) } },
    ];
    return sse(events);
  },
  read(body) {
    const turns: { blocks: SeenBlock[]; results: SeenResult[] }[] = [];
    const questions: string[] = [];
    const system: string[] = [];
    for (const message of list(body.messages)) {
      if (message.role === "assistant") turns.push({ blocks: blocksOf(message), results: [] });
      else if (message.role === "tool") turns.at(-1)?.results.push({ id: String(message.tool_call_id), text: textOf(message.content) });
      else if (message.role === "user") questions.push(textOf(message.content));
      else system.push(textOf(message.content));
    }
    return { system: system.join("\n"), tools: list(body.tools).map((tool) => String(object(tool.function).name)), questions, turns };
  },
  refuses: (_body, seen, play) => unanswered(seen.turns, play.turns),
  error: (message) => ({ id: "upstream", message }),
};

function usageOf({ uncached, cacheRead, cacheWrite, output }: PlayedUsage): Json {
  const input_tokens = uncached + cacheRead + cacheWrite;
  return { billed_units: { input_tokens, output_tokens: output }, tokens: { input_tokens, output_tokens: output } };
}

function messageOf(turn: PlayedTurn, conversation: string): Json {
  const said = turn.text !== undefined && turn.calls.length === 0 ? [{ type: "text", text: turn.text }] : [];
  const content = [...(turn.thought === undefined ? [] : [{ type: "thinking", thinking: turn.thought }]), ...said];
  return {
    role: "assistant",
    ...(content.length > 0 && { content }),
    ...(turn.text !== undefined && turn.calls.length > 0 && { tool_plan: turn.text }),
    ...(turn.calls.length > 0 && {
      tool_calls: plainCalls(turn).map(({ name, input }, place) => ({
        id: madeId(`${name}_`, conversation, turn.number, place),
        type: "function",
        function: { name, arguments: JSON.stringify(inputOf(input)) },
      })),
    }),
  };
}

function blocksOf(message: Json): SeenBlock[] {
  const parts = typeof message.content === "string" ? [{ type: "text", text: message.content }] : list(message.content);
  return [
    ...parts.map(
      (part): SeenBlock =>
        part.type === "thinking" ? { kind: "thought", text: String(part.thinking) } : { kind: "text", text: String(part.text) },
    ),
    ...(message.tool_plan === undefined ? [] : [{ kind: "text" as const, text: String(message.tool_plan) }]),
    ...list(message.tool_calls).map((call): SeenBlock => {
      const { name, arguments: json } = object(call.function);
      return { kind: "call", id: String(call.id), name: String(name), input: JSON.parse(String(json)) };
    }),
  ];
}

function textOf(content: unknown): string {
  return typeof content === "string"
    ? content
    : list(content)
        .map(({ text }) => String(text))
        .join("\n");
}
