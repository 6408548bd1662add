import type { Effort, ModelRequest, OutputFormat, ReasoningControl } from "../../../exchange/index.ts";
import { camelFields, type Fields, fieldsOf, filled, listOf, type Native, numberOf, optional, restOf, textOf } from "../fields.ts";
import { jsonSchema } from "./schema.ts";

const knownMembers = new Set([
  ...["stopSequences", "temperature", "topP", "topK", "maxOutputTokens", "seed", "presencePenalty", "frequencyPenalty"],
  ...["candidateCount", "responseLogprobs", "logprobs", "responseModalities", "thinkingConfig"],
  ...["responseMimeType", "responseSchema", "responseJsonSchema"],
]);
const thinkingMembers = new Set(["includeThoughts", "thinkingBudget", "thinkingLevel"]);
const levels: readonly Effort[] = ["minimal", "low", "medium", "high"];

type ConfigFields = Pick<
  ModelRequest,
  | "maxOutputTokens"
  | "temperature"
  | "topP"
  | "topK"
  | "stop"
  | "seed"
  | "count"
  | "presencePenalty"
  | "frequencyPenalty"
  | "logprobs"
  | "topLogprobs"
  | "modalities"
  | "output"
  | "reasoning"
>;

export interface ReadConfig {
  readonly fields: ConfigFields;
  /** What only the same dialect can take back. */
  readonly rest: Fields;
}

export function readConfig(given: unknown): ReadConfig {
  const native = camelFields(fieldsOf(given));
  const stop = native.stopSequences === undefined ? undefined : listOf(native.stopSequences).filter((text) => typeof text === "string");
  const modalities = listOf(native.responseModalities).filter((name) => typeof name === "string");
  const format = readFormat(native);
  const thought = readThinking(native.thinkingConfig);
  return {
    fields: {
      ...optional("maxOutputTokens", numberOf(native.maxOutputTokens)),
      ...optional("temperature", numberOf(native.temperature)),
      ...optional("topP", numberOf(native.topP)),
      ...optional("topK", numberOf(native.topK)),
      ...optional("stop", stop),
      ...optional("seed", numberOf(native.seed)),
      ...optional("count", numberOf(native.candidateCount)),
      ...optional("presencePenalty", numberOf(native.presencePenalty)),
      ...optional("frequencyPenalty", numberOf(native.frequencyPenalty)),
      ...optional("logprobs", typeof native.responseLogprobs === "boolean" ? native.responseLogprobs : undefined),
      ...optional("topLogprobs", numberOf(native.logprobs)),
      ...(modalities.length > 0 && { modalities: modalities.map((name) => name.toLowerCase()) }),
      ...optional("output", format.output),
      ...optional("reasoning", thought.reasoning),
    },
    rest: { ...restOf(native, knownMembers), ...format.rest, ...(thought.rest && { thinkingConfig: thought.rest }) },
  };
}

/** Schemas in Gemini's own form and types other than JSON ride along for the same dialect. */
function readFormat(native: Fields): { output?: OutputFormat; rest: Native } {
  const type = textOf(native.responseMimeType);
  const own = native.responseSchema;
  const schema = native.responseJsonSchema ?? (own === undefined ? undefined : jsonSchema(own));
  const rest = own === undefined ? {} : { responseSchema: own };
  if (type === "text/plain") return { output: { type: "text" }, rest };
  if (type !== undefined && type !== "application/json") {
    return { rest: { ...rest, ...optional("responseJsonSchema", native.responseJsonSchema), responseMimeType: type } };
  }
  // A schema without the type says nothing to Gemini.
  if (type === undefined) return { rest: { ...rest, ...optional("responseJsonSchema", native.responseJsonSchema) } };
  if (schema === undefined) return { output: { type: "json" }, rest };
  const title = textOf(fieldsOf(schema).title);
  return { output: { type: "json-schema", name: title !== undefined && /^[\w-]{1,64}$/.test(title) ? title : "answer", schema }, rest };
}

/** A budget of 0 is no thinking, one of -1 is the model's own choice. */
function readThinking(given: unknown): { reasoning?: ReasoningControl; rest?: Native } {
  const native = camelFields(fieldsOf(given));
  const budget = numberOf(native.thinkingBudget);
  const level = textOf(native.thinkingLevel);
  const effort = levels.find((known) => known === level?.toLowerCase());
  const reasoning: ReasoningControl = {
    ...(effort && { effort }),
    ...(budget === 0 && { mode: "disabled" as const }),
    ...(budget === -1 && { mode: "adaptive" as const }),
    ...(budget !== undefined && budget > 0 && { mode: "enabled" as const, budgetTokens: budget }),
    ...(native.includeThoughts === true && { summary: "auto" }),
  };
  const rest = filled({
    ...restOf(native, thinkingMembers),
    ...(native.includeThoughts === false && { includeThoughts: false }),
    ...(level !== undefined && effort === undefined && { thinkingLevel: level }),
  });
  return { ...(filled(reasoning) && { reasoning }), ...(rest && { rest }) };
}
