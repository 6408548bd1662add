import { Fault, type Finish, type FinishReason } from "../../../exchange/index.ts";
import { entryOf } from "../../json-fields.ts";
import { type Fields, isFields, textOf } from "../fields.ts";

const reasons: Readonly<Record<string, FinishReason>> = {
  STOP: "stop",
  MAX_TOKENS: "length",
  CONTINUATION: "pause",
  SAFETY: "filtered",
  RECITATION: "filtered",
  LANGUAGE: "filtered",
  BLOCKLIST: "filtered",
  PROHIBITED_CONTENT: "filtered",
  SPII: "filtered",
  MODEL_ARMOR: "filtered",
  IMAGE_SAFETY: "filtered",
  IMAGE_PROHIBITED_CONTENT: "filtered",
  IMAGE_RECITATION: "filtered",
  IMAGE_OTHER: "filtered",
  NO_IMAGE: "filtered",
  // No natural end either, and mostly a filter without a name.
  OTHER: "filtered",
};

/** The values that stand for the same in both of Google's APIs, for those who ask for enums as numbers. */
const numbered = ["FINISH_REASON_UNSPECIFIED", "STOP", "MAX_TOKENS", "SAFETY", "RECITATION", "OTHER"];

/** Endings that tell of a model that went wrong, not of an answer. */
const failures = new Set([
  "MALFORMED_FUNCTION_CALL",
  "UNEXPECTED_TOOL_CALL",
  "TOO_MANY_TOOL_CALLS",
  "MALFORMED_RESPONSE",
  "MISSING_THOUGHT_SIGNATURE",
]);

const words: Readonly<Record<FinishReason, string>> = {
  stop: "STOP",
  "stop-sequence": "STOP",
  length: "MAX_TOKENS",
  "context-full": "MAX_TOKENS",
  call: "STOP",
  filtered: "SAFETY",
  refusal: "SAFETY",
  pause: "CONTINUATION",
};

/** A candidate's `finishReason`; undefined while there is none. */
export function finishWord(candidate: Fields): string | undefined {
  const value = candidate.finishReason;
  const word = typeof value === "number" ? (numbered[value] ?? String(value)) : textOf(value);
  return word === "" || word === "FINISH_REASON_UNSPECIFIED" ? undefined : word;
}

/** Gemini says `STOP` for calls too. */
export function readFinish(word: string, called: boolean): Finish {
  // Only one word tells of a natural end: what is new is another.
  const reason = entryOf(reasons, word) ?? "filtered";
  return { reason: called && reason === "stop" ? "call" : reason, native: word };
}

/** A broken call may go well at the next try. */
export function failedFinish(word: string): Fault | undefined {
  if (!failures.has(word)) return undefined;
  return new Fault("upstream_failed", { message: `The provider ended its answer with "${word}".` });
}

/** The prompt was blocked: there is no candidate, and this is why. */
export function blockedPrompt(answer: Fields): Finish | undefined {
  const feedback = isFields(answer.promptFeedback) ? answer.promptFeedback : {};
  const word = typeof feedback.blockReason === "number" ? String(feedback.blockReason) : textOf(feedback.blockReason);
  return word === undefined || word === "" || word === "0" || word.endsWith("UNSPECIFIED")
    ? undefined
    : { reason: "filtered", native: word };
}

/** Gemini's own word where it is one of a filter; otherwise the nearest. */
export function writeFinish(finish: Finish | undefined): string {
  const { reason, native } = finish ?? { reason: "stop" as const };
  return native !== undefined && reasons[native] === reason ? native : words[reason];
}
