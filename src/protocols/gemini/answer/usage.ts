import { inputTokens, type Usage, usageOf } from "../../../exchange/index.ts";
import { googleTier } from "../../conversation/served-tier.ts";
import { entryOf } from "../../json-fields.ts";
import { type Fields, fieldsOf, isFields, type Native, numberOf, textOf } from "../fields.ts";

const tiers: Readonly<Record<string, string>> = {
  ON_DEMAND: "standard",
  ON_DEMAND_PRIORITY: "priority",
  ON_DEMAND_FLEX: "flex",
  PROVISIONED_THROUGHPUT: "provisioned",
};

/**
 * `usageMetadata` in the normal form. The prompt's count holds what was cached but not what tools put into the prompt;
 * the candidates' count does not hold thoughts. Undefined where nothing is counted: Vertex sends only the traffic's type
 * before the end of a stream.
 */
export function readUsage(answer: Fields, webSearches: number): Usage | undefined {
  const native = fieldsOf(answer.usageMetadata);
  if (!isCounted(native)) return undefined;
  const input = countOf(native.promptTokenCount) + countOf(native.toolUsePromptTokenCount);
  const reasoning = countOf(native.thoughtsTokenCount);
  const output = spoken(native, input, reasoning) + reasoning;
  const cacheRead = Math.min(input, countOf(native.cachedContentTokenCount));
  const { promptTokensDetails: prompt, toolUsePromptTokensDetails: tools, candidatesTokensDetails: said } = native;
  const inputAudio = Math.min(input, ofModality(prompt, "AUDIO") + ofModality(tools, "AUDIO"));
  return usageOf({
    inputUncached: input - cacheRead,
    cacheRead,
    output,
    reasoning,
    inputAudio,
    inputImage: Math.min(input - inputAudio, ofModality(prompt, "IMAGE") + ofModality(tools, "IMAGE")),
    cacheReadAudio: Math.min(cacheRead, ofModality(native.cacheTokensDetails, "AUDIO")),
    outputAudio: Math.min(output, ofModality(said, "AUDIO")),
    outputImage: Math.min(output, ofModality(said, "IMAGE")),
    webSearches,
    ...tierOf(answer),
  });
}

function isCounted(native: Fields): boolean {
  const { promptTokenCount, candidatesTokenCount, totalTokenCount, thoughtsTokenCount } = native;
  return numberOf(promptTokenCount ?? totalTokenCount ?? candidatesTokenCount ?? thoughtsTokenCount) !== undefined;
}

/** The count is left out where nothing was said; then the total tells. */
function spoken(native: Fields, input: number, reasoning: number): number {
  if (numberOf(native.candidatesTokenCount) !== undefined) return countOf(native.candidatesTokenCount);
  return Math.max(0, countOf(native.totalTokenCount) - input - reasoning);
}

/** For those who ask for enums as numbers. */
const numberedTraffic: readonly (string | undefined)[] = [undefined, "ON_DEMAND", "PROVISIONED_THROUGHPUT"];
const numberedModalities: readonly unknown[] = [undefined, "TEXT", "IMAGE", "VIDEO", "AUDIO", "DOCUMENT"];

/** The tokens of one kind in a list of counts by kind. */
export function ofModality(list: unknown, modality: string): number {
  if (!Array.isArray(list)) return 0;
  let sum = 0;
  for (const entry of list) {
    if (!isFields(entry)) continue;
    const told = typeof entry.modality === "number" ? numberedModalities[entry.modality] : entry.modality;
    if (told === modality) sum += countOf(entry.tokenCount);
  }
  return sum;
}

/** The tier that it was served from; on Vertex by the traffic's type. */
export function tierOf(answer: Fields): { readonly tier?: string } {
  const native = fieldsOf(answer.usageMetadata);
  const { trafficType } = native;
  const traffic = typeof trafficType === "number" ? numberedTraffic[trafficType] : textOf(trafficType);
  const tier = textOf(native.serviceTier) ?? (traffic && (entryOf(tiers, traffic) ?? traffic.toLowerCase()));
  return tier ? { tier } : {};
}

function countOf(value: unknown): number {
  return Math.max(0, Math.trunc(numberOf(value) ?? 0));
}

/** The counts as Gemini's clients know them; counts of nothing are left out, as Google does. */
export function writeUsage(usage: Usage): Native {
  const tier = googleTier(usage.tier);
  const prompt = inputTokens(usage);
  const said = usage.output - usage.reasoning;
  const input = modalities(prompt, usage.inputAudio, usage.inputImage);
  const output = modalities(said, usage.outputAudio, usage.outputImage);
  return {
    promptTokenCount: prompt,
    ...(said > 0 && { candidatesTokenCount: said }),
    totalTokenCount: prompt + usage.output,
    ...(usage.cacheRead > 0 && { cachedContentTokenCount: usage.cacheRead }),
    ...(input && { promptTokensDetails: input }),
    ...(usage.cacheReadAudio > 0 && { cacheTokensDetails: modalities(usage.cacheRead, usage.cacheReadAudio, 0) }),
    ...(output && { candidatesTokensDetails: output }),
    ...(usage.reasoning > 0 && { thoughtsTokenCount: usage.reasoning }),
    ...(tier !== undefined && { serviceTier: tier }),
  };
}

/** Undefined where it is all text. */
function modalities(total: number, audio: number, image: number): Native[] | undefined {
  if (audio + image === 0) return undefined;
  return [
    { modality: "TEXT", tokenCount: Math.max(0, total - audio - image) },
    { modality: "AUDIO", tokenCount: audio },
    { modality: "IMAGE", tokenCount: image },
  ].filter(({ tokenCount }) => tokenCount > 0);
}
