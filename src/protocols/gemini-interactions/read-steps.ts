import type { CallItem, Item, Part, ReasoningItem, ResultItem } from "../../exchange/index.ts";
import { readForeign } from "../conversation/foreign-thoughts.ts";
import { type Fields, interactionsDialect, isFields, listOf, malformed, restOf, riding, textOf, wordOf } from "./fields.ts";
import { readContent } from "./read-contents.ts";

const spokenMembers = new Set(["type", "content"]);
const thoughtMembers = new Set(["type", "signature", "summary"]);
const callMembers = new Set(["type", "id", "name", "arguments"]);
const resultMembers = new Set(["type", "call_id", "is_error", "result"]);

/** One step of a request's history or of an answer: steps and items are nearly one to one. @throws Fault `request_malformed` */
export function readStep(native: Fields, path: string): Item {
  switch (native.type) {
    case "user_input":
    case "model_output": {
      const role = native.type === "user_input" ? "user" : "assistant";
      return { type: "message", role, parts: readContents(native.content, `${path}.content`), ...riding(restOf(native, spokenMembers)) };
    }
    case "thought":
      return readThought(native);
    case "function_call":
      return readCall(native, path);
    case "function_result":
      return readResult(native, path);
    default: {
      const label = textOf(native.type);
      if (label === undefined) throw malformed(`${path}.type`, "is required");
      return { type: "opaque", dialect: interactionsDialect, label, role: "assistant", native };
    }
  }
}

/** @throws Fault `request_malformed` */
export function readContents(native: unknown, path: string): Part[] {
  if (typeof native === "string") return [{ type: "text", text: native }];
  const list = isFields(native) ? [native] : listOf(native);
  return list.map((content, index) => {
    if (!isFields(content)) throw malformed(`${path}[${index}]`, "must be an object");
    return readContent(content);
  });
}

/** A thought, or one of another dialect that came home through this dialect's clients. */
export function readThought(native: Fields): ReasoningItem {
  const signature = wordOf(native.signature);
  const summary = listOf(native.summary).flatMap((content) => (isFields(content) ? (textOf(content.text) ?? []) : []));
  const foreign = signature === undefined ? undefined : readForeign(signature);
  if (foreign) return { type: "reasoning", summary, ...foreign };
  return {
    type: "reasoning",
    dialect: interactionsDialect,
    summary,
    ...(signature !== undefined && { sealed: { kind: "signature", value: signature } as const }),
    ...riding(restOf(native, thoughtMembers)),
  };
}

function readCall(native: Fields, path: string): CallItem {
  const { id, name } = native;
  if (typeof name !== "string" || name === "") throw malformed(`${path}.name`, "must be a name");
  if (typeof id !== "string" || id === "") throw malformed(`${path}.id`, "must be the call's id");
  return { type: "call", callId: id, name, arguments: argumentsText(native.arguments), ...riding(restOf(native, callMembers)) };
}

/** An object on this wire. */
export function argumentsText(value: unknown): string {
  if (typeof value === "string") return value;
  return value === null || value === undefined ? "{}" : JSON.stringify(value);
}

/** Text, contents, or any object, whose JSON is the text. What is no list goes back as it was. */
function readResult(native: Fields, path: string): ResultItem {
  const { call_id: callId, result } = native;
  if (typeof callId !== "string" || callId === "") throw malformed(`${path}.call_id`, "must be the id of the call");
  const contents = Array.isArray(result) && result.every((content) => isFields(content) && typeof content.type === "string");
  const parts: Part[] = contents
    ? readContents(result, `${path}.result`)
    : [{ type: "text", text: typeof result === "string" ? result : JSON.stringify(result ?? {}) }];
  const rest = restOf(native, resultMembers);
  return {
    type: "result",
    callId,
    parts,
    ...(native.is_error === true && { isError: true }),
    ...riding(contents ? rest : { ...rest, result }),
  };
}
