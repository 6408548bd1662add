import { isUtf8 } from "node:buffer";
import { type AnswerEvent, Fault, type Piece, parseJson } from "../../exchange/index.ts";
import type { ReadStreamOptions, StreamReader } from "../dialect.ts";
import { type SseEvent, sseFrames } from "../framing/sse.ts";
import { FrameWalk, type Verdict } from "../framing/walk-frames.ts";
import { faultInside } from "./faults.ts";
import { isCallItem, readFinish } from "./finish.ts";
import { StreamItems } from "./stream-items.ts";
import { takeStep } from "./stream-steps.ts";
import { readUsage } from "./usage.ts";
import { isWire, textOf, type Wire, wireOf } from "./wire.ts";

const lf = 0x0a;
const cr = 0x0d;
const colon = 0x3a;
const space = 0x20;
const nothing: readonly AnswerEvent[] = [];

const preamble = new Set(["response.created", "response.queued", "response.in_progress", "response.failed"]);
const endings = new Set(["response.completed", "response.incomplete", "response.failed", "error"]);
const itemAdded = "response.output_item.added";

export function readStream(options: ReadStreamOptions): StreamReader {
  return new ResponsesStreamReader(options.depth === "full" ? new StreamItems() : undefined);
}

class ResponsesStreamReader implements StreamReader {
  readonly #items: StreamItems | undefined;
  readonly #walk = new FrameWalk();
  #whole = false;
  #visible = false;
  #call = false;
  #refusal = false;

  constructor(items: StreamItems | undefined) {
    this.#items = items;
  }

  ended(): boolean {
    return this.#whole;
  }

  read(run: Uint8Array): Piece {
    const shownBefore = this.#visible;
    this.#visible = false;
    const wasWhole = this.#whole;
    const out: AnswerEvent[] = [];
    let raw = run;
    if (this.#items || this.#walk.over || !this.#isPlain(run)) {
      raw = this.#walk.walk(run, sseFrames(run), out, (frame) => this.#frame(frame, out), this.#isMark);
    }
    const visible = this.#visible;
    this.#visible = shownBefore || visible;
    return { raw, events: out.length === 0 ? nothing : out, visible, last: !wasWhole && this.#whole };
  }

  /**
   * Whether all frames of a run are of the form in which this API writes them, and none tells the meter anything. Looks at
   * the lines that name the events, and decodes nothing. Lines end with LF.
   */
  #isPlain(run: Uint8Array): boolean {
    if (run.includes(cr)) return false;
    let name: string | undefined;
    let dataStart = -1;
    for (let at = 0; at < run.length; ) {
      let end = run.indexOf(lf, at);
      if (end < 0) end = run.length;
      if (end === at) {
        if (dataStart >= 0) {
          const told = name ?? typeAt(run, dataStart);
          if (told === undefined || isTelling(told)) return false;
          this.#note(told);
        }
        name = undefined;
        dataStart = -1;
      } else if (isField(run, at, eventField)) {
        name = latin1(run, valueStart(run, at + 6), end);
        if (name === "") return false;
      } else {
        // One line of data with an object: where there are several, only parsing them tells.
        if (dataStart >= 0 || !isField(run, at, dataField)) return false;
        dataStart = valueStart(run, at + 5);
        if (run[dataStart] !== 0x7b || run[end - 1] !== 0x7d) return false;
      }
      at = end + 1;
    }
    return isUtf8(run);
  }

  #frame({ event, data }: SseEvent, out: AnswerEvent[]): Verdict {
    if (data === "[DONE]") return "more";
    const isObject = data.startsWith("{") && data.endsWith("}");
    const told = event === "" ? nameIn(data) : event;
    if (!this.#items && isObject && told !== undefined && !isTelling(told)) {
      this.#note(told);
      return "more";
    }
    const wire = parsed(data);
    if (!isWire(wire)) return "more";
    // Some gateways put a bare error object into a stream.
    const name = (this.#items ? undefined : told) ?? textOf(wire.type) ?? (wire.error ? "error" : "");
    this.#note(name);
    if (name === itemAdded && isCallItem(wire.item)) this.#call = true;
    if (name === "error" || name === "response.failed") return this.#fail(name, wire, out);
    if (name === "response.completed" || name === "response.incomplete") return this.#finish(wireOf(wire.response), out);
    if (this.#items) takeStep(this.#items, name, wire, out);
    return "more";
  }

  #note(name: string): void {
    if (!name.startsWith("response.") || preamble.has(name)) return;
    this.#visible = true;
    if (name.startsWith("response.refusal.")) this.#refusal = true;
  }

  #finish(response: Wire, out: AnswerEvent[]): Verdict {
    this.#items?.finish(response, out);
    const seen = { call: this.#call, refusal: this.#refusal };
    const finish = readFinish(response, seen) ?? { reason: "stop" };
    out.push({ type: "choice-finish", choice: 0, finish });
    const usage = readUsage(response);
    if (usage) out.push({ type: "usage-report", usage });
    out.push({ type: "answer-end" });
    this.#whole = true;
    return "over";
  }

  #fail(name: string, data: Wire, out: AnswerEvent[]): Verdict {
    const response = wireOf(data.response);
    const usage = readUsage(response);
    if (usage) out.push({ type: "usage-report", usage });
    const { code, message, param } = data;
    const error = name === "error" ? (data.error ?? { code, message, param }) : (response.error ?? {});
    // The one is the end that a whole stream has; the other may stand anywhere.
    out.push({ type: "answer-error", fault: faultInside(error), told: name === "response.failed" ? "ending" : true });
    return "over";
  }

  /** Behind an error the response may be told as failed, too. */
  readonly #isMark = (frame: SseEvent): boolean =>
    isEndMark(frame) || (!this.#whole && (frame.event || nameIn(frame.data)) === "response.failed");
}

/** What the meter must look into. */
function isTelling(name: string): boolean {
  return endings.has(name) || name === itemAdded;
}

/** Stands behind the end of some providers' streams, and does not make it. */
function isEndMark({ data }: SseEvent): boolean {
  return data === "[DONE]";
}

const encoder = new TextEncoder();
const eventField = encoder.encode("event");
const dataField = encoder.encode("data");
const typeFirst = encoder.encode('{"type":"');

/** A field with a value; the colon follows its name. */
function isField(run: Uint8Array, at: number, field: Uint8Array): boolean {
  for (let index = 0; index < field.length; index++) if (run[at + index] !== field[index]) return false;
  return run[at + field.length] === colon;
}

function valueStart(run: Uint8Array, at: number): number {
  return run[at] === space ? at + 1 : at;
}

/** The type of an event whose data begins with it, as this API writes it; undefined where it stands elsewhere. */
function typeAt(run: Uint8Array, at: number): string | undefined {
  for (let index = 0; index < typeFirst.length; index++) if (run[at + index] !== typeFirst[index]) return undefined;
  const start = at + typeFirst.length;
  const end = run.indexOf(0x22, start);
  return end < 0 || end - start > 80 ? undefined : latin1(run, start, end);
}

/** The same for data that was decoded. */
function nameIn(data: string): string | undefined {
  return /^\{"type":"([^"]{0,80})"/.exec(data)?.[1];
}

function latin1(run: Uint8Array, start: number, end: number): string {
  let text = "";
  for (let at = start; at < end; at++) text += String.fromCharCode(run[at] as number);
  return text;
}

/** @throws Fault `upstream_malformed` */
function parsed(data: string): unknown {
  try {
    return parseJson(data);
  } catch (cause) {
    throw new Fault("upstream_malformed", { message: "The provider sent an event that is not JSON.", cause });
  }
}
