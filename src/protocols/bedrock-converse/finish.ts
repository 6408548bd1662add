import { Fault, type Finish, type FinishReason } from "../../exchange/index.ts";
import { entryOf } from "../json-fields.ts";
import { type Fields, fieldsOf, textOf } from "./fields.ts";

const reasons: Readonly<Record<string, FinishReason>> = {
  end_turn: "stop",
  tool_use: "call",
  max_tokens: "length",
  stop_sequence: "stop-sequence",
  guardrail_intervened: "filtered",
  content_filtered: "filtered",
  model_context_window_exceeded: "context-full",
};

const words: Readonly<Record<FinishReason, string>> = {
  stop: "end_turn",
  "stop-sequence": "stop_sequence",
  length: "max_tokens",
  "context-full": "model_context_window_exceeded",
  call: "tool_use",
  filtered: "content_filtered",
  refusal: "content_filtered",
  // The caller sends the conversation again to go on; Converse has no word for it.
  pause: "end_turn",
};

const brokenOutputs = ["malformed_model_output", "malformed_tool_use"];

/** `stopReason` of an answer or of a `messageStop`; undefined where there is none. */
export function readFinish(native: Fields): Finish | undefined {
  const word = textOf(native.stopReason);
  if (word === undefined) return undefined;
  const stopSequence = textOf(fieldsOf(native.additionalModelResponseFields).stop_sequence);
  return { reason: entryOf(reasons, word) ?? "stop", native: word, ...(stopSequence !== undefined && { stopSequence }) };
}

/** Bedrock itself could not read what the model wrote: there is no answer in it that another dialect could tell. */
export function brokenOutput(native: Fields): Fault | undefined {
  const word = textOf(native.stopReason);
  if (word === undefined || !brokenOutputs.includes(word)) return undefined;
  return new Fault("upstream_malformed", { message: `The provider could not read what the model wrote (${word}).`, nativeCode: word });
}

/** A call wins over a natural end, but not over Bedrock's own word, and a refusal in words is filtered content. */
export function writeFinish(finish: Finish | undefined, sawCall: boolean, sawRefusal: boolean): string {
  const reason = finish?.reason ?? "stop";
  const native = finish?.native ?? "";
  if (reasons[native] === reason && native !== "end_turn" && native !== "") return native;
  const natural = reason === "stop" && native !== "end_turn";
  if (natural && sawCall) return "tool_use";
  return natural && sawRefusal ? "content_filtered" : words[reason];
}
