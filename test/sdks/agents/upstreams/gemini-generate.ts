import { type Json, madeId, type PlayedTurn, piecesOf, plainCalls, sealedBytes } from "../play.ts";
import { lastRound, list, object, type SeenBlock, type SeenResult, sse, type UpstreamDialect } from "../upstream-dialect.ts";
import { inputOf, unanswered } from "./anthropic-messages.ts";

// https://ai.google.dev/gemini-api/docs/thought-signatures and /function-calling.

export const geminiGenerate: UpstreamDialect = {
  id: "gemini-generate",
  model: "gemini-3-pro-preview",
  contentType: "text/event-stream",
  members: ["contents", "tools", "systemInstruction", "generationConfig"],
  resultImages: true,
  reportsCache: "reads",
  said: (turn, conversation) => partsOf(turn, conversation).map(seenBlock),
  whole: (turn, usage, conversation) => ({
    candidates: [{ content: { role: "model", parts: partsOf(turn, conversation) }, finishReason: "STOP", index: 0 }],
    ...tail(turn, usage, conversation),
  }),
  stream(turn, usage, conversation) {
    const chunk = (parts: Json[], more: Json = {}) => ({
      candidates: [{ content: { role: "model", parts }, index: 0, ...more }],
      ...tail(turn, usage, conversation),
    });
    const parts = partsOf(turn, conversation).flatMap((part) => {
      if (part.text === undefined || part.thoughtSignature !== undefined) return [part];
      return piecesOf(String(part.text)).map((text) => ({ ...part, text }));
    });
    const chunks = [...parts.map((part) => chunk([part])), chunk([{ text: "" }], { finishReason: "STOP" })];
    return sse(chunks, false).map((frame) => frame.replaceAll("\n", "\r\n"));
  },
  read(body) {
    const turns: { blocks: SeenBlock[]; results: SeenResult[] }[] = [];
    const questions: string[] = [];
    for (const { role, parts } of list(body.contents)) {
      if (role === "model") turns.push({ blocks: joined(list(parts).map(seenBlock)), results: [] });
      for (const part of role === "user" ? list(parts) : []) {
        if (part.functionResponse !== undefined) turns.at(-1)?.results.push(seenResult(object(part.functionResponse)));
        else if (part.text !== undefined) questions.push(String(part.text));
      }
    }
    const tools = list(body.tools).flatMap(({ functionDeclarations }) => list(functionDeclarations).map(({ name }) => String(name)));
    const system = list(object(body.systemInstruction).parts)
      .map(({ text }) => text)
      .join("\n");
    return { system, tools, questions, turns };
  },
  refuses(body, seen, play) {
    const unsigned = lastRound(seen).find(({ blocks }) => blocks.find(({ kind }) => kind === "call")?.seal === undefined);
    if (unsigned && lastRound(seen).length > 0) {
      return "Function call is missing a thought_signature in functionCall parts. This is required for tools to work correctly.";
    }
    const contents = list(body.contents);
    if (contents.some(({ parts }) => list(parts).length === 0)) return "Unable to submit request because it must have a parts field.";
    if (contents.some(({ role }, at) => role === contents[at - 1]?.role))
      return "Please ensure that turns alternate between user and model.";
    return unanswered(seen.turns, play.turns);
  },
  error: (message) => ({ error: { code: 400, message, status: "INVALID_ARGUMENT" } }),
};

/** Of parallel calls only the first is signed; where there is no call, the last text is. */
function partsOf(turn: PlayedTurn, conversation: string): Json[] {
  const thoughtSignature = sealedBytes("gemini", conversation, turn.number);
  return [
    ...(turn.thought === undefined ? [] : [{ text: turn.thought, thought: true }]),
    ...(turn.text === undefined ? [] : [{ text: turn.text, ...(turn.calls.length === 0 && { thoughtSignature }) }]),
    ...plainCalls(turn).map(({ name, input }, place) => ({
      functionCall: { ...idOf(turn, place, conversation), name, args: inputOf(input) },
      ...(place === 0 && { thoughtSignature }),
    })),
  ];
}

/** The Gemini API gives ids to calls, Vertex mostly does not. */
function idOf({ number }: PlayedTurn, place: number, conversation: string): { id?: string } {
  return conversation.includes("whole") ? {} : { id: madeId("", conversation, number, place).slice(0, 8) };
}

function tail(
  { number }: PlayedTurn,
  usage: { uncached: number; cacheRead: number; cacheWrite: number; output: number },
  conversation: string,
): Json {
  const promptTokenCount = usage.uncached + usage.cacheRead + usage.cacheWrite;
  return {
    usageMetadata: {
      promptTokenCount,
      cachedContentTokenCount: usage.cacheRead,
      candidatesTokenCount: usage.output - 2,
      thoughtsTokenCount: 2,
      totalTokenCount: promptTokenCount + usage.output,
    },
    modelVersion: "gemini-3-pro-preview",
    responseId: madeId("", conversation, number),
  };
}

function seenBlock(part: Json): SeenBlock {
  const seal = part.thoughtSignature === undefined ? {} : { seal: String(part.thoughtSignature) };
  if (part.functionCall !== undefined) {
    const { id, name, args } = object(part.functionCall);
    return { kind: "call", ...(id !== undefined && { id: String(id) }), name: String(name), input: args, ...seal };
  }
  return { kind: part.thought === true ? "thought" : "text", text: String(part.text), ...seal };
}

/** A text that came in pieces may come back in pieces. */
function joined(blocks: readonly SeenBlock[]): SeenBlock[] {
  const out: SeenBlock[] = [];
  for (const block of blocks) {
    const last = out.at(-1);
    if (last && last.kind === block.kind && last.kind !== "call" && block.kind !== "call" && !last.seal && !block.seal) {
      out[out.length - 1] = { kind: last.kind, text: last.text + block.text };
    } else out.push(block);
  }
  return out;
}

function seenResult({ id, response, parts }: Json): SeenResult {
  const { output, result, error } = object(response);
  const text = String(error ?? output ?? result);
  return { ...(id !== undefined && { id: String(id) }), text, isError: error !== undefined, images: list(parts).length };
}
