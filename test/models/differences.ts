/** What an official model does not take. */
export interface Difference {
  readonly dialect: string;
  readonly kind: string;
  readonly from: string;
  /** Where it does not fit. */
  readonly places: readonly string[];
}

/** Where the models are narrower than the services: each with the reason why we write it all the same. */
const reasons: readonly {
  readonly dialect: string;
  readonly kind: "request" | "answer";
  readonly place: RegExp;
  readonly reason: string;
}[] = [
  {
    dialect: "anthropic-messages",
    kind: "request",
    place: /^(temperature|top_p|top_k): extra_forbidden/,
    reason: "Anthropic's version 2026-10-21 has no sampling any more; these requests go out as version 2023-06-01, which has",
  },
  {
    dialect: "gemini-generate",
    kind: "answer",
    place: /UsageMetadata" has no field named "serviceTier"/,
    reason: "Gemini tells the tier beside the counts (it is in the recorded answers); neither protos nor SDK know it yet",
  },
  {
    dialect: "gemini-generate",
    kind: "answer",
    place: /Invalid enum value CONTINUATION/,
    reason: "Gemini's word for an answer that goes on when it is asked again: its SDK has it, its protos not yet",
  },
  {
    dialect: "openai-chat",
    kind: "answer",
    place: /^choices\.delta\.tool_calls\.type: literal_error/,
    reason: "OpenAI streams calls of custom tools in Chat; the SDK's chunks know functions only",
  },
  {
    dialect: "openai-responses",
    kind: "request",
    place: /^input\.ResponseOutputMessageParam\.(id|status): missing/,
    reason: "a turn of several texts goes back without the id of a stored message, as Codex sends it",
  },
  {
    dialect: "openai-responses",
    kind: "request",
    place: /^input\.str: string_type/,
    reason: "sound in a message, for a model that is said to take it: the SDK's parameters for Responses have none yet",
  },
];

export function reasonOf({ dialect, kind, places }: Difference): string | undefined {
  const found = places.map((place) =>
    reasons.find((known) => known.dialect === dialect && (known.kind === "request") === (kind === "request") && known.place.test(place)),
  );
  return found.every((known) => known !== undefined) ? found[0]?.reason : undefined;
}

/** Reasons that nothing needs. */
export function unused(differences: readonly Difference[]): string[] {
  const needed = new Set(differences.map(reasonOf));
  return reasons.map(({ reason }) => reason).filter((reason) => !needed.has(reason));
}
