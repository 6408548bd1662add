import type { ModelRequest } from "../../../exchange/index.ts";
import { fieldsOf, geminiDialect, type Native, optional, ownFields, unsupported } from "../fields.ts";
import type { WritingRequest } from "./write-parts.ts";
import { writeThinking } from "./write-thinking.ts";

const maxStops = 5;
const maxSeed = 2 ** 31 - 1;

/** `generationConfig`, members in a fixed order. @throws Fault `request_unsupported` */
export function writeConfig(request: ModelRequest, writing: WritingRequest): Native {
  const { responseSchema, thinkingConfig, ...own } = fieldsOf(ownFields(request.extra).generationConfig);
  const thinking = writeThinking(request, writing);
  return {
    ...writeStops(request, writing),
    ...optional("temperature", clamped(request.temperature, writing)),
    ...optional("topP", request.topP),
    ...optional("topK", request.topK),
    ...optional("maxOutputTokens", maxTokensOf(request, writing)),
    ...optional("seed", seedOf(request, writing)),
    ...optional("candidateCount", request.count),
    ...optional("presencePenalty", request.presencePenalty),
    ...optional("frequencyPenalty", request.frequencyPenalty),
    ...optional("responseLogprobs", request.logprobs),
    ...optional("logprobs", request.topLogprobs),
    ...writeModalities(request, writing),
    ...writeFormat(request, responseSchema, writing),
    ...(thinking && { thinkingConfig: thinking }),
    ...own,
    ...(thinkingConfig !== undefined && { thinkingConfig: { ...thinking, ...fieldsOf(thinkingConfig) } }),
  };
}

function writeStops(request: ModelRequest, { dialect, losses }: WritingRequest): Native {
  const stop = request.stop ?? [];
  if (request.stop === undefined || (stop.length === 0 && dialect !== geminiDialect)) return {};
  if (stop.length <= maxStops || dialect === geminiDialect) return { stopSequences: [...stop] };
  losses.add("sampling_dropped", "stop", "S");
  return { stopSequences: stop.slice(0, maxStops) };
}

function clamped(temperature: number | undefined, { dialect, losses }: WritingRequest): number | undefined {
  if (temperature === undefined || temperature <= 2 || dialect === geminiDialect) return temperature;
  losses.add("sampling_clamped", "temperature", "Q", "approximated");
  return 2;
}

function maxTokensOf(request: ModelRequest, { target, losses, dialect }: WritingRequest): number | undefined {
  const { maxOutputTokens: asked } = request;
  const ceiling = target.maxOutputTokens;
  if (asked === undefined || ceiling === undefined || asked <= ceiling || dialect === geminiDialect) return asked;
  losses.add("max_tokens_clamped", "max_tokens", "Q", "approximated");
  return ceiling;
}

/** 32 bits here. */
function seedOf({ seed }: ModelRequest, { losses, dialect }: WritingRequest): number | undefined {
  if (seed === undefined || Math.abs(seed) <= maxSeed || dialect === geminiDialect) return seed;
  losses.add("sampling_dropped", "seed", "Q", "approximated");
  return Math.trunc(seed) % maxSeed;
}

function writeModalities(request: ModelRequest, { dialect }: WritingRequest): Native {
  const { modalities } = request;
  if (dialect === geminiDialect) return modalities ? { responseModalities: modalities.map((name) => name.toUpperCase()) } : {};
  if (request.audio !== undefined || modalities?.some((modality) => modality !== "text")) {
    throw unsupported("modalities", "Sound and images of this provider's models come in a form that the caller's dialect cannot hold.");
  }
  return {};
}

/** A schema of Gemini's own goes back in its own form. */
function writeFormat(request: ModelRequest, ownSchema: unknown, { target, losses }: WritingRequest): Native {
  const { output } = request;
  const own = ownSchema === undefined ? {} : { responseSchema: ownSchema };
  switch (output?.type) {
    case undefined:
      return own;
    case "text":
      return request.dialect === geminiDialect ? { responseMimeType: "text/plain", ...own } : {};
    case "json":
      return { responseMimeType: "application/json", ...own };
    case "json-schema":
      if (target.jsonSchema === false) losses.add("schema_keyword_dropped", "response_format", "S");
      if (target.jsonSchema === false || ownSchema !== undefined) return { responseMimeType: "application/json", ...own };
      if (output.description !== undefined) losses.add("field_dropped", "response_format.description", "M");
      return { responseMimeType: "application/json", responseJsonSchema: output.schema };
  }
}
