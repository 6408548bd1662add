import { isUtf8 } from "node:buffer";
import { type AnswerEvent, Fault, type Piece } from "../../exchange/index.ts";
import type { ReadStreamOptions, StreamReader } from "../dialect.ts";
import { sseEvents } from "../sse.ts";
import { faultInside } from "./faults.ts";
import { isCallItem, readFinish } from "./finish.ts";
import { StreamSteps } from "./stream-steps.ts";
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
  return new ResponsesStreamReader(options.depth === "full" ? new StreamSteps() : undefined);
}

class ResponsesStreamReader implements StreamReader {
  readonly #steps: StreamSteps | undefined;
  #over: "no" | "whole" | "failed" = "no";
  #visible = false;
  #call = false;
  #refusal = false;

  constructor(steps: StreamSteps | undefined) {
    this.#steps = steps;
  }

  ended(): boolean {
    return this.#over === "whole";
  }

  read(run: Uint8Array): Piece {
    const wasOver = this.#over !== "no";
    const shownBefore = this.#visible;
    this.#visible = false;
    const out: AnswerEvent[] = [];
    if (!wasOver) {
      if (this.#steps || run.includes(cr)) this.#readEvents(run, out);
      else this.#skimLines(run, out);
    }
    const visible = this.#visible;
    this.#visible = shownBefore || visible;
    return { raw: run, events: out.length === 0 ? nothing : out, visible, last: !wasOver && this.#over === "whole" };
  }

  /** Every frame, parsed as far as the depth asks. */
  #readEvents(run: Uint8Array, out: AnswerEvent[]): void {
    for (const frame of sseEvents(run)) {
      if (frame.data === "[DONE]") continue;
      if (this.#steps || frame.event === "") this.#frame(undefined, parsed(frame.data), out);
      else {
        if (!frame.data.startsWith("{") || !frame.data.endsWith("}")) parsed(frame.data);
        this.#named(frame.event, () => frame.data, out);
      }
    }
  }

  /** Looks at the lines that name the events, and decodes only the frames that the meter needs. Lines end with LF. */
  #skimLines(run: Uint8Array, out: AnswerEvent[]): void {
    if (!isUtf8(run)) throw new Fault("upstream_malformed", { message: "The provider sent bytes that are not UTF-8." });
    let at = 0;
    let name = "";
    let dataStart = -1;
    let isObject = false;
    let frameStart = 0;
    while (at < run.length) {
      let end = run.indexOf(lf, at);
      if (end < 0) end = run.length;
      if (end === at) {
        if (dataStart >= 0) this.#skimFrame(run, frameStart, end, name, dataStart, isObject, out);
        name = "";
        dataStart = -1;
        frameStart = end + 1;
      } else if (isField(run, at, eventField)) {
        name = latin1(run, valueStart(run, at + 6), end);
      } else if (isField(run, at, dataField)) {
        // Where the data has several lines, only parsing them tells.
        isObject = dataStart < 0;
        if (dataStart < 0) dataStart = valueStart(run, at + 5);
        isObject &&= run[dataStart] === 0x7b && run[end - 1] === 0x7d;
      }
      at = end + 1;
    }
  }

  #skimFrame(run: Uint8Array, start: number, end: number, event: string, dataStart: number, isObject: boolean, out: AnswerEvent[]): void {
    const name = event === "" ? typeAt(run, dataStart) : event;
    const data = () => sseEvents(run.subarray(start, end + 1))[0]?.data ?? "";
    if (!isObject && data() !== "[DONE]") parsed(data());
    if (name !== undefined) this.#named(name, data, out);
    else if (data() !== "[DONE]") this.#frame(undefined, parsed(data()), out);
  }

  #named(name: string, data: () => string, out: AnswerEvent[]): void {
    if (endings.has(name) || name === itemAdded) this.#frame(name, parsed(data()), out);
    else this.#note(name);
  }

  #note(name: string): void {
    if (!name.startsWith("response.") || preamble.has(name)) return;
    this.#visible = true;
    if (name.startsWith("response.refusal.")) this.#refusal = true;
  }

  #frame(event: string | undefined, data: unknown, out: AnswerEvent[]): void {
    if (this.#over !== "no" || !isWire(data)) return;
    // Some gateways put a bare error object into a stream.
    const name = event ?? textOf(data.type) ?? (data.error ? "error" : "");
    this.#note(name);
    if (name === itemAdded && isCallItem(data.item)) this.#call = true;
    if (name === "error" || name === "response.failed") this.#fail(name, data, out);
    else if (name === "response.completed" || name === "response.incomplete") this.#finish(wireOf(data.response), out);
    else this.#steps?.step(name, data, out);
  }

  #finish(response: Wire, out: AnswerEvent[]): void {
    this.#steps?.finish(response, out);
    const seen = { call: this.#call, refusal: this.#refusal };
    const finish = readFinish(response, seen) ?? { reason: "stop" };
    out.push({ type: "choice-finish", choice: 0, finish });
    const usage = readUsage(response);
    if (usage) out.push({ type: "usage-report", usage });
    out.push({ type: "answer-end" });
    this.#over = "whole";
  }

  #fail(name: string, data: Wire, out: AnswerEvent[]): void {
    const response = wireOf(data.response);
    const usage = readUsage(response);
    if (usage) out.push({ type: "usage-report", usage });
    const { code, message, param } = data;
    const error = name === "error" ? (data.error ?? { code, message, param }) : (response.error ?? {});
    out.push({ type: "answer-error", fault: faultInside(error), told: true });
    this.#over = "failed";
  }
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

function latin1(run: Uint8Array, start: number, end: number): string {
  let text = "";
  for (let at = start; at < end; at++) text += String.fromCharCode(run[at] as number);
  return text;
}

/** @throws Fault `upstream_malformed` */
function parsed(data: string): unknown {
  try {
    return JSON.parse(data);
  } catch (cause) {
    throw new Fault("upstream_malformed", { message: "The provider sent an event that is not JSON.", cause });
  }
}
