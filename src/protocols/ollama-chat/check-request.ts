import type { JsonBody, MemberEdit } from "../../exchange/index.ts";
import type { TargetTraits } from "../dialect.ts";
import { isFields, malformed } from "./fields.ts";

const wholeOptions = ["num_predict", "top_k", "seed"];
const numberOptions = ["temperature", "top_p", "frequency_penalty", "presence_penalty"];

/**
 * What can be told from the top-level members. Without messages Ollama only loads the model, so they may be missing.
 * @throws Fault `request_malformed`
 */
export function checkRequest(body: JsonBody): void {
  const model = body.kind("model") === "string" ? body.get("model") : undefined;
  if (typeof model !== "string" || model === "") throw malformed("model", "a string with the name of a model");
  check(body, "messages", ["array"], "a list of messages");
  check(body, "stream", ["boolean"], "true or false");
  check(body, "tools", ["array"], "a list");
  check(body, "think", ["boolean", "string"], 'true, false, "low", "medium" or "high"');
  check(body, "format", ["string", "object"], '"json" or a JSON Schema');
  check(body, "options", ["object"], "an object");
  check(body, "logprobs", ["boolean"], "true or false");
  check(body, "top_logprobs", ["number"], "a number");
  checkOptions(body.get("options"));
}

function check(body: JsonBody, name: string, kinds: readonly string[], expected: string): void {
  const kind = body.kind(name);
  if (kind !== undefined && kind !== "null" && !kinds.includes(kind)) throw malformed(name, expected);
}

function checkOptions(options: unknown): void {
  if (!isFields(options)) return;
  for (const name of [...wholeOptions, ...numberOptions]) {
    const value = options[name];
    if (value === null || value === undefined) continue;
    const whole = wholeOptions.includes(name);
    if (typeof value !== "number" || (whole && !Number.isSafeInteger(value))) {
      throw malformed(`options.${name}`, whole ? "a whole number" : "a number");
    }
  }
}

/** The model's name is all that changes on the way to an upstream of this dialect. */
export function editRequest(body: JsonBody, target: TargetTraits): readonly MemberEdit[] {
  return body.get("model") === target.model ? [] : [{ name: "model", json: JSON.stringify(target.model) }];
}
