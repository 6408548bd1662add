import { Fault } from "../exchange/index.ts";

const lf = 0x0a;
const cr = 0x0d;
const maxEventBytes = 4 * 1024 * 1024;
const nothing = new Uint8Array(0);

/**
 * Cuts a byte stream into runs of whole server-sent events (WHATWG HTML, "Server-sent events"). A pure function of the
 * bytes: the joined output, and the events in it, are the same for every slicing. A run is a view of the chunk that came
 * wherever no frame crosses a chunk's border.
 */
export class FrameCutter {
  /** The begun frame: a buffer that doubles, so that a frame in many small chunks costs no more than its bytes. */
  #held: Uint8Array = nothing;
  #length = 0;

  /** The whole frames that this chunk completes; empty when there is none. @throws Fault `upstream_malformed` */
  push(chunk: Uint8Array): Uint8Array {
    if (this.#length === 0) {
      const end = endOfLastFrame(chunk, 0);
      if (end < chunk.length) this.#hold(chunk.subarray(end));
      return end === chunk.length ? chunk : chunk.subarray(0, end);
    }
    // A blank line may have begun in what is held: its last three bytes are looked at again.
    const seen = Math.max(0, this.#length - 3);
    this.#hold(chunk);
    const end = endOfLastFrame(this.#held.subarray(0, this.#length), seen);
    if (end === 0) return nothing;
    const run = this.#held.subarray(0, end);
    const rest = this.#held.subarray(end, this.#length);
    this.#held = nothing;
    this.#length = 0;
    if (rest.length > 0) this.#hold(rest);
    return run;
  }

  #hold(bytes: Uint8Array): void {
    const length = this.#length + bytes.length;
    if (length > maxEventBytes)
      throw new Fault("upstream_malformed", { message: `The provider sent an event of more than ${maxEventBytes} bytes.` });
    if (length > this.#held.length) {
      const larger = new Uint8Array(Math.max(256, length * 2));
      larger.set(this.#held.subarray(0, this.#length));
      this.#held = larger;
    }
    this.#held.set(bytes, this.#length);
    this.#length = length;
  }

  /** What the upstream left behind without a blank line at its end. */
  rest(): Uint8Array {
    return this.#held.subarray(0, this.#length);
  }
}

/** Just behind the last blank line, 0 where there is none. Line ends are LF, CRLF or CR. */
function endOfLastFrame(bytes: Uint8Array, from: number): number {
  for (let at = bytes.length - 1; at > from; at--) {
    const byte = bytes[at];
    if (byte === lf) {
      const before = bytes[at - 1] === cr ? at - 2 : at - 1;
      if (before >= 0 && (bytes[before] === lf || bytes[before] === cr)) return at + 1;
    } else if (byte === cr && (bytes[at - 1] === cr || bytes[at - 1] === lf)) {
      return at + 1;
    }
  }
  return 0;
}

export interface SseEvent {
  /** The `event:` field; empty where there is none. */
  readonly event: string;
  readonly data: string;
  /** Where the frame stands in the run, its blank line included. */
  readonly start: number;
  readonly end: number;
}

const strictDecoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** The events of a run of whole frames, comments and empty frames left out. @throws Fault `upstream_malformed` on bad UTF-8 */
export function sseEvents(run: Uint8Array): SseEvent[] {
  const out: SseEvent[] = [];
  let event = "";
  let data: string | undefined;
  let frameStart = 0;
  let at = 0;
  while (at < run.length) {
    const lineEnd = endOfLine(run, at);
    const next = run[lineEnd] === cr && run[lineEnd + 1] === lf ? lineEnd + 2 : lineEnd + 1;
    if (lineEnd === at) {
      if (data !== undefined) out.push({ event, data, start: frameStart, end: next });
      event = "";
      data = undefined;
      frameStart = next;
    } else {
      const line = decoded(run.subarray(at, lineEnd));
      const colon = line.indexOf(":");
      const field = colon < 0 ? line : line.slice(0, colon);
      const value = colon < 0 ? "" : line.slice(line[colon + 1] === " " ? colon + 2 : colon + 1);
      if (field === "data" || field === "\uFEFFdata") data = data === undefined ? value : `${data}\n${value}`;
      else if (field === "event" || field === "\uFEFFevent") event = value;
    }
    at = next;
  }
  return out;
}

function endOfLine(run: Uint8Array, from: number): number {
  let at = run.indexOf(lf, from);
  if (at < 0) at = run.length;
  const carriage = run.subarray(from, at).indexOf(cr);
  return carriage < 0 ? at : from + carriage;
}

function decoded(line: Uint8Array): string {
  try {
    return strictDecoder.decode(line);
  } catch (cause) {
    throw new Fault("upstream_malformed", { message: "The provider sent bytes that are not UTF-8.", cause });
  }
}

/** One frame as text. */
export function sseFrame(data: string, event?: string): string {
  return event === undefined ? `data: ${data}\n\n` : `event: ${event}\ndata: ${data}\n\n`;
}
