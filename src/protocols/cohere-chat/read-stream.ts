import { type AnswerEvent, Fault, type Piece } from "../../exchange/index.ts";
import type { ReadStreamOptions, StreamReader } from "../dialect.ts";
import { eventNames, skippedRun } from "../skipped-frames.ts";
import { type SseEvent, sseEvents } from "../sse.ts";
import { faultIn } from "./faults.ts";
import { type Fields, fieldsOf, isFields, listOf, wordOf } from "./fields.ts";
import { failedFinish, readFinish } from "./finish.ts";
import { EventReader } from "./read-events.ts";
import { readUsage } from "./usage.ts";

/** Events that tell neither usage nor the end. */
const untellingNames = ["message-start", "content-", "tool-", "citation-", "debug"];
const untelling = eventNames(...untellingNames);

export function readStream(options: ReadStreamOptions): StreamReader {
  return new FrameReader(options.depth === "full" ? new EventReader() : undefined);
}

/** What becomes of a frame's bytes: they pass, they pass as the last ones, or they are left out. */
type Verdict = "more" | "over" | "fail";

class FrameReader implements StreamReader {
  /** Undefined at depth `skim`. */
  readonly #events: EventReader | undefined;
  #ended = false;
  /** The end came, or an error. */
  #over = false;
  #visible = false;

  constructor(events: EventReader | undefined) {
    this.#events = events;
  }

  read(frames: Uint8Array): Piece {
    if (!this.#events && this.#visible && !this.#over && skippedRun(frames, untelling).length === 0) {
      return { raw: frames, events: [], visible: true, last: false };
    }
    const wasEnded = this.#ended;
    const events: AnswerEvent[] = [];
    const passed: Uint8Array[] = [];
    let from = 0;
    for (const [index, frame] of sseEvents(frames).entries()) {
      if (this.#over) {
        // Behind the end nothing is read, so nothing passes but the mark of its end.
        if (frame.data === "[DONE]") passed.push(frames.subarray(frame.start, frame.end));
        continue;
      }
      const verdict = this.#verdict(frame, index === 0, events);
      if (verdict === "more") continue;
      passed.push(frames.subarray(from, verdict === "over" ? frame.end : frame.start));
      from = frames.length;
    }
    const raw = this.#over ? joined(passed) : frames;
    return { raw: raw.length === frames.length ? frames : raw, events, visible: this.#visible, last: this.#ended && !wasEnded };
  }

  /** Only `message-end` ends an answer well; not every server sends `[DONE]` behind it. */
  ended(): boolean {
    return this.#ended;
  }

  /** A frame that cannot be read throws, unless frames before it came along: those are not lost with it. */
  #verdict(frame: SseEvent, first: boolean, out: AnswerEvent[]): Verdict {
    try {
      return this.#frame(frame, out);
    } catch (error) {
      if (first || !(error instanceof Fault)) throw error;
      this.#over = true;
      out.push({ type: "answer-error", fault: error });
      return "fail";
    }
  }

  #frame(frame: SseEvent, out: AnswerEvent[]): Verdict {
    const { data } = frame;
    if (data === "" || data === "[DONE]" || (!this.#events && this.#visible && isUntelling(frame))) return "more";
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
      out.push(...report);
      return this.#tell(fault, out);
    }
    const finish = readFinish(delta) ?? { reason: "stop" };
    out.push({ type: "choice-finish", choice: 0, finish }, ...report, { type: "answer-end" });
    this.#ended = true;
    this.#over = true;
    return "over";
  }

  #tell(fault: Fault, out: AnswerEvent[]): Verdict {
    this.#over = true;
    out.push({ type: "answer-error", fault, told: true });
    return "over";
  }
}

function isUntelling({ event, data }: SseEvent): boolean {
  const head = '{"type":"';
  const name = event !== "" ? event : data.startsWith(head) ? data.slice(head.length, head.length + 24) : "";
  return untellingNames.some((untold) => name.startsWith(untold));
}

function parsed(data: string, name: string): Fields {
  let event: unknown;
  try {
    event = JSON.parse(data);
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

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  return pieces.length === 1 ? (pieces[0] as Uint8Array) : Buffer.concat(pieces);
}
