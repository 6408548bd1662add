import { Fault, type JsonBody } from "../../exchange/index.ts";
import { checkMember } from "../openai-chat/check-request.ts";
import { malformed } from "../openai-chat/json-value.ts";

const prompts = "a string, a list of strings, a list of tokens or a list of such lists";

/** Members that mean the same in Chat Completions are judged as there. @throws Fault `request_malformed` */
export function checkRequest(body: JsonBody): void {
  const model = body.kind("model") === "string" ? body.get("model") : undefined;
  if (typeof model !== "string" || model === "") throw malformed("model", "a string with the name of a model");
  check(body, "prompt", ["string", "array"], prompts);
  check(body, "suffix", ["string"], "a string");
  check(body, "echo", ["boolean"], "true or false");
  checkCount(body, "logprobs", 0, 100);
  checkCount(body, "best_of", 1, 128);
  for (const name of body.names) if (name !== "logprobs") checkMember(body, name);
}

function check(body: JsonBody, name: string, kinds: readonly string[], expected: string): void {
  const kind = body.kind(name);
  if (kind !== undefined && kind !== "null" && !kinds.includes(kind)) throw malformed(name, expected);
}

function checkCount(body: JsonBody, name: string, lowest: number, highest: number): void {
  const value = body.get(name);
  if (value === undefined || value === null) return;
  if (typeof value !== "number" || !Number.isInteger(value) || value < lowest || value > highest) {
    throw malformed(name, `a whole number from ${lowest} to ${highest}`);
  }
}

/** The one text that there is to go on from. @throws Fault `request_malformed`, `request_unsupported` */
export function promptOf(body: JsonBody): string {
  const given = body.get("prompt");
  const list = Array.isArray(given) ? given : [given];
  const [first] = list;
  if (first === undefined || first === null) throw malformed("prompt", prompts);
  if (list.length > 1 && typeof first === "string") throw beyondChat("prompt", "takes one prompt a call");
  if (typeof first === "number" || Array.isArray(first)) throw beyondChat("prompt", "takes text, not tokens");
  if (typeof first !== "string") throw malformed("prompt", prompts);
  return first;
}

export function beyondChat(param: string, words: string): Fault {
  return new Fault("request_unsupported", {
    message: `The model is reached by its provider's chat, which ${words}. A provider with a completions surface of its own takes it.`,
    param,
  });
}
