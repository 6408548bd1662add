import { createHash } from "node:crypto";
import type { Item, JsonBody, Losses, MemberEdit, ModelRequest, OutputFormat } from "../../exchange/index.ts";
import { reportFields } from "../conversation/foreign-fields.ts";
import type { TargetTraits } from "../dialect.ts";
import { instructionsMark } from "./read-request.ts";
import { writeReasoningControl } from "./reasoning-control.ts";
import { holdsForeignSeal, openForeign } from "./sealed.ts";
import { writeTool, writeToolChoice } from "./tools.ts";
import { compact, isWire, ownFields, responsesDialect, textOf, unsupported, type Wire, wireOf } from "./wire.ts";
import { customCallsOf, type ItemWriting, writeItem } from "./write-items.ts";

const minOutputTokens = 16;
const maxEndUserLength = 64;
const tiers = ["auto", "default", "flex", "scale", "priority", "fast", "ultrafast"];

/**
 * The body for a Responses upstream. Members stand in a fixed order, so that the same conversation one turn later
 * begins with the same bytes.
 * @throws Fault `request_unsupported`
 */
export function writeRequest(request: ModelRequest, target: TargetTraits, losses: Losses): Record<string, unknown> {
  refuseWrong(request);
  reportDropped(request, losses);
  const own = request.dialect === responsesDialect;
  const { reasoning: reasoningRest, text: textRest, user, ...rest } = ownFields(request.extra);
  const reasoning = writeReasoningControl(request.reasoning, target, own, losses);
  const { instructions, items } = splitInstructions(request.items, own);
  const tools = request.tools ?? [];
  return compact({
    model: target.model,
    instructions,
    input: writeInput(items, instructions === undefined ? 0 : 1, request, target, losses),
    tools: request.tools?.map((tool, index) => writeTool(tool, `tools[${index}]`, !own, losses)),
    tool_choice: request.toolChoice && writeToolChoice(request.toolChoice, tools),
    parallel_tool_calls: request.parallelToolCalls,
    text: filled({ format: writeFormat(request.output, target, losses), verbosity: request.verbosity, ...wireOf(textRest) }),
    reasoning: filled({ ...reasoning, ...wireOf(reasoningRest) }),
    max_output_tokens: writeLimit(request.maxOutputTokens, losses),
    temperature: request.temperature,
    top_p: request.topP,
    top_logprobs: request.topLogprobs,
    include: writeInclude(request, items, reasoning),
    // Nothing is kept at the provider for callers that did not ask for it: their dialects have no such state.
    store: request.store ?? (own ? undefined : false),
    metadata: request.metadata,
    prompt_cache_key: request.cacheKey,
    prompt_cache_retention: request.cacheRetention,
    service_tier: writeTier(request, losses),
    safety_identifier: request.endUser === user ? undefined : writeEndUser(request.endUser, losses),
    user,
    ...rest,
    stream: request.stream ? true : undefined,
  });
}

/**
 * Caller and upstream both speak this dialect: the name of the model, and out with reasoning that another provider
 * sealed, which would be refused here.
 */
export function editRequest(body: JsonBody, target: TargetTraits, losses?: Losses): readonly MemberEdit[] {
  const edits: MemberEdit[] = [];
  if (body.get("model") !== target.model) edits.push({ name: "model", json: JSON.stringify(target.model) });
  const input = body.kind("input") === "array" ? (body.raw("input") as Uint8Array) : undefined;
  if (input && holdsForeignSeal(input)) {
    const items = (body.get("input") as readonly unknown[]).filter((item, index) => {
      if (!isForeignReasoning(item)) return true;
      losses?.add("reasoning_foreign_dropped", `input[${index}]`, "Q");
      return false;
    });
    edits.push({ name: "input", json: JSON.stringify(items) });
  }
  return edits;
}

function isForeignReasoning(item: unknown): boolean {
  if (!isWire(item) || item.type !== "reasoning") return false;
  const encrypted = textOf(item.encrypted_content);
  return encrypted !== undefined && openForeign(encrypted) !== undefined;
}

/** What would give a wrong answer if it were left out. */
function refuseWrong(request: ModelRequest): void {
  if ((request.count ?? 1) > 1) throw unsupported("n", "This model's provider gives one answer a call (n_unsupported).");
  if (request.audio || request.modalities?.some((kind) => kind !== "text")) {
    throw unsupported("modalities", "This model's provider answers in text only (modality_unsupported).");
  }
  const last = request.items.at(-1);
  if (request.dialect === "anthropic-messages" && last?.type === "message" && last.role === "assistant") {
    throw unsupported("messages", "This model's provider does not continue a last message of the assistant's (prefill_unsupported).");
  }
}

