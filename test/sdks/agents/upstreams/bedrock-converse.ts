import { writeMessage } from "../../../transcripts/readers/aws-messages.ts";
import { type Json, madeId, type PlayedTurn, piecesOf, plainCalls, sealedBytes } from "../play.ts";
import { lastRound, list, object, type SeenBlock, type SeenResult, type UpstreamDialect } from "../upstream-dialect.ts";
import { inputOf, unanswered } from "./anthropic-messages.ts";

// https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStream.html

export const bedrockConverse: UpstreamDialect = {
  id: "bedrock-converse",
  model: "eu.anthropic.claude-sonnet-4-5-20250929-v1:0",
  contentType: "application/vnd.amazon.eventstream",
  members: ["messages", "toolConfig", "system", "additionalModelRequestFields"],
  resultImages: true,
  reportsCache: "reads and writes",
  said: (turn, conversation) => blocksOf(turn, conversation).map(seenBlock),
  whole: (turn, usage, conversation) => ({
    output: { message: { role: "assistant", content: blocksOf(turn, conversation) } },
    stopReason: stopReason(turn),
    usage: usageOf(usage),
    metrics: { latencyMs: 812 },
  }),
  stream(turn, usage, conversation) {
    const events: (readonly [string, Json])[] = [
      ["messageStart", { role: "assistant" }],
      ...blocksOf(turn, conversation).flatMap(blockEvents),
      ["messageStop", { stopReason: stopReason(turn) }],
      ["metadata", { usage: usageOf(usage), metrics: { latencyMs: 812 } }],
    ];
    return events.map(([type, event]) => writeMessage(type, JSON.stringify(event)));
  },
  read(body) {
    const turns: { blocks: SeenBlock[]; results: SeenResult[] }[] = [];
    const questions: string[] = [];
    for (const { role, content } of list(body.messages)) {
      const blocks = list(content).filter((block) => block.cachePoint === undefined);
      if (role === "assistant") turns.push({ blocks: blocks.map(seenBlock), results: [] });
      for (const block of role === "user" ? blocks : []) {
        if (block.toolResult !== undefined) turns.at(-1)?.results.push(seenResult(object(block.toolResult)));
        else if (block.text !== undefined) questions.push(String(block.text));
      }
    }
    const tools = list(object(body.toolConfig).tools).flatMap(({ toolSpec }) => (toolSpec ? [String(object(toolSpec).name)] : []));
    return {
      system: list(body.system)
        .flatMap(({ text }) => (text === undefined ? [] : [text]))
        .join("\n"),
      tools,
      questions,
      turns,
    };
  },
  refuses(body, seen, play) {
    const thinking = object(object(body.additionalModelRequestFields).thinking);
    const first = lastRound(seen)[0]?.blocks[0];
    if (thinking.type === "enabled" && first && first.kind !== "thought") {
      return "The model returned the following errors: messages: Expected `thinking` or `redacted_thinking`, but found `tool_use`.";
    }
    const points = JSON.stringify([body.system, body.toolConfig, body.messages]).split('"cachePoint"').length - 1;
    if (points > 4) return `A maximum of 4 cache points may be provided. Found ${points}.`;
    if (list(body.messages).some(({ content }) => list(content).some(({ text }) => text === ""))) return "The text field is blank.";
    if (list(object(body.toolConfig).tools).some(({ toolSpec }) => String(object(toolSpec).name ?? "").length > 64))
      return "A tool's name is too long.";
    return unanswered(seen.turns, play.turns);
  },
  error: (message) => ({ message }),
};

function blocksOf(turn: PlayedTurn, conversation: string): Json[] {
  const seal = sealedBytes("bedrock", conversation, turn.number);
  const thought = turn.redacted ? { redactedContent: seal } : { reasoningText: { text: turn.thought, signature: seal } };
  return [
    ...(turn.thought === undefined ? [] : [{ reasoningContent: thought }]),
    ...(turn.text === undefined ? [] : [{ text: turn.text }]),
    ...plainCalls(turn).map(({ name, input }, place) => ({
      toolUse: { toolUseId: madeId("tooluse_", conversation, turn.number, place), name, input: inputOf(input) },
    })),
  ];
}

function stopReason({ calls }: PlayedTurn): string {
  return calls.length > 0 ? "tool_use" : "end_turn";
}

function usageOf({
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
  return {
    inputTokens: uncached,
    outputTokens: output,
    totalTokens: uncached + cacheRead + cacheWrite + output,
    cacheReadInputTokens: cacheRead,
    cacheWriteInputTokens: cacheWrite,
  };
}

function blockEvents(block: Json, contentBlockIndex: number): (readonly [string, Json])[] {
  const delta = (part: Json) => ["contentBlockDelta", { contentBlockIndex, delta: part }] as const;
  const stop = ["contentBlockStop", { contentBlockIndex }] as const;
  if (block.reasoningContent !== undefined) {
    const { reasoningText, redactedContent } = object(block.reasoningContent);
    if (redactedContent !== undefined) return [delta({ reasoningContent: { redactedContent } }), stop];
    const { text, signature } = object(reasoningText);
    return [
      ...piecesOf(String(text)).map((piece) => delta({ reasoningContent: { text: piece } })),
      delta({ reasoningContent: { signature } }),
      stop,
    ];
  }
  if (block.text !== undefined) return [...piecesOf(String(block.text)).map((text) => delta({ text })), stop];
  const { toolUseId, name, input } = object(block.toolUse);
  return [
    ["contentBlockStart", { contentBlockIndex, start: { toolUse: { toolUseId, name } } }],
    ...piecesOf(JSON.stringify(input)).map((piece) => delta({ toolUse: { input: piece } })),
    stop,
  ];
}

function seenBlock(block: Json): SeenBlock {
  if (block.reasoningContent !== undefined) {
    const { reasoningText, redactedContent } = object(block.reasoningContent);
    if (redactedContent !== undefined) return { kind: "thought", text: "", seal: String(redactedContent) };
    return { kind: "thought", text: String(object(reasoningText).text), seal: String(object(reasoningText).signature) };
  }
  if (block.toolUse === undefined) return { kind: "text", text: String(block.text) };
  const { toolUseId, name, input } = object(block.toolUse);
  return { kind: "call", id: String(toolUseId), name: String(name), input };
}

function seenResult({ toolUseId, content, status }: Json): SeenResult {
  const parts = list(content);
  const text = parts.flatMap((part) => (part.text === undefined ? [] : [String(part.text)])).join("\n");
  return { id: String(toolUseId), text, isError: status === "error", images: parts.filter(({ image }) => image !== undefined).length };
}
