import { Fault, type JsonBody, type MemberEdit } from "../../exchange/index.ts";
import type { TargetTraits } from "../dialect.ts";
import { malformed } from "./fields.ts";

type Kind = NonNullable<ReturnType<JsonBody["kind"]>>;

interface Rule {
  readonly kind: Kind;
  readonly expected: string;
  readonly whole?: boolean;
}

/** What each member may be. Ranges are the provider's to know. */
const rules: ReadonlyMap<string, Rule> = new Map([
  ...of(["stream", "strict_tools", "logprobs"], { kind: "boolean", expected: "true or false" }),
  ...of(["tools", "documents", "stop_sequences"], { kind: "array", expected: "a list" }),
  ...of(["response_format", "citation_options", "thinking"], { kind: "object", expected: "an object" }),
  ...of(["tool_choice", "safety_mode"], { kind: "string", expected: "a string" }),
  ...of(["temperature", "p", "frequency_penalty", "presence_penalty"], { kind: "number", expected: "a number" }),
  ...of(["max_tokens", "k", "seed", "priority"], { kind: "number", expected: "a whole number that is not negative", whole: true }),
]);

function of(names: readonly string[], rule: Rule): (readonly [string, Rule])[] {
  return names.map((name) => [name, rule]);
}

/** @throws Fault `request_malformed` */
export function checkRequest(body: JsonBody): void {
  const model = body.kind("model") === "string" ? body.get("model") : undefined;
  if (typeof model !== "string" || model === "") throw malformed("model", "a string with the name of a model");
  if (body.kind("messages") !== "array") throw malformed("messages", "a list of messages");
  if (/^\[\s*\]$/.test(Buffer.from((body.raw("messages") ?? new Uint8Array()).subarray(0, 64)).toString("latin1"))) {
    throw new Fault("request_malformed", { message: `"messages" must hold at least one message.`, param: "messages" });
  }
  for (const name of body.names) {
    const rule = rules.get(name);
    const kind = body.kind(name);
    if (!rule || kind === "null") continue;
    if (kind !== rule.kind || (rule.whole && !isWhole(body.get(name)))) throw malformed(name, rule.expected);
  }
}

function isWhole(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/** The model's name is all that changes on the way to an upstream of this dialect. */
export function editRequest(body: JsonBody, target: TargetTraits): readonly MemberEdit[] {
  return body.get("model") === target.model ? [] : [{ name: "model", json: JSON.stringify(target.model) }];
}
