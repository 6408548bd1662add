import { type Json, madeId, type PlayedTurn, piecesOf, plainCalls } from "../play.ts";
import { list, object, type SeenBlock, type SeenResult, type UpstreamDialect } from "../upstream-dialect.ts";
import { inputOf, unanswered } from "./anthropic-messages.ts";

// https://docs.ollama.com/api/chat and /capabilities/tool-calling.

export const ollamaChat: UpstreamDialect = {
  id: "ollama-chat",
  model: "gpt-oss:120b",
  contentType: "application/x-ndjson",
  members: ["messages", "tools", "think"],
  resultImages: true,
  reportsCache: "never",
  said: (turn, conversation) => blocksOf(messageOf(turn, conversation)),
  whole: (turn, usage, conversation) => ({ ...head(turn), message: messageOf(turn, conversation), ...end(usage) }),
  stream(turn, usage, conversation) {
    const { thinking, content, tool_calls } = messageOf(turn, conversation);
    const line = (message: Json) => ({ ...head(turn), message: { role: "assistant", content: "", ...message }, done: false });
    const lines = [
      ...piecesOf(String(thinking ?? "")).map((piece) => line({ thinking: piece })),
      ...piecesOf(String(content)).map((piece) => line({ content: piece })),
      ...list(tool_calls).map((call) => line({ tool_calls: [call] })),
      { ...head(turn), message: { role: "assistant", content: "" }, ...end(usage) },
    ];
    return lines.map((each) => `${JSON.stringify(each)}\n`);
  },
  read(body) {
    const turns: { blocks: SeenBlock[]; results: SeenResult[] }[] = [];
    const questions: string[] = [];
    const system: string[] = [];
    for (const message of list(body.messages)) {
      if (message.role === "assistant") turns.push({ blocks: blocksOf(message), results: [] });
      else if (message.role === "tool") turns.at(-1)?.results.push(seenResult(message));
      else if (message.role === "user") questions.push(String(message.content));
      else system.push(String(message.content));
    }
    return { system: system.join("\n"), tools: list(body.tools).map((tool) => String(object(tool.function).name)), questions, turns };
  },
  refuses(body, seen, play) {
    const strange = list(body.messages).findIndex(({ content }) => typeof content !== "string");
    if (strange >= 0) return "json: cannot unmarshal array into Go struct field ChatRequest.messages.content of type string";
    return unanswered(seen.turns, play.turns);
  },
  error: (message) => ({ error: message }),
};

function head({ number }: PlayedTurn): Json {
  return { model: "gpt-oss:120b", created_at: `2026-05-01T10:00:${String(number).padStart(2, "0")}.123456789Z` };
}

function end({
  uncached,
  cacheRead,
  cacheWrite,
  output,
}: {
  uncached: number;
  cacheRead: number;
  cacheWrite: number;
  output: number;
}): Json {
  return { done: true, done_reason: "stop", total_duration: 1, prompt_eval_count: uncached + cacheRead + cacheWrite, eval_count: output };
}

function messageOf(turn: PlayedTurn, conversation: string): Json {
  return {
    role: "assistant",
    content: turn.text ?? "",
    ...(turn.thought !== undefined && { thinking: turn.thought }),
    ...(turn.calls.length > 0 && {
      tool_calls: plainCalls(turn).map(({ name, input }, place) => ({
        id: madeId("call_", conversation, turn.number, place).slice(0, 13),
        function: { index: place, name, arguments: inputOf(input) },
      })),
    }),
  };
}

function blocksOf(message: Json): SeenBlock[] {
  return [
    ...(message.thinking === undefined ? [] : [{ kind: "thought" as const, text: String(message.thinking) }]),
    ...(message.content === "" ? [] : [{ kind: "text" as const, text: String(message.content) }]),
    ...list(message.tool_calls).map((call): SeenBlock => {
      const { name, arguments: input } = object(call.function);
      return { kind: "call", id: String(call.id), name: String(name), input };
    }),
  ];
}

function seenResult({ tool_call_id, content, images }: Json): SeenResult {
  return { ...(tool_call_id !== undefined && { id: String(tool_call_id) }), text: String(content), images: list(images).length };
}
