import type { JsonBody, MemberEdit, SurfaceId } from "../exchange/index.ts";
import { type InvokeForm, requestForm } from "./bedrock-invoke/forms.ts";

/** Where a surface's requests say how many tokens an answer may have. Where several places say it, the largest is believed. */
interface BoundPlace {
  readonly members: readonly string[];
  /** The object that they stand in, in its spellings; absent where that is the body. */
  readonly within?: readonly string[];
  /** How many answers are asked for; the largest counts. */
  readonly counts?: readonly string[];
  /** What asks for as many answers as it has elements. */
  readonly each?: string;
  /** Nobody can say which member this model would take. */
  readonly closed?: true;
}

const chat: BoundPlace = { members: ["max_completion_tokens", "max_tokens"], counts: ["n"] };
const ollama: BoundPlace = { members: ["num_predict"], within: ["options"] };
const places: Partial<Record<SurfaceId, BoundPlace>> = {
  "openai-chat": chat,
  "mistral-chat": { members: ["max_tokens"], counts: ["n"] },
  // The best of several is chosen behind the meter: all of them are billed.
  "openai-completions": { members: ["max_tokens"], counts: ["n", "best_of"], each: "prompt" },
  "openai-responses": { members: ["max_output_tokens"] },
  "openai-compact": { members: [], closed: true },
  "anthropic-messages": { members: ["max_tokens"] },
  "gemini-generate": {
    members: ["maxOutputTokens", "max_output_tokens"],
    within: ["generationConfig", "generation_config"],
    counts: ["candidateCount", "candidate_count"],
  },
  "gemini-interactions": { members: ["max_output_tokens"], within: ["generation_config"] },
  "bedrock-converse": { members: ["maxTokens"], within: ["inferenceConfig"] },
  "cohere-chat": { members: ["max_tokens"] },
  "ollama-chat": ollama,
  "ollama-generate": ollama,
};

/** InvokeModel's bodies are those of the models' makers. */
const invokePlaces: Readonly<Record<InvokeForm, BoundPlace>> = {
  "anthropic-messages": { members: ["max_tokens"] },
  "openai-chat": { members: ["max_tokens", "max_completion_tokens"], counts: ["n"] },
  "bedrock-converse": { members: ["maxTokens", "max_new_tokens"], within: ["inferenceConfig"] },
};
const titanPlace: BoundPlace = { members: ["maxTokenCount"], within: ["textGenerationConfig"] };
/** Llama's, Mistral's and Cohere's prompts look alike, and each takes its own member only. */
const promptPlace: BoundPlace = { members: ["max_gen_len", "max_tokens"], counts: ["num_generations"], closed: true };

export interface OutputBound {
  /** Of all answers together; undefined where the request does not say. */
  readonly tokens: number | undefined;
  readonly answers: number;
}

/** How many tokens the answers to a request may have at most; undefined for surfaces whose answers are no text. */
export function outputBound(surface: SurfaceId, body: JsonBody): OutputBound | undefined {
  const place = placeOf(surface, body);
  if (!place) return undefined;
  const groups = groupsOf(place, body);
  const told = (names: readonly string[] = []) => groups.flatMap((group) => names.map((name) => group(name))).filter(isBound);
  const prompts = place.each === undefined ? undefined : body.get(place.each);
  const each = Array.isArray(prompts) && typeof prompts[0] !== "number" ? Math.max(1, prompts.length) : 1;
  const answers = Math.max(1, ...told(place.counts)) * each;
  const tokens = told(place.members);
  return { tokens: tokens.length === 0 ? undefined : Math.max(...tokens) * answers, answers };
}

/**
 * The edits that hold each answer to so many tokens, in a request that does not say; undefined where it cannot be told so.
 * @param preferred the member that the upstream knows, where the surface has several
 */
export function boundOutput(surface: SurfaceId, body: JsonBody, tokens: number, preferred?: string): readonly MemberEdit[] | undefined {
  const place = placeOf(surface, body);
  if (!place || place.closed) return undefined;
  const member = place.members.find((name) => name === preferred) ?? place.members[0] ?? "";
  if (place.within === undefined) return [{ name: member, json: String(tokens) }];
  const spelling = place.within.find((name) => isObject(body.get(name))) ?? place.within[0] ?? "";
  const group = body.get(spelling);
  return [{ name: spelling, json: JSON.stringify({ ...(isObject(group) && group), [member]: tokens }) }];
}

function placeOf(surface: SurfaceId, body: JsonBody): BoundPlace | undefined {
  if (surface !== "bedrock-invoke") return places[surface];
  const form = requestForm(body);
  if (form) return invokePlaces[form];
  return body.kind("textGenerationConfig") === "object" ? titanPlace : promptPlace;
}

function groupsOf({ within }: BoundPlace, body: JsonBody): readonly ((name: string) => unknown)[] {
  if (within === undefined) return [(name) => body.get(name)];
  return within.map((spelling) => {
    const group = body.get(spelling);
    return (name) => (isObject(group) && Object.hasOwn(group, name) ? group[name] : undefined);
  });
}

/** Ollama says -1 for no bound. */
function isBound(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
