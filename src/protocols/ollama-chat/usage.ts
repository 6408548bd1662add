import { inputTokens, type Usage, usageOf } from "../../exchange/index.ts";
import { type Fields, numberOf, ownFields, restOf, riding } from "./fields.ts";

const durations = ["total_duration", "load_duration", "prompt_eval_duration", "eval_duration"] as const;
const readFields = new Set([
  ...["model", "created_at", "message", "response", "thinking", "context", "done", "done_reason"],
  ...["prompt_eval_count", "eval_count", "logprobs"],
]);

/**
 * The counts of the last line, or of a whole answer: `prompt_eval_count` is all input, `eval_count` all output, thoughts
 * included. Zeros are left out on this wire. Durations, and where the model ran, ride along. Undefined where nothing is told.
 */
export function readUsage(native: Fields): Usage | undefined {
  const input = tokens(native.prompt_eval_count);
  const output = tokens(native.eval_count);
  const rest = restOf(native, readFields);
  if (input === undefined && output === undefined && rest.total_duration === undefined) return undefined;
  return { ...usageOf({ inputUncached: input ?? 0, output: output ?? 0 }), ...riding(rest) };
}

function tokens(value: unknown): number | undefined {
  const number = numberOf(value);
  return number === undefined ? undefined : Math.min(Number.MAX_SAFE_INTEGER, Math.max(0, Math.trunc(number)));
}

/** The members that stand beside `done`. Clients compute with the durations, so they are zero where nobody measured them. */
export function writeUsage(usage: Usage | undefined): Fields {
  const told = ownFields(usage?.extra);
  const [total, load, promptEval, evaluation] = durations.map((name) => numberOf(told[name]) ?? 0);
  return {
    total_duration: total,
    load_duration: load,
    ...(usage && { prompt_eval_count: inputTokens(usage) }),
    prompt_eval_duration: promptEval,
    ...(usage && { eval_count: usage.output }),
    eval_duration: evaluation,
    ...restOf(told, new Set(durations)),
  };
}
