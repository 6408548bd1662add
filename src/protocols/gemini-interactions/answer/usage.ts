import { inputTokens, type Usage, usageOf } from "../../../exchange/index.ts";
import { generationOf } from "../../gemini/generation.ts";
import { type Fields, fieldsOf, isFields, listOf, type Native, numberOf, textOf } from "../fields.ts";

/**
 * The counts in the normal form: the input's holds what was cached, but neither what tools put into the prompt nor, on the other
 * side, thoughts. Undefined where nothing is counted.
 *
 * @param interaction whose tier stands beside its usage
 * @param searches what its steps show, for where the counts leave them out
 */
export function readUsage(interaction: Fields, searches: Searches): Usage | undefined {
  const native = interaction.usage;
  if (!isFields(native)) return undefined;
  const input = countOf(native.total_input_tokens) + countOf(native.total_tool_use_tokens);
  const reasoning = countOf(native.total_thought_tokens);
  const output = countOf(native.total_output_tokens) + reasoning;
  const cacheRead = Math.min(input, countOf(native.total_cached_tokens));
  const inputAudio = Math.min(input, ofModality(native.input_tokens_by_modality, "audio"));
  const tier = textOf(interaction.service_tier);
  return usageOf({
    inputUncached: input - cacheRead,
    cacheRead,
    output,
    reasoning,
    inputAudio,
    inputImage: Math.min(input - inputAudio, ofModality(native.input_tokens_by_modality, "image")),
    cacheReadAudio: Math.min(cacheRead, ofModality(native.cached_tokens_by_modality, "audio")),
    outputAudio: Math.min(output, ofModality(native.output_tokens_by_modality, "audio")),
    outputImage: Math.min(output, ofModality(native.output_tokens_by_modality, "image")),
    webSearches: toldSearches(native.grounding_tool_count) ?? searches.billed(textOf(interaction.model) ?? ""),
    ...(tier !== undefined && { tier }),
  });
}

function ofModality(list: unknown, modality: string): number {
  let sum = 0;
  for (const entry of listOf(list)) if (isFields(entry) && entry.modality === modality) sum += countOf(entry.tokens);
  return sum;
}

/** The searches that steps tell of: billed by the query since Gemini 3, by the answer before. */
export class Searches {
  #queries = 0;

  /** @param step a call of the search, whole or the piece of it that holds its arguments */
  see(step: Fields): void {
    if (step.type !== "google_search_call") return;
    this.#queries += listOf(fieldsOf(step.arguments).queries).filter((query) => typeof query === "string" && query !== "").length;
  }

  billed(model: string): number {
    return generationOf(model) >= 3 ? this.#queries : Math.min(1, this.#queries);
  }
}

/** Undefined where nothing is said of searches. */
function toldSearches(list: unknown): number | undefined {
  if (!Array.isArray(list)) return undefined;
  let sum = 0;
  for (const entry of list) if (fieldsOf(entry).type === "google_search") sum += countOf(fieldsOf(entry).count);
  return sum;
}

function countOf(value: unknown): number {
  return Math.min(Number.MAX_SAFE_INTEGER, Math.max(0, Math.trunc(numberOf(value) ?? 0)));
}

/** The counts as this dialect's clients know them. */
export function writeUsage(usage: Usage): Native {
  const input = inputTokens(usage);
  return {
    total_tokens: input + usage.output,
    total_input_tokens: input,
    ...byModality("input_tokens_by_modality", input, usage.inputAudio, usage.inputImage),
    total_cached_tokens: usage.cacheRead,
    ...byModality("cached_tokens_by_modality", usage.cacheReadAudio > 0 ? usage.cacheRead : 0, usage.cacheReadAudio, 0),
    total_output_tokens: usage.output - usage.reasoning,
    ...(usage.outputAudio + usage.outputImage > 0 &&
      byModality("output_tokens_by_modality", usage.output - usage.reasoning, usage.outputAudio, usage.outputImage)),
    total_tool_use_tokens: 0,
    total_thought_tokens: usage.reasoning,
    ...(usage.webSearches > 0 && { grounding_tool_count: [{ type: "google_search", count: usage.webSearches }] }),
  };
}

function byModality(name: string, total: number, audio: number, image: number): Native {
  const list = [
    { modality: "text", tokens: Math.max(0, total - audio - image) },
    { modality: "audio", tokens: audio },
    { modality: "image", tokens: image },
  ].filter(({ tokens }) => tokens > 0);
  return list.length > 0 ? { [name]: list } : {};
}
