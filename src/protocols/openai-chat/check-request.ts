import type { JsonBody, MemberEdit } from "../../exchange/index.ts";
import { Fault } from "../../exchange/index.ts";
import type { TargetTraits } from "../dialect.ts";
import { isObject, malformed } from "./json-value.ts";
import { holdsOwnDetails, withoutOwnDetails } from "./reasoning.ts";

type Kind = NonNullable<ReturnType<JsonBody["kind"]>>;

interface Rule {
  readonly kinds: readonly Kind[];
  readonly expected: string;
  readonly range?: { readonly lowest: number; readonly highest: number; readonly whole: boolean };
}

const lots = 1e9;

/** What each member may be. Ranges are wide where providers differ: they know their own limits. What is no number at all, or would break sums, stops here. */
const rules: ReadonlyMap<string, Rule> = new Map([
  ...of(["stream", "logprobs", "parallel_tool_calls", "store"], ["boolean"], "true or false"),
  ...of(["stream_options", "logit_bias", "metadata", "response_format", "audio", "web_search_options"], ["object"], "an object"),
  ...of(["tools", "functions", "modalities"], ["array"], "a list"),
  ...of(["tool_choice", "function_call"], ["string", "object"], "a string or an object"),
  ...of(["stop"], ["string", "array"], "a string or a list of strings"),
  ...of(["reasoning_effort", "service_tier", "verbosity", "user", "prompt_cache_key", "safety_identifier"], ["string"], "a string"),
  ...of(["n"], ["number"], "a whole number from 1 to 128", { lowest: 1, highest: 128, whole: true }),
  ...of(["max_tokens", "max_completion_tokens"], ["number"], `a whole number from 0 to ${lots}`, { lowest: 0, highest: lots, whole: true }),
  ...of(["top_logprobs"], ["number"], "a whole number from 0 to 100", { lowest: 0, highest: 100, whole: true }),
  ...of(["temperature", "top_p", "frequency_penalty", "presence_penalty"], ["number"], `a number from ${-lots} to ${lots}`, {
    lowest: -lots,
    highest: lots,
    whole: false,
  }),
  ...of(["seed"], ["number"], `a whole number from ${Number.MIN_SAFE_INTEGER} to ${Number.MAX_SAFE_INTEGER}`, {
    lowest: Number.MIN_SAFE_INTEGER,
    highest: Number.MAX_SAFE_INTEGER,
    whole: true,
  }),
]);

function of(names: readonly string[], kinds: readonly Kind[], expected: string, range?: Rule["range"]): (readonly [string, Rule])[] {
  return names.map((name) => [name, { kinds, expected, ...(range && { range }) }]);
}

/** @throws Fault `request_malformed` */
export function checkRequest(body: JsonBody): void {
  const model = body.kind("model") === "string" ? body.get("model") : undefined;
  if (typeof model !== "string" || model === "") throw malformed("model", "a string with the name of a model");
  if (body.kind("messages") !== "array") throw malformed("messages", "a list of messages");
  if (isEmptyList(body.raw("messages"))) {
    throw new Fault("request_malformed", { message: `"messages" must hold at least one message.`, param: "messages" });
  }
  for (const name of body.names) checkMember(body, name);
}

/** One member by its name, where there is a rule for it. @throws Fault `request_malformed` */
export function checkMember(body: JsonBody, name: string): void {
  const rule = rules.get(name);
  if (!rule) return;
  const kind = body.kind(name) as Kind;
  if (kind !== "null" && !fits(rule, kind, body, name)) throw malformed(name, rule.expected);
}

function fits({ kinds, range }: Rule, kind: Kind, body: JsonBody, name: string): boolean {
  if (!kinds.includes(kind)) return false;
  if (!range) return true;
  const value = body.get(name);
  return typeof value === "number" && value >= range.lowest && value <= range.highest && (!range.whole || Number.isInteger(value));
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
  const mended = mendMessages(body, target);
  if (mended) edits.push({ name: "messages", json: JSON.stringify(mended) });
  return edits;
}

/** Native searches first, so that a long prompt without anything to mend costs microseconds. Undefined where there is nothing. */
function mendMessages(body: JsonBody, target: TargetTraits): unknown[] | undefined {
  const raw = body.raw("messages");
  if (!raw) return undefined;
  const details = holdsOwnDetails(raw);
  const roles = target.developerRole === false && raw.includes('"developer"');
  const list = details || roles ? body.get("messages") : undefined;
  if (!Array.isArray(list)) return undefined;
  const mended = list.map((message: unknown) => withKnownRole(details ? withoutOwnDetails(message) : message, roles));
  return mended.some((message, index) => message !== list[index]) ? mended : undefined;
}

function withKnownRole(message: unknown, mend: boolean): unknown {
  return mend && isObject(message) && message.role === "developer" ? { ...message, role: "system" } : message;
}
