import type { Losses, ModelRequest } from "../../../exchange/index.ts";
import { reportFields } from "../../conversation/foreign-fields.ts";
import { refuseOtherAnswers, reportOpenAiOnly } from "../../conversation/left-out.ts";
import type { TargetTraits } from "../../dialect.ts";
import { entryOf, interactionsDialect, type Native, ownFields, setMember } from "../fields.ts";
import { writeConfig, writeFormat, writeTools } from "./write-config.ts";
import { type WritingRequest, writeConversation } from "./write-steps.ts";

/** The body for an upstream of this dialect, its members always in the same order; nothing is kept there. @throws Fault `request_unsupported` */
export function writeRequest(request: ModelRequest, target: TargetTraits, losses: Losses): Record<string, unknown> {
  const writing: WritingRequest = { dialect: request.dialect, target, losses };
  const foreign = request.dialect !== interactionsDialect;
  if (foreign) refuseOtherAnswers(request);
  reportDropped(request, losses);
  const { system, steps } = writeConversation(request.items, writing);
  const tools = writeTools(request, writing);
  const own = ownFields(request.extra);
  const format = own.response_format === undefined ? writeFormat(request, writing) : undefined;
  const config = writeConfig(request, writing);
  const tier = writeTier(request, losses);
  const body: Native = {
    model: target.model,
    ...(system !== undefined && { system_instruction: system }),
    input: steps,
    ...(tools && { tools }),
    ...(format && { response_format: format }),
    ...(!foreign && request.modalities && { response_modalities: [...request.modalities] }),
    ...(Object.keys(config).length > 0 && { generation_config: config }),
    ...(tier !== undefined && { service_tier: tier }),
    store: false,
    ...(request.stream && { stream: true }),
  };
  for (const [name, value] of Object.entries(own)) if (!Object.hasOwn(body, name)) setMember(body, name, value);
  return body;
}

/** What this dialect has no field for. */
function reportDropped(request: ModelRequest, losses: Losses): void {
  if (request.logprobs || request.topLogprobs) losses.add("logprobs_unsupported", "logprobs", "S");
  if (request.topK !== undefined) losses.add("sampling_dropped", "top_k", "Q");
  if (request.frequencyPenalty) losses.add("sampling_dropped", "frequency_penalty", "Q");
  if (request.presencePenalty) losses.add("sampling_dropped", "presence_penalty", "Q");
  reportOpenAiOnly(request, losses);
  if (request.cache !== undefined) losses.add("cache_hint_dropped", "cache_control", "Q");
  if (request.metadata && Object.keys(request.metadata).length > 0) losses.add("metadata_dropped", "metadata", "M");
  if (request.endUser !== undefined) losses.add("user_dropped", "user", "M");
  if (request.extra?.dialect !== interactionsDialect) reportFields(request, losses);
}

const tiers: Readonly<Record<string, string>> = {
  default: "standard",
  standard: "standard",
  standard_only: "standard",
  flex: "flex",
  priority: "priority",
};

function writeTier({ serviceTier, dialect }: ModelRequest, losses: Losses): string | undefined {
  if (serviceTier === undefined || dialect === interactionsDialect) return serviceTier;
  const tier = entryOf(tiers, serviceTier);
  if (tier === undefined && serviceTier !== "auto") losses.add("tier_dropped", "service_tier", "Q");
  // Standard is what one gets unasked.
  return tier === "standard" ? undefined : tier;
}