function reportDropped(request: ModelRequest, losses: Losses): void {
  if (request.stop && request.stop.length > 0) losses.add("sampling_dropped", "stop", "S");
  if (request.seed !== undefined) losses.add("sampling_dropped", "seed", "Q");
  if (request.topK !== undefined) losses.add("sampling_dropped", "top_k", "Q");
  if (request.frequencyPenalty) losses.add("sampling_dropped", "frequency_penalty", "Q");
  if (request.presencePenalty) losses.add("sampling_dropped", "presence_penalty", "Q");
  if (request.logitBias && Object.keys(request.logitBias).length > 0) losses.add("logit_bias_unsupported", "logit_bias", "S");
  if (request.prediction !== undefined) losses.add("prediction_dropped", "prediction", "Q");
  if (request.cache) losses.add("cache_hint_dropped", "cache_control", "Q");
  if (request.extra?.dialect !== responsesDialect) reportFields(request, losses);
}

/** A leading system message of one plain text is `instructions`, unless a Responses caller wrote it as an item. */
function splitInstructions(items: readonly Item[], own: boolean): { instructions?: string; items: readonly Item[] } {
  const first = items[0];
  if (first?.type !== "message" || first.role !== "system" || first.name !== undefined) return { items };
  const part = first.parts[0];
  if (first.parts.length !== 1 || part?.type !== "text" || part.cache) return { items };
  const marked = ownFields(first.extra).member === ownFields(instructionsMark).member;
  if (!marked && (own || first.extra)) return { items };
  return { instructions: part.text, items: items.slice(1) };
}

function writeInput(items: readonly Item[], offset: number, request: ModelRequest, target: TargetTraits, losses: Losses): Wire[] {
  const writing: ItemWriting = { dialect: request.dialect, target, losses, customCalls: customCallsOf(items) };
  return items.flatMap((item, index) => writeItem(item, `input[${index + offset}]`, writing));
}

function writeFormat(output: OutputFormat | undefined, target: TargetTraits, losses: Losses): Wire | undefined {
  if (!output) return undefined;
  if (output.type === "text") return { type: "text" };
  if (output.type === "json") return { type: "json_object" };
  if (target.jsonSchema === false) {
    losses.add("schema_dropped", "text.format", "S", "approximated");
    return { type: "json_object" };
  }
  const { name, description, schema, strict } = output;
  return compact({ type: "json_schema", name, description, schema, strict });
}

function writeLimit(limit: number | undefined, losses: Losses): number | undefined {
  if (limit === undefined || limit >= minOutputTokens) return limit;
  losses.add("output_limit_raised", "max_output_tokens", "Q", "approximated");
  return minOutputTokens;
}

/** Encrypted reasoning is asked for only where the caller wants reasoning: models without it refuse the value. */
function writeInclude(request: ModelRequest, items: readonly Item[], reasoning: Wire | undefined): readonly string[] | undefined {
  const include = [...(request.include ?? [])];
  const add = (value: string) => include.includes(value) || include.push(value);
  if (request.logprobs) add("message.output_text.logprobs");
  if (request.dialect !== responsesDialect) {
    const reasons = reasoning !== undefined && reasoning.effort !== "none";
    const reasoned = items.some((item) => item.type === "reasoning" && item.dialect === responsesDialect);
    if (reasons || reasoned) add("reasoning.encrypted_content");
  }
  return include.length > 0 || request.include ? include : undefined;
}

function writeTier(request: ModelRequest, losses: Losses): string | undefined {
  const tier = request.serviceTier;
  if (tier === undefined || request.dialect === responsesDialect || tiers.includes(tier)) return tier;
  if (tier === "standard_only" || tier === "standard") return "default";
  losses.add("tier_dropped", "service_tier", "Q");
  return undefined;
}

function writeEndUser(endUser: string | undefined, losses: Losses): string | undefined {
  if (endUser === undefined || endUser.length <= maxEndUserLength) return endUser;
  losses.add("user_hashed", "safety_identifier", "M", "approximated");
  return createHash("sha256").update(endUser).digest("hex");
}

function filled(wire: Wire): Wire | undefined {
  return Object.keys(compact(wire)).length > 0 ? wire : undefined;
}
