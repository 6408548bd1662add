import { writeMessage } from "../../transcripts/readers/aws-messages.ts";
import {
  counts,
  type Json,
  listOf,
  type Media,
  objectOf,
  piecesOf,
  Refused,
  type Reply,
  refuseUnknown,
  type Sent,
  seal,
  type UpstreamDialect,
} from "./asked.ts";

// https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStream.html

const known =
  "messages system inferenceConfig toolConfig additionalModelRequestFields additionalModelResponseFieldPaths outputConfig requestMetadata guardrailConfig performanceConfig serviceTier".split(
    " ",
  );
const usage = {
  inputTokens: counts.fresh,
  outputTokens: counts.output,
  totalTokens: counts.fresh + counts.cached + counts.output,
  cacheReadInputTokens: counts.cached,
  cacheWriteInputTokens: 0,
};

export const converse: UpstreamDialect = {
  id: "bedrock-converse",
  contentType: "application/vnd.amazon.eventstream",
  frame: ({ name = "", data }) => writeMessage(name, data),
  read(body, _header, path) {
    refuseUnknown(body, known);
    const turns = listOf(body.messages).map(({ role, content }) => ({ role, blocks: listOf(content) }));
    checkTurns(turns);
    const asked = turns.filter(({ role }) => role === "user").flatMap(({ blocks }) => blocks);
    const more = objectOf(body.additionalModelRequestFields);
    const thinking = objectOf(more.thinking);
    return {
      stream: path.endsWith("/converse-stream"),
      usageAsked: true,
      instructions: listOf(body.system).flatMap(({ text }) => (text === undefined ? [] : [String(text)])),
      question: String(asked.findLast(({ text }) => text !== undefined)?.text ?? ""),
      media: asked.flatMap(mediaIn),
      tools: listOf(objectOf(body.toolConfig).tools).flatMap(({ toolSpec }) => (toolSpec ? [toolName(objectOf(toolSpec))] : [])),
      results: asked.flatMap(({ toolResult }) => (toolResult === undefined ? [] : [resultIn(objectOf(toolResult))])),
      schema: [objectOf(body.outputConfig).textFormat, objectOf(more.output_config).format].some(
        (form) => objectOf(form).type === "json_schema",
      ),
      reasoning: ["enabled", "adaptive"].includes(String(thinking.type)),
      kept: turns.flatMap(({ blocks }) => blocks.flatMap(sealIn)),
    };
  },
  whole: (reply) => ({
    output: { message: { role: "assistant", content: blocksIn(reply) } },
    stopReason: stopOf(reply),
    usage,
    metrics: { latencyMs: 812 },
  }),
  events: (reply): Sent[] =>
    [
      ["messageStart", { role: "assistant" }] as const,
      ...blocksIn(reply).flatMap(eventsOf),
      ["messageStop", { stopReason: stopOf(reply) }] as const,
      ["metadata", { usage, metrics: { latencyMs: 812 } }] as const,
    ].map(([name, event]) => ({ name, data: JSON.stringify(event) })),
  error(status, message) {
    const types: Readonly<Record<number, string>> = {
      400: "ValidationException",
      401: "UnrecognizedClientException",
      404: "ResourceNotFoundException",
      429: "ThrottlingException",
    };
    return { __type: types[status] ?? "InternalServerException", message };
  },
};

interface Turn {
  readonly role: unknown;
  readonly blocks: readonly Json[];
}

/** Turns alternate, no text is blank, and each call is answered in the very next turn. */
function checkTurns(turns: readonly Turn[]): void {
  for (const [at, { role, blocks }] of turns.entries()) {
    if (blocks.length === 0) throw new Refused("The content field is empty.");
    if (role === turns[at - 1]?.role) throw new Refused("Roles must alternate between user and assistant.");
    if (blocks.some(({ text }) => text === "")) throw new Refused("The text field in the ContentBlock object is blank.");
    const calls = blocks.flatMap(({ toolUse }) => (toolUse === undefined ? [] : [objectOf(toolUse).toolUseId]));
    const results = (turns[at + 1]?.blocks ?? []).flatMap(({ toolResult }) => (toolResult ? [objectOf(toolResult).toolUseId] : []));
    if (!Bun.deepEquals(new Set(calls), new Set(results))) throw new Refused("Expected toolResult blocks for the toolUse blocks before.");
  }
}

function stopOf({ calls }: Reply): string {
  return calls.length > 0 ? "tool_use" : "end_turn";
}

function blocksIn(reply: Reply): Json[] {
  return [
    ...(reply.reasoning ? [{ reasoningContent: { reasoningText: { text: reply.reasoning, signature: seal } } }] : []),
    ...(reply.text ? [{ text: reply.text }] : []),
    ...reply.calls.map(({ id, name, arguments: json }) => ({ toolUse: { toolUseId: id, name, input: JSON.parse(json) as unknown } })),
  ];
}

type Event = readonly [string, Json];

function eventsOf(block: Json, contentBlockIndex: number): Event[] {
  const delta = (part: Json): Event => ["contentBlockDelta", { contentBlockIndex, delta: part }];
  const stop: Event = ["contentBlockStop", { contentBlockIndex }];
  if (block.text !== undefined) return [...piecesOf(String(block.text)).map((text) => delta({ text })), stop];
  if (block.reasoningContent !== undefined) {
    const { text } = objectOf(objectOf(block.reasoningContent).reasoningText);
    const pieces = piecesOf(String(text)).map((piece) => delta({ reasoningContent: { text: piece } }));
    return [...pieces, delta({ reasoningContent: { signature: seal } }), stop];
  }
  const { toolUseId, name, input } = objectOf(block.toolUse);
  const pieces = piecesOf(JSON.stringify(input)).map((piece) => delta({ toolUse: { input: piece } }));
  return [["contentBlockStart", { contentBlockIndex, start: { toolUse: { toolUseId, name } } }], ...pieces, stop];
}

function sealIn({ reasoningContent }: Json): string[] {
  if (reasoningContent === undefined) return [];
  if (objectOf(objectOf(reasoningContent).reasoningText).signature !== seal) throw new Refused("Invalid `signature` in `thinking` block");
  return [seal];
}

function toolName({ name, inputSchema }: Json): string {
  if (typeof name !== "string" || objectOf(objectOf(inputSchema).json).type !== "object") throw new Refused("Invalid tool specification.");
  return name;
}

function resultIn({ content }: Json): string {
  return listOf(content)
    .map(({ text }) => String(text))
    .join(" ");
}

const mediaTypes: Readonly<Record<string, string>> = { png: "image/png", pdf: "application/pdf" };

function mediaIn({ image, document }: Json): Media[] {
  const { format, source } = objectOf(image ?? document);
  if (source === undefined) return [];
  return [{ type: mediaTypes[String(format)] ?? String(format), bytes: Buffer.from(String(objectOf(source).bytes), "base64") }];
}
