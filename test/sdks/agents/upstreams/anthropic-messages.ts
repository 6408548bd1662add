import { type Json, madeId, type PlayedTurn, piecesOf, plainCalls, sealedBytes } from "../play.ts";
import { lastRound, list, object, type SeenBlock, type SeenResult, type SeenTurn, sse, type UpstreamDialect } from "../upstream-dialect.ts";

// https://docs.claude.com/en/api/messages, /en/docs/build-with-claude/extended-thinking and /streaming.

const blank = "The text of a block must not be empty.";

export const anthropicMessages: UpstreamDialect = {
  id: "anthropic-messages",
  model: "claude-sonnet-4-5",
  contentType: "text/event-stream",
  members: ["messages", "tools", "system", "thinking"],
  resultImages: true,
  reportsCache: "reads and writes",
  said,
  whole(turn, usage, conversation) {
    return {
      ...messageHead(turn, conversation),
      content: blocksOf(turn, conversation),
      stop_reason: turn.calls.length > 0 ? "tool_use" : "end_turn",
      usage: { ...inputUsage(usage), output_tokens: usage.output },
    };
  },
  stream(turn, usage, conversation) {
    const message = {
      ...messageHead(turn, conversation),
      content: [],
      stop_reason: null,
      usage: { ...inputUsage(usage), output_tokens: 3 },
    };
    return sse([
      { type: "message_start", message },
      { type: "ping" },
      ...blocksOf(turn, conversation).flatMap(blockEvents),
      {
        type: "message_delta",
        delta: { stop_reason: turn.calls.length > 0 ? "tool_use" : "end_turn", stop_sequence: null },
        usage: { ...inputUsage(usage), output_tokens: usage.output },
      },
      { type: "message_stop" },
    ]);
  },
  read(body) {
    const turns: { blocks: SeenBlock[]; results: SeenResult[] }[] = [];
    const questions: string[] = [];
    for (const { role, content } of list(body.messages)) {
      const blocks = typeof content === "string" ? [{ type: "text", text: content }] : list(content);
      if (role === "assistant") turns.push({ blocks: blocks.map(seenBlock), results: [] });
      for (const block of role === "user" ? blocks : []) {
        if (block.type === "tool_result") turns.at(-1)?.results.push(seenResult(block));
        else if (block.type === "text") questions.push(String(block.text));
      }
    }
    const system =
      typeof body.system === "string"
        ? body.system
        : list(body.system)
            .map(({ text }) => text)
            .join("\n");
    return { system, tools: list(body.tools).map(({ name }) => String(name)), questions, turns };
  },
  refuses(body, seen, play) {
    const thinking = object(body.thinking);
    if (Number(thinking.budget_tokens ?? 0) >= Number(body.max_tokens)) return "max_tokens must be greater than thinking.budget_tokens.";
    if (thinking.type === "enabled" && (body.temperature ?? 1) !== 1) return "temperature may only be set to 1 when thinking is enabled.";
    const marks = JSON.stringify([body.system, body.tools, body.messages]).split('"cache_control"').length - 1;
    if (marks > 4) return `A maximum of 4 blocks with cache_control may be provided. Found ${marks}.`;
    const first = lastRound(seen)[0]?.blocks[0];
    if (thinking.type === "enabled" && first && first.kind !== "thought") {
      return "Expected `thinking` or `redacted_thinking`, but found `tool_use`. When `thinking` is enabled, a final `assistant` message must start with a thinking block.";
    }
    if (list(body.messages).some(({ content }) => list(content).some((block) => block.type === "text" && block.text === ""))) return blank;
    return unanswered(seen.turns, play.turns);
  },
  error: (message) => ({ type: "error", error: { type: "invalid_request_error", message }, request_id: "req_upstream" }),
};

