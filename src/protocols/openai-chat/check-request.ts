import type { JsonBody, MemberEdit } from "../../exchange/index.ts";
import { Fault } from "../../exchange/index.ts";
import type { TargetTraits } from "../dialect.ts";
import { isObject, malformed } from "./json-value.ts";
import { holdsOwnDetails, withoutOwnDetails } from "./reasoning.ts";

type Kind = NonNullable<ReturnType<JsonBody["kind"]>>;

const kinds: readonly (readonly [names: readonly string[], kinds: readonly Kind[], expected: string])[] = [
  [["stream", "logprobs", "parallel_tool_calls", "store"], ["boolean"], "true or false"],
  [["stream_options", "logit_bias", "metadata", "response_format", "audio", "web_search_options"], ["object"], "an object"],
  [["tools", "functions", "modalities"], ["array"], "a list"],
  [["tool_choice", "function_call"], ["string", "object"], "a string or an object"],
  [["stop"], ["string", "array"], "a string or a list of strings"],
  [["reasoning_effort", "service_tier", "verbosity", "user", "prompt_cache_key", "safety_identifier"], ["string"], "a string"],
];

const lots = 1e9;

/** Wide where providers differ: they know their own limits. What is no number at all, or would break sums, stops here. */
const numbers: readonly (readonly [name: string, lowest: number, highest: number, whole: boolean])[] = [
  ["n", 1, 128, true],
  ["max_tokens", 0, lots, true],
  ["max_completion_tokens", 0, lots, true],
  ["top_logprobs", 0, 100, true],
  ["temperature", -lots, lots, false],
  ["top_p", -lots, lots, false],
  ["frequency_penalty", -lots, lots, false],
  ["presence_penalty", -lots, lots, false],
  ["seed", Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER, true],
];

/** @throws Fault `request_malformed` */
export function checkRequest(body: JsonBody): void {
  const model = body.kind("model") === "string" ? body.get("model") : undefined;
  if (typeof model !== "string" || model === "") throw malformed("model", "a string with the name of a model");
  if (body.kind("messages") !== "array") throw malformed("messages", "a list of messages");
  if (isEmptyList(body.raw("messages"))) {
    throw new Fault("request_malformed", { message: `"messages" must hold at least one message.`, param: "messages" });
  }
  for (const [names, allowed, expected] of kinds) {
    for (const name of names) {
      const kind = body.kind(name);
      if (kind !== undefined && kind !== "null" && !allowed.includes(kind)) throw malformed(name, expected);
    }
  }
  for (const [name, lowest, highest, whole] of numbers) {
    const kind = body.kind(name);
    if (kind === undefined || kind === "null") continue;
    const value = body.get(name);
    if (typeof value !== "number" || !(value >= lowest && value <= highest) || (whole && !Number.isInteger(value))) {
      throw malformed(name, `${whole ? "a whole number" : "a number"} from ${lowest} to ${highest}`);
    }
  }
}

function isEmptyList(raw: Uint8Array | undefined): boolean {
  if (raw === undefined) return true;
  let at = 1;
  while (raw[at] === 0x20 || raw[at] === 0x0a || raw[at] === 0x0d || raw[at] === 0x09) at++;
  return raw[at] === 0x5d;
}

/** The edits that a body of this dialect still needs on its way to an upstream of this dialect. */
export function editRequest(body: JsonBody, target: TargetTraits): readonly MemberEdit[] {
  const edits: MemberEdit[] = [];
  if (body.get("model") !== target.model) edits.push({ name: "model", json: JSON.stringify(target.model) });
  if ((target.streamUsage ?? "asked") === "asked" && body.get("stream") === true) {
    const asked = body.get("stream_options");
    const options = isObject(asked) ? asked : {};
    if (options.include_usage !== true) {
      edits.push({ name: "stream_options", json: JSON.stringify({ ...options, include_usage: true }) });
    }
  }
  const messages = body.raw("messages");
  if (messages && holdsOwnDetails(messages)) {
    const list = body.get("messages");
    if (Array.isArray(list)) edits.push({ name: "messages", json: JSON.stringify(list.map(withoutOwnDetails)) });
  }
  return edits;
}
