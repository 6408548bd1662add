import type { Finish, FinishReason } from "../../exchange/index.ts";
import { entryOf } from "../json-fields.ts";
import { type Fields, textOf } from "./fields.ts";

const reasons: Readonly<Record<string, FinishReason>> = {
  end_turn: "stop",
  stop_sequence: "stop-sequence",
  max_tokens: "length",
  model_context_window_exceeded: "context-full",
  tool_use: "call",
  refusal: "refusal",
  pause_turn: "pause",
  // Beta: the conversation was summarised and the caller sends it again, as after a pause.
  compaction: "pause",
};

const words: Readonly<Record<FinishReason, string>> = {
  stop: "end_turn",
  "stop-sequence": "stop_sequence",
  length: "max_tokens",
  "context-full": "model_context_window_exceeded",
  call: "tool_use",
  filtered: "refusal",
  refusal: "refusal",
  pause: "pause_turn",
};

/** `stop_reason` and what stands beside it, in a message or in a `message_delta`; undefined while there is none. */
export function readFinish(native: Fields): Finish | undefined {
  const word = textOf(native.stop_reason);
  if (word === undefined) return undefined;
  const stopSequence = textOf(native.stop_sequence);
  return {
    reason: entryOf(reasons, word) ?? "stop",
    native: word,
    ...(stopSequence !== undefined && { stopSequence }),
    ...(native.stop_details != null && { details: native.stop_details }),
  };
}

export interface WrittenFinish {
  readonly stop_reason: string;
  readonly stop_sequence: string | null;
  readonly stop_details: unknown;
}

/** A call always wins over a natural end, but not over Anthropic's own word, and a refusal in words is a refusal. */
export function writeFinish(finish: Finish | undefined, sawCall: boolean, sawRefusal: boolean): WrittenFinish {
  const reason = finish?.reason ?? "stop";
  const natural = reason === "stop" && finish?.native !== "end_turn";
  const word = natural && sawCall ? "tool_use" : natural && sawRefusal ? "refusal" : words[reason];
  return {
    stop_reason: reason === "pause" && finish?.native === "compaction" ? "compaction" : word,
    stop_sequence: finish?.stopSequence ?? null,
    stop_details: word === "refusal" && finish?.native === "refusal" ? (finish.details ?? null) : null,
  };
}
