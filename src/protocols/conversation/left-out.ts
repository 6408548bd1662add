import { type DialectId, Fault, type Item, type Losses, type ModelRequest, type OpaqueItem, type Tool } from "../../exchange/index.ts";
import { unsupported } from "../json-fields.ts";
import { reportFields } from "./foreign-fields.ts";

/**
 * What providers without state, tiers, caches and several answers cannot carry of another dialect's request: refused
 * where the answer would be a wrong one, otherwise reported. @throws Fault `request_unsupported`
 */
export function leaveOut(request: ModelRequest, losses: Losses): void {
  refuseOtherAnswers(request);
  reportFields(request, losses);
  reportOpenAiOnly(request, losses);
  if (request.cache !== undefined) losses.add("cache_hint_dropped", "cache_control", "Q");
  const { serviceTier: tier } = request;
  if (tier !== undefined && tier !== "auto" && tier !== "default") losses.add("tier_dropped", "service_tier", "Q");
  if (request.parallelToolCalls === false) losses.add("parallel_control_dropped", "parallel_tool_calls", "Q");
  if (request.metadata && Object.keys(request.metadata).length > 0) losses.add("metadata_dropped", "metadata", "M");
  if (request.endUser !== undefined) losses.add("user_dropped", "user", "M");
  const last = request.items.at(-1);
  if (last?.type === "message" && last.role === "assistant") {
    losses.add("prefill_approximated", `items[${request.items.length - 1}]`, "S", "approximated");
  }
}

/**
 * What Anthropic and Converse have no field for. @param own members of this dialect are written back
 * @throws Fault `request_unsupported`
 */
export function leaveOutOfMessages(request: ModelRequest, own: DialectId, losses: Losses): void {
  refuseOtherAnswers(request);
  if (request.logprobs || request.topLogprobs) losses.add("logprobs_unsupported", "logprobs", "S");
  if (request.seed !== undefined) losses.add("sampling_dropped", "seed", "Q");
  if (request.frequencyPenalty) losses.add("sampling_dropped", "frequency_penalty", "Q");
  if (request.presencePenalty) losses.add("sampling_dropped", "presence_penalty", "Q");
  reportOpenAiOnly(request, losses);
  if (request.extra?.dialect !== own) reportFields(request, losses);
}

/** What only OpenAI's dialects have words for. */
export function reportOpenAiOnly(request: ModelRequest, losses: Losses): void {
  if (request.logitBias && Object.keys(request.logitBias).length > 0) losses.add("logit_bias_unsupported", "logit_bias", "S");
  if (request.verbosity !== undefined && request.verbosity !== "medium") losses.add("verbosity_dropped", "verbosity", "Q");
  if (request.prediction != null) losses.add("prediction_dropped", "prediction", "Q");
  if (request.cacheKey !== undefined) losses.add("cache_hint_dropped", "prompt_cache_key", "Q");
  if (request.cacheRetention !== undefined) losses.add("cache_hint_dropped", "prompt_cache_retention", "Q");
  if (request.store) losses.add("state_unsupported", "store", "M");
}

/** @throws Fault `request_unsupported` */
export function refuseOtherAnswers(request: ModelRequest): void {
  if (request.count !== undefined && request.count > 1) {
    throw unsupported("n", "The model's provider gives one answer a call; ask for `n` = 1.");
  }
  if (request.audio !== undefined || request.modalities?.some((modality) => modality !== "text")) {
    throw unsupported("modalities", "The model's provider answers in text only.");
  }
}

/** Something of the caller's own that stands for words which are not here: cached content, tools that come later. */
export function refuseWordless(item: OpaqueItem, path: string): void {
  if (item.role !== "user" || item.text !== undefined) return;
  throw unsupported(path, `The history holds an item of type "${item.label}" that the model's provider cannot take.`);
}

/** Pictures, sound and films that a model made, by the names that their dialects have for them. */
export const madeMedia: ReadonlySet<string> = new Set([
  ...["inlineData", "fileData", "images", "image", "video", "audio", "document", "image_generation_call"],
]);

/** An item of another dialect in the history: the text that stands for it is said, or it goes. */
export function reportFlattened({ label, text }: OpaqueItem, path: string, losses: Losses): void {
  if (text === undefined && madeMedia.has(label)) losses.add("modality_dropped", path, "S");
  else losses.add("server_tool_history_flattened", path, "S", text === undefined ? "dropped" : "approximated");
}

export interface ChoosableTool {
  readonly tool: Tool;
  /** Its place in the caller's list. */
  readonly path: string;
}

/** For providers that cannot be told to choose among some of their tools: the others are not offered. */
export function choosable({ tools = [], toolChoice: choice }: ModelRequest, losses: Losses): readonly ChoosableTool[] {
  const all = tools.map((tool, index) => ({ tool, path: `tools[${index}]` }));
  if (choice?.mode !== "tool" && choice?.mode !== "subset") return all;
  const names = choice.mode === "tool" ? [choice.name] : choice.names;
  return all.filter(({ tool, path }) => {
    if ("name" in tool) return names.includes(tool.name);
    // A function that is not offered is not chosen; a hosted tool was beyond the choice.
    losses.add("hosted_tool_dropped", path, "Q");
    return false;
  });
}

/** For providers that cannot be told to call nothing, and are offered no tool instead: hosted ones were beyond that wish. */
export function reportWithheld({ tools = [] }: ModelRequest, losses: Losses): void {
  for (const [index, tool] of tools.entries()) if (!("name" in tool)) losses.add("hosted_tool_dropped", `tools[${index}]`, "Q");
}

/** The names of the called tools by call id. @throws Fault `request_malformed` for a result without its call */
export function calledNames(items: readonly Item[]): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  for (const item of items) {
    if (item.type === "call") names.set(item.callId, item.name);
    if (item.type === "result" && !names.has(item.callId)) {
      throw new Fault("request_malformed", { message: `No call stands before the result for "${item.callId}".`, param: item.callId });
    }
  }
  return names;
}
