import { Fault } from "../../exchange/index.ts";
import type { Cutter } from "../dialect.ts";

const lf = 0x0a;
const maxLineBytes = 4 * 1024 * 1024;
const nothing = new Uint8Array(0);
const lineEnd = Buffer.from("\n");

/**
 * Cuts a byte stream into runs of whole lines, a JSON value each. A pure function of the bytes: the joined output, and
 * where it ends on a line over the limit, are the same for every slicing. A run is a view of the chunk that came
 * wherever no line crosses a chunk's border.
 */
export class JsonLineCutter implements Cutter {
  /** The begun line: a buffer that doubles, so that a line in many small chunks costs no more than its bytes. */
  #held: Uint8Array = nothing;
  #length = 0;
  /** A line over the limit was met; what stands before it has gone out. */
  #overfull = false;

  /** The whole lines that this chunk completes; empty when there is none. @throws Fault `upstream_malformed` */
  push(chunk: Uint8Array): Uint8Array {
    const end = chunk.lastIndexOf(lf) + 1;
    let run: Uint8Array = nothing;
    if (end > 0 && !this.#overfull) run = this.#limited(this.#joined(end === chunk.length ? chunk : chunk.subarray(0, end)));
    if (end < chunk.length && !this.#overfull) this.#hold(chunk.subarray(end));
    if (this.#overfull && run.length === 0) {
      throw new Fault("upstream_malformed", { message: `The provider sent a line of more than ${maxLineBytes} bytes.` });
    }
    return run;
  }

  /** What the upstream left behind without a line feed at its end. */
  rest(): Uint8Array {
    return this.#held.subarray(0, this.#length);
  }

  /** The same as a line; empty where nothing is left. */
  last(): Uint8Array {
    return this.#length === 0 ? nothing : Buffer.concat([this.rest(), lineEnd]);
  }

  #joined(begun: Uint8Array): Uint8Array {
    if (this.#length === 0) return begun;
    const run = new Uint8Array(this.#length + begun.length);
    run.set(this.rest());
    run.set(begun, this.#length);
    this.#held = nothing;
    this.#length = 0;
    return run;
  }

  /** The run up to its first line over the limit. */
  #limited(run: Uint8Array): Uint8Array {
    if (run.length <= maxLineBytes) return run;
    for (let at = 0; at < run.length; ) {
      const end = run.indexOf(lf, at);
      if (end - at > maxLineBytes) {
        this.#overfull = true;
        return run.subarray(0, at);
      }
      at = end + 1;
    }
    return run;
  }

  #hold(bytes: Uint8Array): void {
    const length = this.#length + bytes.length;
    if (length > maxLineBytes) {
      this.#overfull = true;
      this.#held = nothing;
      this.#length = 0;
      return;
    }
    if (length > this.#held.length) {
      // Often the next chunk ends it.
      const larger = new Uint8Array(this.#length === 0 ? length : Math.max(256, length * 2));
      larger.set(this.rest());
      this.#held = larger;
    }
    this.#held.set(bytes, this.#length);
    this.#length = length;
  }
}

export interface JsonLine {
  readonly text: string;
  /** Where the line stands in the run, its line feed included. */
  readonly start: number;
  readonly end: number;
  /** It is not UTF-8. */
  readonly broken?: Fault;
}

const strictDecoder = new TextDecoder("utf-8", { fatal: true });

/** The lines of a run, empty ones left out. One that is not UTF-8 is the last one and says so. */
export function* jsonLines(run: Uint8Array): Generator<JsonLine, undefined> {
  for (let start = 0; start < run.length; ) {
    const found = run.indexOf(lf, start);
    const end = found < 0 ? run.length : found + 1;
    const text = decoded(run.subarray(start, end))?.trim();
    if (text === undefined) {
      const broken = new Fault("upstream_malformed", { message: "The provider sent bytes that are not UTF-8." });
      yield { text: "", start, end: run.length, broken };
      return;
    }
    if (text !== "") yield { text, start, end };
    start = end;
  }
}

function decoded(line: Uint8Array): string | undefined {
  try {
    return strictDecoder.decode(line);
  } catch {
    return undefined;
  }
}

/** One value as a line. */
export function jsonLine(value: unknown): string {
  return `${JSON.stringify(value)}\n`;
}