/** Every call has its result in the next message. */
export function unanswered(turns: readonly SeenTurn[], played: readonly PlayedTurn[]): string | undefined {
  const at = turns.findIndex(({ blocks, results }) => blocks.filter(({ kind }) => kind === "call").length !== results.length);
  return at < 0 || at >= played.length ? undefined : `Turn ${at}: calls and results do not match.`;
}

function said(turn: PlayedTurn, conversation: string): SeenBlock[] {
  return blocksOf(turn, conversation).map(seenBlock);
}

function blocksOf(turn: PlayedTurn, conversation: string): Json[] {
  const seal = sealedBytes("anthropic", conversation, turn.number);
  const thought = turn.redacted ? { type: "redacted_thinking", data: seal } : { type: "thinking", thinking: turn.thought, signature: seal };
  return [
    ...(turn.thought === undefined ? [] : [thought]),
    ...(turn.text === undefined ? [] : [{ type: "text", text: turn.text }]),
    ...plainCalls(turn).map(({ name, input }, place) => ({
      type: "tool_use",
      id: callId(turn, place, conversation),
      name,
      input: inputOf(input),
    })),
  ];
}

function callId({ number }: PlayedTurn, place: number, conversation: string): string {
  return madeId("toolu_01", conversation, number, place);
}

/** Tools of this wire take JSON: whoever offers one for free text has to say how. */
export function inputOf(input: Json | string): Json {
  return typeof input === "string" ? { input } : input;
}

function messageHead({ number }: PlayedTurn, conversation: string): Json {
  return {
    id: madeId("msg_01", conversation, number),
    type: "message",
    role: "assistant",
    model: "claude-sonnet-4-5-20250929",
    stop_sequence: null,
  };
}

function inputUsage({ uncached, cacheRead, cacheWrite }: { uncached: number; cacheRead: number; cacheWrite: number }): Json {
  return {
    input_tokens: uncached,
    cache_creation_input_tokens: cacheWrite,
    cache_read_input_tokens: cacheRead,
    cache_creation: { ephemeral_5m_input_tokens: cacheWrite, ephemeral_1h_input_tokens: 0 },
    service_tier: "standard",
  };
}

function blockEvents(block: Json, index: number): Json[] {
  const delta = (part: Json) => ({ type: "content_block_delta", index, delta: part });
  const around = (start: Json, deltas: Json[]) => [
    { type: "content_block_start", index, content_block: start },
    ...deltas,
    { type: "content_block_stop", index },
  ];
  switch (block.type) {
    case "thinking":
      return around({ type: "thinking", thinking: "", signature: "" }, [
        ...piecesOf(String(block.thinking)).map((thinking) => delta({ type: "thinking_delta", thinking })),
        delta({ type: "signature_delta", signature: block.signature }),
      ]);
    case "text":
      return around(
        { type: "text", text: "" },
        piecesOf(String(block.text)).map((text) => delta({ type: "text_delta", text })),
      );
    case "tool_use":
      return around({ ...block, input: {} }, [
        delta({ type: "input_json_delta", partial_json: "" }),
        ...piecesOf(JSON.stringify(block.input)).map((partial_json) => delta({ type: "input_json_delta", partial_json })),
      ]);
    default:
      return around(block, []);
  }
}

function seenBlock(block: Json): SeenBlock {
  switch (block.type) {
    case "thinking":
      return { kind: "thought", text: String(block.thinking), seal: String(block.signature) };
    case "redacted_thinking":
      return { kind: "thought", text: "", seal: String(block.data) };
    case "tool_use":
      return { kind: "call", id: String(block.id), name: String(block.name), input: block.input };
    default:
      return { kind: "text", text: String(block.text) };
  }
}

function seenResult({ tool_use_id, content, is_error }: Json): SeenResult {
  const parts = typeof content === "string" ? [{ type: "text", text: content }] : list(content);
  const text = parts.flatMap((part) => (part.type === "text" ? [String(part.text)] : [])).join("\n");
  return { id: String(tool_use_id), text, isError: is_error === true, images: parts.filter(({ type }) => type === "image").length };
}
