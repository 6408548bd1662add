import { type Json, madeId, type PlayedTurn, piecesOf, plainCalls } from "../play.ts";
import {
  lastRound,
  list,
  object,
  type PlayedUsage,
  type SeenBlock,
  type SeenResult,
  sse,
  type UpstreamDialect,
} from "../upstream-dialect.ts";
import { inputOf, unanswered } from "./anthropic-messages.ts";

// https://api-docs.deepseek.com/guides/thinking_mode: thoughts in plain words, which must come back while a round of tools lasts.

export const openaiChat: UpstreamDialect = {
  id: "openai-chat",
  model: "deepseek-reasoner",
  contentType: "text/event-stream",
  members: ["messages", "tools", "reasoning_effort"],
  resultImages: false,
  reportsCache: "reads",
  said: (turn, conversation) => blocksOf(messageOf(turn, conversation)),
  whole: (turn, usage, conversation) => ({
    ...head(turn, conversation, "chat.completion"),
    choices: [{ index: 0, message: messageOf(turn, conversation), logprobs: null, finish_reason: finishOf(turn) }],
    usage: usageOf(usage),
  }),
  stream(turn, usage, conversation) {
    const chunk = (delta: Json, finish_reason: string | null = null) => ({
      ...head(turn, conversation, "chat.completion.chunk"),
      choices: [{ index: 0, delta, logprobs: null, finish_reason }],
    });
    const { reasoning_content, content, tool_calls } = messageOf(turn, conversation);
    const calls = list(tool_calls).flatMap((call, index) => {
      const { name, arguments: text } = object(call.function);
      return [
        chunk({ tool_calls: [{ ...call, index, function: { name, arguments: "" } }] }),
        ...piecesOf(String(text)).map((piece) => chunk({ tool_calls: [{ index, function: { arguments: piece } }] })),
      ];
    });
    const chunks = [
      chunk({ role: "assistant", content: null, reasoning_content: "" }),
      ...piecesOf(String(reasoning_content ?? "")).map((piece) => chunk({ content: null, reasoning_content: piece })),
      ...piecesOf(String(content ?? "")).map((piece) => chunk({ content: piece, reasoning_content: null })),
      ...calls,
      chunk({ content: "" }, finishOf(turn)),
      { ...head(turn, conversation, "chat.completion.chunk"), choices: [], usage: usageOf(usage) },
    ];
    return [...sse(chunks, false), "data: [DONE]\n\n"];
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
  refuses(body, seen, play) {
    const strange = list(body.tools).find(({ type }) => type !== "function");
    if (strange) return `Failed to deserialize the JSON body: unknown variant \`${String(strange.type)}\`, expected \`function\``;
    if (String(body.user ?? "").length > 64) return "Invalid 'user': string too long. Expected a string with maximum length 64.";
    const start = seen.turns.length - lastRound(seen).length;
    const forgotten = lastRound(seen).findIndex(
      ({ blocks }, at) => play.turns[start + at]?.thought !== undefined && blocks[0]?.kind !== "thought",
    );
    if (forgotten >= 0) return "Missing `reasoning_content` field in the assistant message";
    return unanswered(seen.turns, play.turns);
  },
  error: (message) => ({ error: { message, type: "invalid_request_error", param: null, code: "invalid_request_error" } }),
};

function head({ number }: PlayedTurn, conversation: string, kind: string): Json {
  return {
    id: madeId("", conversation, number),
    object: kind,
    created: 1_780_000_000 + number,
    model: "deepseek-reasoner",
    system_fingerprint: "fp",
  };
}

function finishOf({ calls }: PlayedTurn): string {
  return calls.length > 0 ? "tool_calls" : "stop";
}

function usageOf({ uncached, cacheRead, cacheWrite, output }: PlayedUsage): Json {
  const prompt_tokens = uncached + cacheRead + cacheWrite;
  return {
    prompt_tokens,
    completion_tokens: output,
    total_tokens: prompt_tokens + output,
    prompt_tokens_details: { cached_tokens: cacheRead },
    completion_tokens_details: { reasoning_tokens: 2 },
    prompt_cache_hit_tokens: cacheRead,
    prompt_cache_miss_tokens: uncached + cacheWrite,
  };
}

function messageOf(turn: PlayedTurn, conversation: string): Json {
  return {
    role: "assistant",
    content: turn.text ?? null,
    ...(turn.thought !== undefined && { reasoning_content: turn.thought }),
    ...(turn.calls.length > 0 && {
      tool_calls: plainCalls(turn).map(({ name, input }, place) => ({
        id: madeId(`call_0${place}_`, conversation, turn.number, place),
        type: "function",
        function: { name, arguments: JSON.stringify(inputOf(input)) },
      })),
    }),
  };
}

function blocksOf(message: Json): SeenBlock[] {
  const text = textOf(message.content);
  return [
    ...(message.reasoning_content == null ? [] : [{ kind: "thought" as const, text: String(message.reasoning_content) }]),
    ...(text === "" ? [] : [{ kind: "text" as const, text }]),
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
