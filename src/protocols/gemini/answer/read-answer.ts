import type { Answer, AnswerEvent } from "../../../exchange/index.ts";
import { collect } from "../../conversation/collect.ts";
import { faultIn } from "../faults.ts";
import { type Fields, isFields, unreadable } from "../fields.ts";
import { AnswerState } from "./answer-state.ts";
import { ChunkReader } from "./read-chunk.ts";

/** A whole answer is a stream of one chunk. @throws Fault `upstream_malformed`, or what an error inside a 200 says */
export function readAnswer(json: unknown): Answer {
  // A stream that was asked for without `alt=sse` is a list of chunks.
  const chunks = Array.isArray(json) ? json : [json];
  const reader = new ChunkReader();
  const events: AnswerEvent[] = [];
  for (const chunk of chunks) {
    if (!isFields(chunk)) throw unreadable("The provider's answer is not an object.");
    const fault = faultIn(chunk);
    if (fault) throw fault;
    if (!isAnswer(chunk)) throw unreadable("The provider's answer has neither candidates nor a reason for having none.");
    reader.read(chunk, events);
  }
  reader.close(events);
  for (const event of events) if (event.type === "answer-error") throw event.fault;
  return collect(events);
}

/** Usage, finish and end of a whole answer. A count of tokens, or anything else that is no answer, tells nothing. */
export function skimAnswer(json: Record<string, unknown>): readonly AnswerEvent[] {
  const fault = faultIn(json);
  if (fault) return [{ type: "answer-error", fault }];
  if (!isAnswer(json)) return [];
  const events: AnswerEvent[] = [];
  new AnswerState().read(json, events);
  if (!events.some((event) => event.type === "answer-error")) events.push({ type: "answer-end" });
  return events;
}

function isAnswer(json: Fields): boolean {
  return json.candidates !== undefined || json.promptFeedback !== undefined || json.usageMetadata !== undefined;
}
