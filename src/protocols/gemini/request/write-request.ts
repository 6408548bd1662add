import type { Losses, ModelRequest } from "../../../exchange/index.ts";
import { reportFields } from "../../conversation/foreign-fields.ts";
import type { TargetTraits } from "../../dialect.ts";
import { entryOf, setMember } from "../../json-fields.ts";
import { filled, geminiDialect, ownFields } from "../fields.ts";
import { generationOf } from "../generation.ts";
import { unsignedCall } from "../seals.ts";
import { writeConfig } from "./write-config.ts";
import { type Content, writeConversation } from "./write-contents.ts";
import type { WritingRequest } from "./write-parts.ts";
import { writeToolConfig, writeTools } from "./write-tools.ts";

/** The body for an upstream that speaks `generateContent`, members in a fixed order; the path names the model. @throws Fault `request_unsupported` */
export function writeRequest(request: ModelRequest, target: TargetTraits, losses: Losses): Record<string, unknown> {
  const writing: WritingRequest = { dialect: request.dialect, target, losses };
  reportDropped(request, losses);
  const { system, cachedContent, contents } = writeConversation(request.items, writing);
  if (request.dialect !== geminiDialect && generationOf(target.model) >= 3) signCalls(contents, losses);
  const tools = writeTools(request, writing);
  const toolConfig = writeToolConfig(request, writing);
  const config = filled(writeConfig(request, writing));
  const tier = writeTier(request, losses);
  const body: Record<string, unknown> = {
    ...(system && { systemInstruction: system }),
    contents,
    ...(tools && { tools }),
    ...(toolConfig && { toolConfig }),
    ...(config && { generationConfig: config }),
    ...(cachedContent !== undefined && { cachedContent }),
    ...(tier !== undefined && { serviceTier: tier }),
  };
  const own = ownFields(request.extra);
  for (const name in own)
    if (!Object.hasOwn(body, name) && name !== "generationConfig" && name !== "toolConfig") setMember(body, name, own[name]);
  return body;
}

/**
 * Gemini 3 refuses a step whose first call has no signature. Every turn's, not only the last one's: the next request then
 * begins with the same bytes.
 */
function signCalls(contents: readonly Content[], losses: Losses): void {
  for (const [index, { role, parts }] of contents.entries()) {
    const first = role === "model" ? parts.find((part) => part.functionCall !== undefined) : undefined;
    if (!first || first.thoughtSignature !== undefined) continue;
    first.thoughtSignature = unsignedCall;
    losses.add("reasoning_state_lost", `contents.${index}`, "Q", "emulated");
  }
}

/** What Gemini has no field for. */
function reportDropped(request: ModelRequest, losses: Losses): void {
  if (request.logitBias && Object.keys(request.logitBias).length > 0) losses.add("logit_bias_unsupported", "logit_bias", "S");
  if (request.verbosity !== undefined && request.verbosity !== "medium") losses.add("verbosity_dropped", "verbosity", "Q");
  if (request.prediction != null) losses.add("prediction_dropped", "prediction", "Q");
  if (request.cacheKey !== undefined) losses.add("cache_hint_dropped", "prompt_cache_key", "Q");
  if (request.cacheRetention !== undefined) losses.add("cache_hint_dropped", "prompt_cache_retention", "Q");
  if (request.cache !== undefined) losses.add("cache_hint_dropped", "cache_control", "Q");
  if (request.metadata && Object.keys(request.metadata).length > 0) losses.add("metadata_dropped", "metadata", "M");
  if (request.endUser !== undefined) losses.add("user_dropped", "user", "M");
  if (request.store) losses.add("state_unsupported", "store", "M");
  if (request.extra?.dialect !== geminiDialect) reportFields(request, losses);
}

const tiers: Readonly<Record<string, string>> = {
  default: "standard",
  standard: "standard",
  standard_only: "standard",
  flex: "flex",
  priority: "priority",
};

function writeTier({ serviceTier, dialect }: ModelRequest, losses: Losses): string | undefined {
  if (serviceTier === undefined || dialect === geminiDialect) return serviceTier;
  const tier = entryOf(tiers, serviceTier);
  if (tier === undefined && serviceTier !== "auto") losses.add("tier_dropped", "service_tier", "Q");
  // Standard is what one gets unasked, and Vertex knows no such member.
  return tier === "standard" ? undefined : tier;
}
