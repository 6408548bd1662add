import type { JsonBody, MemberEdit, SurfaceId } from "../exchange/index.ts";

/** Where a surface's requests say how many tokens an answer may have: the members that are looked at, in their order. */
interface BoundPlace {
  readonly members: readonly string[];
  /** The object that they stand in; absent where that is the body. */
  readonly within?: string;
  /** How many answers are asked for. */
  readonly count?: string;
}

const chat: BoundPlace = { members: ["max_completion_tokens", "max_tokens"], count: "n" };
const ollama: BoundPlace = { members: ["num_predict"], within: "options" };
const places: Partial<Record<SurfaceId, BoundPlace>> = {
  "openai-chat": chat,
  "mistral-chat": { members: ["max_tokens"], count: "n" },
  "openai-completions": { members: ["max_tokens"], count: "n" },
  "openai-responses": { members: ["max_output_tokens"] },
  "anthropic-messages": { members: ["max_tokens"] },
  "gemini-generate": { members: ["maxOutputTokens"], within: "generationConfig", count: "candidateCount" },
  "gemini-interactions": { members: ["max_output_tokens"], within: "generation_config" },
  "bedrock-converse": { members: ["maxTokens"], within: "inferenceConfig" },
  "bedrock-invoke": { members: ["max_tokens", "max_completion_tokens"] },
  "cohere-chat": { members: ["max_tokens"] },
  "ollama-chat": ollama,
  "ollama-generate": ollama,
};

export interface OutputBound {
  /** Of all answers together; undefined where the request does not say. */
  readonly tokens: number | undefined;
  readonly answers: number;
}

/** How many tokens the answers to a request may have at most; undefined for surfaces whose answers are no text. */
export function outputBound(surface: SurfaceId, body: JsonBody): OutputBound | undefined {
  const place = places[surface];
  if (!place) return undefined;
  const group = groupOf(place, body);
  const counted = place.count === undefined ? undefined : group(place.count);
  const answers = isBound(counted) ? Math.max(1, counted) : 1;
  const told = place.members.map(group).find(isBound);
  return { tokens: told === undefined ? undefined : told * answers, answers };
}

/**
 * The edits that hold each answer to so many tokens, in a request that does not say.
 * @param preferred the member that the upstream knows, where the surface has several
 */
export function boundOutput(surface: SurfaceId, body: JsonBody, tokens: number, preferred?: string): readonly MemberEdit[] {
  const place = places[surface];
  if (!place) return [];
  const member = place.members.find((name) => name === preferred) ?? place.members[0] ?? "";
  if (place.within === undefined) return [{ name: member, json: String(tokens) }];
  const group = body.get(place.within);
  return [{ name: place.within, json: JSON.stringify({ ...(isObject(group) && group), [member]: tokens }) }];
}

function groupOf({ within }: BoundPlace, body: JsonBody): (name: string) => unknown {
  if (within === undefined) return (name) => body.get(name);
  const group = body.get(within);
  return (name) => (isObject(group) && Object.hasOwn(group, name) ? group[name] : undefined);
}

/** Ollama says -1 for no bound. */
function isBound(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
