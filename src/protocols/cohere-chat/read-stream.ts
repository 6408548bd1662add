import { type AnswerEvent, Fault, type Piece, parseJson } from "../../exchange/index.ts";
import type { ReadStreamOptions, StreamReader } from "../dialect.ts";
import { eventNames, isSkippedFrame, isSkippedRun } from "../framing/skipped-frames.ts";
import { type SseEvent, sseFrames } from "../framing/sse.ts";
import { FrameWalk, type Verdict } from "../framing/walk-frames.ts";
import { pushAll } from "../json-fields.ts";
import { faultIn } from "./faults.ts";
import { type Fields, fieldsOf, isFields, listOf, wordOf } from "./fields.ts";
import { failedFinish, readFinish } from "./finish.ts";
import { EventReader } from "./read-events.ts";
import { readUsage } from "./usage.ts";

/** Events that tell neither usage nor the end. */
const untelling = eventNames("message-start", "content-", "tool-", "citation-", "debug");

export function readStream(options: ReadStreamOptions): StreamReader {
  return new FrameReader(options.depth === "full" ? new EventReader() : undefined);
}

class FrameReader implements StreamReader {
  /** Undefined at depth `skim`. */
  readonly #events: EventReader | undefined;
  readonly #walk = new FrameWalk();
  #ended = false;
  #visible = false;

  constructor(events: EventReader | undefined) {
    this.#events = events;
  }

  read(frames: Uint8Array): Piece {
    if (!this.#events && this.#visible && !this.#walk.over && isSkippedRun(frames, untelling)) {
      return { raw: frames, events: [], visible: true, last: false };
    }
    const wasEnded = this.#ended;
    const events: AnswerEvent[] = [];
    const step = (frame: SseEvent) => this.#frame(frame, frames, events);
    const raw = this.#walk.walk(frames, sseFrames(frames), events, step, isEndMark);
    return { raw, events, visible: this.#visible, last: this.#ended && !wasEnded };
  }

  /** Only `message-end` ends an answer well; not every server sends `[DONE]` behind it. */
  ended(): boolean {
    return this.#ended;
  }

  #frame(frame: SseEvent, run: Uint8Array, out: AnswerEvent[]): Verdict {
    const { data } = frame;
    if (data === "" || isEndMark(frame)) return "more";
    if (!this.#events && this.#visible && isSkippedFrame(run, frame.start, untelling)) return "more";
    const event = parsed(data, frame.event);
    const fault = faultIn(event);
    if (fault) return this.#tell(fault, out);
    this.#visible ||= shows(event);
    this.#events?.read(event, out);
    return event.type === "message-end" ? this.#end(event, out) : "more";
  }

  #end(event: Fields, out: AnswerEvent[]): Verdict {
    const delta = fieldsOf(event.delta);
    const usage = readUsage(delta.usage);
    const fault = failedFinish(delta);
    const report: AnswerEvent[] = usage ? [{ type: "usage-report", usage }] : [];
    if (fault) {
      pushAll(out, report);
      out.push({ type: "answer-error", fault, told: "ending" });
      return "over";
    }
    const finish = readFinish(delta) ?? { reason: "stop" };
    out.push({ type: "choice-finish", choice: 0, finish }, ...report, { type: "answer-end" });
    this.#ended = true;
    return "over";
  }

  #tell(fault: Fault, out: AnswerEvent[]): Verdict {
    out.push({ type: "answer-error", fault, told: true });
    return "over";
  }
}

/** Stands behind the end, which it does not make. */
function isEndMark({ data }: SseEvent): boolean {
  return data === "[DONE]";
}

function parsed(data: string, name: string): Fields {
  let event: unknown;
  try {
    event = parseJson(data);
  } catch (cause) {
    throw new Fault("upstream_malformed", { message: "The provider sent an event that is not valid JSON.", cause });
  }
  if (!isFields(event)) throw new Fault("upstream_malformed", { message: "The provider sent an event that is not a JSON object." });
  return event.type === undefined && name !== "" ? { ...event, type: name } : event;
}

/** Whether a client would see something of the answer itself: an empty block that opens is not yet that. */
function shows(event: Fields): boolean {
  const message = fieldsOf(fieldsOf(event.delta).message);
  const content = fieldsOf(message.content);
  if (wordOf(content.text) ?? wordOf(content.thinking) ?? wordOf(message.tool_plan)) return true;
  const calls = message.tool_calls;
  return isFields(calls) || listOf(calls).length > 0 || isFields(message.citations);
}
