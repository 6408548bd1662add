import {
  counts,
  errorOf,
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

const known =
  "model max_tokens messages system cache_control thinking output_config tools tool_choice stop_sequences metadata service_tier speed inference_geo container stream temperature top_p top_k".split(
    " ",
  );
const versions = ["2023-06-01", "2026-10-21"];
const input = { input_tokens: counts.fresh, cache_creation_input_tokens: 0, cache_read_input_tokens: counts.cached };
const usage = { ...input, output_tokens: counts.output, service_tier: "standard" };

/** The Messages API. */
export const messages: UpstreamDialect = {
  id: "anthropic-messages",
  error: (status, message) => errorOf("anthropic-messages", status, message),
  read(body, header) {
    const version = header("anthropic-version") ?? "";
    if (!versions.includes(version)) throw new Refused(`anthropic-version: "${version}" is not a valid version`);
    refuseUnknown(body, known);
    if (typeof body.max_tokens !== "number") throw new Refused("max_tokens: Field required");
    if (version === "2026-10-21") {
      const old = ["temperature", "top_p", "top_k"].find((name) => body[name] !== undefined);
      if (old) throw new Refused(`${old}: Extra inputs are not permitted`);
    }
    const budget = objectOf(body.thinking).budget_tokens;
    if (typeof budget === "number" && (budget < 1024 || budget >= body.max_tokens))
      throw new Refused("thinking.budget_tokens: out of range");
    const turns = listOf(body.messages).map(({ role, content }) => ({ role, blocks: blocksOf(content) }));
    if (turns[0]?.role !== "user") throw new Refused("messages: first message must use the user role");
    checkCalls(turns);
    const asked = turns.filter(({ role }) => role === "user").flatMap(({ blocks }) => blocks);
    return {
      stream: body.stream === true,
      usageAsked: true,
      instructions: blocksOf(body.system ?? "").map(({ text }) => String(text)),
      question: String(asked.findLast(({ type }) => type === "text")?.text ?? ""),
      media: asked.flatMap(mediaIn),
      tools: listOf(body.tools).map(toolName),
      results: asked.flatMap((block) => (block.type === "tool_result" ? [textIn(block.content)] : [])),
      schema: objectOf(objectOf(body.output_config).format).type === "json_schema",
      reasoning: ["enabled", "adaptive"].includes(String(objectOf(body.thinking).type)),
      kept: turns.flatMap(({ role, blocks }) => (role === "assistant" ? blocks.flatMap(sealIn) : [])),
    };
  },
  whole: (reply, model) => ({ ...headOf(model), content: blocksIn(reply), stop_reason: stopOf(reply), stop_sequence: null, usage }),
  events(reply, model) {
    const start = { ...headOf(model), content: [], stop_reason: null, stop_sequence: null, usage: { ...input, output_tokens: 1 } };
    const events = [
      { type: "message_start", message: start },
      ...blocksIn(reply).flatMap((block, index) => eventsOf(block, index)),
      { type: "message_delta", delta: { stop_reason: stopOf(reply), stop_sequence: null }, usage: { output_tokens: counts.output } },
      { type: "message_stop" },
    ];
    return [...events.slice(0, 2), { type: "ping" }, ...events.slice(2)].map(
      (event): Sent => ({ name: event.type, data: JSON.stringify(event) }),
    );
  },
};

interface Turn {
  readonly role: unknown;
  readonly blocks: readonly Json[];
}

function headOf(model: string): Json {
  return { id: "msg_upstream1", type: "message", role: "assistant", model };
}

function stopOf(reply: Reply): string {
  return reply.calls.length > 0 ? "tool_use" : "end_turn";
}

function blocksIn(reply: Reply): Json[] {
  return [
    ...(reply.reasoning ? [{ type: "thinking", thinking: reply.reasoning, signature: seal }] : []),
    ...(reply.text ? [{ type: "text", text: reply.text }] : []),
    ...reply.calls.map((call) => ({ type: "tool_use", id: call.id, name: call.name, input: JSON.parse(call.arguments) as unknown })),
  ];
}

interface Event extends Json {
  readonly type: string;
}

function eventsOf(block: Json, index: number): Event[] {
  const delta = (part: Json): Event => ({ type: "content_block_delta", index, delta: part });
  const frame = (begun: Json, inner: Event[]): Event[] => [
    { type: "content_block_start", index, content_block: { ...block, ...begun } },
    ...inner,
    { type: "content_block_stop", index },
  ];
  if (block.type === "thinking") {
    const pieces = piecesOf(String(block.thinking)).map((thinking) => delta({ type: "thinking_delta", thinking }));
    return frame({ thinking: "", signature: "" }, [...pieces, delta({ type: "signature_delta", signature: seal })]);
  }
  if (block.type === "text") {
    return frame(
      { text: "" },
      piecesOf(String(block.text)).map((text) => delta({ type: "text_delta", text })),
    );
  }
  const pieces = ["", ...piecesOf(JSON.stringify(block.input))];
  return frame(
    { input: {} },
    pieces.map((piece) => delta({ type: "input_json_delta", partial_json: piece })),
  );
}

function blocksOf(content: unknown): readonly Json[] {
  if (typeof content !== "string") return listOf(content);
  return content === "" ? [] : [{ type: "text", text: content }];
}

function textIn(content: unknown): string {
  return blocksOf(content)
    .map(({ text }) => String(text))
    .join(" ");
}

function sealIn(block: Json): string[] {
  if (block.type !== "thinking" && block.type !== "redacted_thinking") return [];
  if (block.signature !== seal) throw new Refused("messages: Invalid `signature` in `thinking` block");
  return [seal];
}

function mediaIn(block: Json): Media[] {
  if (block.type !== "image" && block.type !== "document") return [];
  const source = objectOf(block.source);
  if (source.type !== "base64") throw new Refused("source.type: only base64 is taken here");
  return [{ type: String(source.media_type), bytes: Buffer.from(String(source.data), "base64") }];
}

function toolName(tool: Json): string {
  if (typeof tool.name !== "string") throw new Refused("tools: name: Field required");
  if (objectOf(tool.input_schema).type !== "object") throw new Refused("tools: input_schema: Field required");
  return tool.name;
}

/** Every call is answered in the very next turn, results first. */
function checkCalls(turns: readonly Turn[]): void {
  turns.forEach(({ role, blocks }, index) => {
    if (blocks.length === 0) throw new Refused("messages: text content blocks must be non-empty");
    if (role === "assistant") return;
    const calls = (turns[index - 1]?.blocks ?? []).flatMap(({ type, id }) => (type === "tool_use" ? [id] : []));
    const answered = blocks.slice(0, calls.length).map(({ tool_use_id: id }) => id);
    if (calls.some((id) => !answered.includes(id))) throw new Refused("messages: `tool_use` ids were found without `tool_result` blocks");
    const surplus = blocks.slice(calls.length).some(({ type }) => type === "tool_result");
    if (surplus) throw new Refused("messages: unexpected `tool_use_id` found in `tool_result` blocks");
  });
}
