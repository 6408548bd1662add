import { Fault, type Finish, type FinishReason } from "../../exchange/index.ts";
import { entryOf } from "../json-fields.ts";

const reasons: Readonly<Record<string, FinishReason>> = {
  stop: "stop",
  eos: "stop",
  end_turn: "stop",
  stop_sequence: "stop-sequence",
  length: "length",
  max_tokens: "length",
  model_length: "context-full",
  model_context_window_exceeded: "context-full",
  tool_calls: "call",
  tool_use: "call",
  function_call: "call",
  content_filter: "filtered",
  safety: "filtered",
  sensitive: "filtered",
  recitation: "filtered",
  refusal: "refusal",
};

/** Words that stand where a reason should, but tell of a failure of the provider's. */
const failures = new Set(["error", "network_error", "insufficient_system_resource"]);

/** A provider's finish reason; some send an empty string or the word "null" while there is none. */
export function finishWord(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" && value !== "null" ? value : undefined;
}

/** A call in the answer wins over "stop": some providers say so although the model waits for a result. */
export function readFinish(native: string, hasCall: boolean): Finish {
  const reason = entryOf(reasons, native.toLowerCase()) ?? "stop";
  return { reason: hasCall && reason === "stop" ? "call" : reason, native };
}

export function failedFinish(native: string): Fault | undefined {
  // Google's word for a call that could not be read stands behind another on this surface.
  if (!failures.has(native) && !/\bmalformed_function_call$/i.test(native)) return undefined;
  const code = native === "insufficient_system_resource" ? "upstream_overloaded" : "upstream_failed";
  return new Fault(code, { message: `The provider ended its answer with "${native}".` });
}

/** OpenAI's word for it. */
export function writeFinish(finish: Finish, legacyFunctions: boolean): string {
  switch (finish.reason) {
    case "length":
    case "context-full":
      return "length";
    case "call":
      return legacyFunctions ? "function_call" : "tool_calls";
    case "filtered":
    case "refusal":
      return "content_filter";
    default:
      return "stop";
  }
}
