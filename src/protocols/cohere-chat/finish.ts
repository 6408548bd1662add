import { Fault, type Finish, type FinishReason } from "../../exchange/index.ts";
import { entryOf } from "../json-fields.ts";
import { type Fields, wordOf } from "./fields.ts";

const reasons: Readonly<Record<string, FinishReason>> = {
  COMPLETE: "stop",
  STOP_SEQUENCE: "stop-sequence",
  MAX_TOKENS: "length",
  TOOL_CALL: "call",
  // Of older versions of the API, and of other servers that speak it.
  ERROR_LIMIT: "context-full",
  ERROR_TOXIC: "filtered",
};

const words: Readonly<Record<FinishReason, string>> = {
  stop: "COMPLETE",
  "stop-sequence": "STOP_SEQUENCE",
  length: "MAX_TOKENS",
  "context-full": "MAX_TOKENS",
  call: "TOOL_CALL",
  // There is no word for it, and "COMPLETE" would be a lie.
  filtered: "ERROR",
  refusal: "COMPLETE",
  pause: "COMPLETE",
};

/** `finish_reason` of an answer, or of the delta that ends a stream; undefined while there is none. */
export function readFinish(native: Fields): Finish | undefined {
  const word = wordOf(native.finish_reason);
  return word === undefined ? undefined : { reason: entryOf(reasons, word) ?? "stop", native: word };
}

/** The words that tell of a failure, with what is said of it. */
export function failedFinish(native: Fields): Fault | undefined {
  const word = wordOf(native.finish_reason);
  const failed = word === "ERROR" || word === "TIMEOUT" || word === "INTERNAL_ERROR";
  if (!failed && wordOf(native.error) === undefined) return undefined;
  const said = wordOf(native.error);
  const cause = said === undefined ? {} : { cause: new Error(said.slice(0, 1000)) };
  const message = `The provider ended its answer with "${word ?? "an error"}".`;
  return new Fault(word === "TIMEOUT" ? "upstream_timeout" : "upstream_failed", { message, ...cause });
}

export function writeFinish(finish: Finish | undefined): string {
  return words[finish?.reason ?? "stop"];
}
