import type { DialectId, Item, Part, ReasoningItem, Seal } from "../../exchange/index.ts";
import { madeUpId } from "./response-object.ts";
import { sealForeign } from "./sealed.ts";
import { compact, ownFields, responsesDialect, type Wire, wireOf } from "./wire.ts";
import { writeAnnotation, writeReasoning } from "./write-items.ts";

/**
 * An item of an answer as the client gets it; undefined for what only another dialect can hold. Reasoning of other
 * dialects is shown as a summary, and carries a seal that takes it home again.
 */
export function writeOutputItem(item: Item, requestId: string, index: number): Wire | undefined {
  switch (item.type) {
    case "message": {
      const id = item.id ?? madeUpId("msg", requestId, index);
      const content = item.parts.flatMap((part) => writeOutputPart(part) ?? []);
      return compact({ id, type: "message", status: "completed", role: "assistant", phase: item.phase, content, ...ownFields(item.extra) });
    }
    case "reasoning":
      return writeOutputReasoning(item, requestId, index);
    case "call":
      return writeOutputCall(item, requestId, index);
    case "opaque":
      return item.dialect === responsesDialect ? wireOf(item.native) : undefined;
    case "result":
      return undefined;
  }
}

function writeOutputPart(part: Part): Wire | undefined {
  if (part.type === "refusal") return { type: "refusal", refusal: part.text };
  if (part.type === "opaque" && part.dialect === responsesDialect) return wireOf(part.native);
  if (part.type !== "text") return undefined;
  const annotations = (part.annotations ?? []).flatMap((annotation) => writeAnnotation(annotation) ?? []);
  return { type: "output_text", annotations, logprobs: part.logprobs ?? [], text: part.text, ...ownFields(part.extra) };
}

function writeOutputReasoning(item: ReasoningItem, requestId: string, index: number): Wire {
  const id = item.id ?? madeUpId("rs", requestId, index);
  if (item.dialect === responsesDialect) return { id, ...writeReasoning({ ...item, id }) };
  const form = item.text === undefined ? "summary" : "text";
  const paragraphs = item.text === undefined ? item.summary : [item.text];
  const summary = paragraphs.map((text) => ({ type: "summary_text", text }));
  return {
    id: madeUpId("rs", requestId, index),
    type: "reasoning",
    summary,
    encrypted_content: foreignSeal(item.dialect, form, item.sealed),
  };
}

export function foreignSeal(dialect: DialectId, form: "summary" | "text", sealed: Seal | undefined): string {
  return sealForeign({ dialect, form, ...(sealed && { sealed }) });
}

function writeOutputCall(item: Extract<Item, { type: "call" }>, requestId: string, index: number): Wire {
  return callItem(item, item.id ?? madeUpId(item.custom ? "ctc" : "fc", requestId, index), "completed", spokenArguments(item));
}

/** A call without arguments says the empty object: clients parse it. */
export function spokenArguments(call: { readonly arguments: string; readonly custom?: boolean }): string {
  return call.arguments === "" && !call.custom ? "{}" : call.arguments;
}

type CallHead = Pick<Extract<Item, { type: "call" }>, "callId" | "name" | "custom" | "extra">;

export function callItem(call: CallHead, id: string, status: string, spoken: string): Wire {
  const { callId: call_id, name } = call;
  const item = call.custom
    ? { id, type: "custom_tool_call", status, call_id, name, input: spoken }
    : { id, type: "function_call", status, arguments: spoken, call_id, name };
  return { ...item, ...ownFields(call.extra) };
}
