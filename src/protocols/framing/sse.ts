import { isAscii } from "node:buffer";
import { Fault } from "../../exchange/index.ts";

const lf = 0x0a;
const cr = 0x0d;
const usualEventBytes = 4 * 1024 * 1024;
const nothing = new Uint8Array(0);
const blankLine = Buffer.from("\n\n");

/**
 * Cuts a byte stream into runs of whole server-sent events (WHATWG HTML, "Server-sent events"). A pure function of the
 * bytes: the joined output, and the events in it, are the same for every slicing. A run is a view of the chunk that came
 * wherever no frame crosses a chunk's border.
 */
export class FrameCutter {
  /** The begun frame: a buffer that doubles, so that a frame in many small chunks costs no more than its bytes. */
  #held: Uint8Array = nothing;
  #length = 0;
  /** The last run ended in a CR, so that a line feed that comes next belongs to it. */
  #endedInCr = false;
  readonly #maxEventBytes: number;

  constructor(maxEventBytes = usualEventBytes) {
    this.#maxEventBytes = maxEventBytes;
  }

  /** The whole frames that this chunk completes; empty when there is none. @throws Fault `upstream_malformed` */
  push(chunk: Uint8Array): Uint8Array {
    const end = endOfLastFrame(chunk) || this.#endAcross(chunk);
    if (end === 0) {
      if (chunk.length > 0) this.#hold(chunk);
      return nothing;
    }
    const begun = end === chunk.length ? chunk : chunk.subarray(0, end);
    const run = this.#length === 0 ? begun : this.#joined(begun);
    this.#endedInCr = end === chunk.length && chunk[end - 1] === cr;
    if (end < chunk.length) this.#hold(chunk.subarray(end));
    return run;
  }

  /** Just behind a blank line that began in what came before; 0 where there is none. */
  #endAcross(chunk: Uint8Array): number {
    if (this.#endedInCr) return chunk[0] === lf ? 1 : 0;
    const last = this.#length === 0 ? 0 : this.#held[this.#length - 1];
    if (last !== lf && last !== cr) return 0;
    if (chunk[0] === cr) return chunk[1] === lf ? 2 : 1;
    return chunk[0] === lf && last === lf ? 1 : 0;
  }

  #joined(begun: Uint8Array): Uint8Array {
    const run = new Uint8Array(this.#length + begun.length);
    run.set(this.#held.subarray(0, this.#length));
    run.set(begun, this.#length);
    this.#held = nothing;
    this.#length = 0;
    return run;
  }

  #hold(bytes: Uint8Array): void {
    this.#endedInCr = false;
    const length = this.#length + bytes.length;
    if (length > this.#maxEventBytes)
      throw new Fault("upstream_malformed", { message: `The provider sent an event of more than ${this.#maxEventBytes} bytes.` });
    if (length > this.#held.length) {
      // Often the next chunk ends it.
      const larger = new Uint8Array(this.#length === 0 ? length : Math.max(256, length * 2));
      larger.set(this.#held.subarray(0, this.#length));
      this.#held = larger;
    }
    this.#held.set(bytes, this.#length);
    this.#length = length;
  }

  /** What the upstream left behind without a blank line at its end, as a frame; empty where nothing is left. */
  last(): Uint8Array {
    const held = this.#held.subarray(0, this.#length);
    // Blank lines that came by themselves are no frame.
    return held.every((byte) => byte === lf || byte === cr) ? held : Buffer.concat([held, blankLine]);
  }
}

/** Just behind the last blank line, 0 where there is none. Line ends are LF, CRLF or CR. */
function endOfLastFrame(bytes: Uint8Array): number {
  for (let at = bytes.length - 1; at > 0; at--) {
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
  /** A line of it is not UTF-8. */
  readonly broken?: Fault;
}

const strictDecoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** The events of a run of whole frames, comments and empty frames left out. @throws Fault `upstream_malformed` on bad UTF-8 */
export function sseEvents(run: Uint8Array): SseEvent[] {
  const events = sseFrames(run);
  const broken = events.at(-1)?.broken;
  if (broken) throw broken;
  return events;
}

/** The same, as far as it can be read: with bad UTF-8 in it, a frame is the last one and says so. */
export function sseFrames(run: Uint8Array): SseEvent[] {
  const out: SseEvent[] = [];
  const text = asciiText(run);
  let event = "";
  let data: string | undefined;
  let frameStart = 0;
  let at = 0;
  // Looked for once each, not for every line.
  let feed = -1;
  let carriage = -1;
  while (at < run.length) {
    if (feed < at) feed = placeOf(lf, run, at);
    if (carriage < at) carriage = placeOf(cr, run, at);
    const lineEnd = Math.min(feed, carriage);
    const next = run[lineEnd] === cr && run[lineEnd + 1] === lf ? lineEnd + 2 : lineEnd + 1;
    if (lineEnd === at) {
      if (data !== undefined) out.push({ event, data, start: frameStart, end: next });
      event = "";
      data = undefined;
      frameStart = next;
    } else {
      const line = text === undefined ? decoded(run.subarray(at, lineEnd)) : text.slice(at, lineEnd);
      if (line === undefined) {
        out.push({ event: "", data: "", start: frameStart, end: run.length, broken: notUtf8() });
        return out;
      }
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

/** The end of the run where it is not there. */
function placeOf(byte: number, run: Uint8Array, from: number): number {
  const at = run.indexOf(byte, from);
  return at < 0 ? run.length : at;
}

/** A run in which each byte is a character, so that it need not be decoded line by line; undefined for others. */
function asciiText(run: Uint8Array): string | undefined {
  return isAscii(run) ? decoded(run) : undefined;
}

function decoded(line: Uint8Array): string | undefined {
  try {
    return strictDecoder.decode(line);
  } catch {
    return undefined;
  }
}

function notUtf8(): Fault {
  return new Fault("upstream_malformed", { message: "The provider sent bytes that are not UTF-8." });
}

/** One frame as text. */
export function sseFrame(data: string, event?: string): string {
  return event === undefined ? `data: ${data}\n\n` : `event: ${event}\ndata: ${data}\n\n`;
}
