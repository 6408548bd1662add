import type { Losses, ModelRequest } from "../../exchange/index.ts";
import { leaveOutOfMessages } from "../conversation/left-out.ts";
import type { TargetTraits } from "../dialect.ts";
import { setMember } from "../json-fields.ts";
import { keepLastMarks, writeMark } from "./cache-marks.ts";
import { type Block, isFields, ownFields } from "./fields.ts";
import type { WritingRequest } from "./write-blocks.ts";
import { writeThinkingControl } from "./write-thinking-control.ts";
import { writeTools } from "./write-tools.ts";
import { type Conversation, type Turn, writeConversation } from "./write-turns.ts";

/**
 * Where neither the caller nor the catalog says: the smallest maximum among the models that Anthropic still serves
 * (Claude Opus 4). A lower default would cut answers, which changes what they say.
 */
const defaultMaxTokens = 32_000;

/** The body for an upstream that speaks Anthropic Messages, members in a fixed order. @throws Fault `request_unsupported` */
export function writeRequest(request: ModelRequest, target: TargetTraits, losses: Losses): Record<string, unknown> {
  const writing: WritingRequest = { dialect: request.dialect, target, losses };
  leaveOutOfMessages(request, "anthropic-messages", losses);
  if (request.metadata && Object.keys(request.metadata).length > 0) losses.add("metadata_dropped", "metadata", "M");
  const conversation = writeConversation(request.items, writing);
  const system = [...conversation.system, ...jsonInstruction(request, target, losses)];
  const { tools, choice } = writeTools(request, writing);
  const control = writeThinkingControl(request, conversation.turns, choice, maxTokensOf(request, writing), writing);
  const thinks = control.thinking !== undefined && control.thinking.type !== "disabled";
  const cache = writeMark(request.cache, "cache_control", losses);
  keepLastMarks(markable(tools, { ...conversation, system }), request.cache !== undefined, losses);
  const stop = writeStop(request, losses);
  const own = ownFields(request.extra);
  const outputConfig = {
    ...(control.effort && { effort: control.effort }),
    ...(request.output?.type === "json-schema" && target.jsonSchema !== false && { format: jsonFormat(request.output.schema) }),
    ...(isFields(own.output_config) && own.output_config),
  };
  const metadata = {
    ...(request.endUser !== undefined && { user_id: request.endUser }),
    ...(isFields(own.metadata) && own.metadata),
  };
  const tier = writeTier(request, losses);
  const body: Record<string, unknown> = {
    model: target.model,
    max_tokens: control.maxTokens,
    ...(system.length > 0 && { system: plain(system) }),
    messages: conversation.turns.map(writeTurn),
    ...(tools && { tools }),
    ...(choice && { tool_choice: choice }),
    ...(control.thinking && { thinking: control.thinking }),
    ...(Object.keys(outputConfig).length > 0 && { output_config: outputConfig }),
    ...writeSampling(request, thinks, writing),
    ...(stop.length > 0 && { stop_sequences: stop }),
    ...(Object.keys(metadata).length > 0 && { metadata }),
    ...(tier !== undefined && { service_tier: tier }),
    ...cache,
    ...(request.stream && { stream: true }),
  };
  // Bedrock's callers name betas in the body; Anthropic wants them in a header, which a translation does not send.
  if (own.anthropic_beta !== undefined) losses.add("field_dropped", "anthropic_beta", "Q");
  for (const name in own)
    if (!Object.hasOwn(body, name) && name !== "thinking" && name !== "anthropic_beta") setMember(body, name, own[name]);
  return body;
}

function writeTurn({ role, content, beside }: Turn): Block {
  return { role, ...((content.length > 0 || !beside) && { content }), ...beside };
}

function maxTokensOf(request: ModelRequest, { target, losses, dialect }: WritingRequest): number {
  const ceiling = target.maxOutputTokens;
  const asked = request.maxOutputTokens;
  if (asked === undefined) return ceiling ?? defaultMaxTokens;
  if (ceiling === undefined || asked <= ceiling || dialect === "anthropic-messages") return asked;
  losses.add("max_tokens_clamped", "max_tokens", "Q", "approximated");
  return ceiling;
}

/** Temperature 0 to 1, not beside thinking, not both it and `top_p` on newer models, and none at all on the newest. */
function writeSampling(request: ModelRequest, thinks: boolean, { target, losses, dialect }: WritingRequest): Block {
  const out: Block = {};
  const drop = (path: string) => losses.add("sampling_dropped", path, "Q");
  const { temperature, topP, topK } = request;
  if (target.sampling === false || thinks) {
    if (temperature === 1 && target.sampling !== false) out.temperature = temperature;
    else if (temperature !== undefined && temperature !== 1) drop("temperature");
    if (topK !== undefined) drop("top_k");
    if (topP === undefined || topP === 1) return out;
    if (target.sampling === false || topP < 0.95) drop("top_p");
    else out.top_p = topP;
    return out;
  }
  if (temperature !== undefined) {
    if (temperature > 1) losses.add("sampling_clamped", "temperature", "Q", "approximated");
    out.temperature = Math.min(1, temperature);
  }
  if (topP !== undefined) {
    if (temperature === undefined || dialect === "anthropic-messages") out.top_p = topP;
    else if (topP !== 1) drop("top_p");
  }
  if (topK !== undefined) out.top_k = topK;
  return out;
}

/** Anthropic refuses stop strings of white space alone. */
function writeStop(request: ModelRequest, losses: Losses): string[] {
  const stop = request.stop ?? [];
  const taken = stop.filter((text) => text.trim() !== "");
  if (taken.length < stop.length) losses.add("sampling_dropped", "stop", "S");
  return taken;
}

function writeTier(request: ModelRequest, losses: Losses): string | undefined {
  const tier = request.serviceTier;
  if (tier === undefined || request.dialect === "anthropic-messages" || tier === "auto") return tier;
  if (tier === "default") return "standard_only";
  losses.add("tier_dropped", "service_tier", "Q");
  return undefined;
}

function jsonFormat(schema: unknown): Block {
  return { type: "json_schema", schema };
}

/** JSON without a schema, or with one on a model that cannot be held to it: the model is asked in words. */
function jsonInstruction(request: ModelRequest, target: TargetTraits, losses: Losses): Block[] {
  const output = request.output;
  if (output?.type === "json") {
    losses.add("output_format_emulated", "response_format", "Q", "emulated");
    return [{ type: "text", text: "Answer with one valid JSON object and nothing else." }];
  }
  if (output?.type !== "json-schema") return [];
  if (output.description !== undefined) losses.add("field_dropped", "response_format.description", "M");
  if (target.jsonSchema !== false) return [];
  losses.add("output_format_emulated", "response_format", "S", "emulated");
  const schema = JSON.stringify(output.schema);
  return [{ type: "text", text: `Answer with one valid JSON value that fits this JSON Schema, and nothing else.\n${schema}` }];
}

/** One text without marks is written as a string. */
function plain(system: readonly Block[]): unknown {
  const only = system.length === 1 ? system[0] : undefined;
  return only?.type === "text" && Object.keys(only).length === 2 ? only.text : system;
}

function* markable(tools: readonly Block[] | undefined, conversation: Conversation): Generator<Block> {
  yield* tools ?? [];
  yield* conversation.system;
  for (const turn of conversation.turns) yield* turnBlocks(turn);
}

function* turnBlocks(turn: Turn): Generator<Block> {
  for (const block of turn.content) {
    if (block.type === "tool_result" && Array.isArray(block.content)) yield* block.content as Block[];
    yield block;
  }
}
