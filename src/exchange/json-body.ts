import { holdsLongNumber, parseMessage } from "./exact-json.ts";
import { Fault } from "./fault.ts";
import { PiecedBytes } from "./pieced-bytes.ts";

const quote = 0x22;
const fewNames = 32;
const backslash = 0x5c;
const maxDepth = 128;
const maxMembers = 1_000_000;
/** Of one object, the body itself among them: a request has a few dozen, a schema a few hundred. */
const maxObjectMembers = 10_000;
const decoder = new TextDecoder();

/** An edit of one top-level member: new JSON text for its value, or undefined to take the member out. */
export interface MemberEdit {
  readonly name: string;
  readonly json: string | undefined;
}

/**
 * A JSON object as bytes, with the places of its top-level members. Reading a member or replacing one costs nothing for
 * the rest, so that a long prompt is never parsed, copied into strings or serialised only because a name changes.
 *
 * The scan checks nesting (at most 128 levels, before anything recursive touches the body), how many members there are (at
 * most 10,000 in one object and 1,000,000 in one value of the body), the ends of strings and brackets, and that no top-level
 * name stands twice; what is inside is the reader's or the upstream's to judge.
 */
export class JsonBody {
  readonly bytes: Buffer;
  readonly #names: string[];
  /** Four offsets a member: start of the name, start of the value, end of the value, end with the comma. */
  readonly #places: number[];
  /** Values of members that were asked for, by place. */
  readonly #values: unknown[] = [];
  #parsed: Record<string, unknown> | undefined;

  private constructor(bytes: Buffer, names: string[], places: number[]) {
    this.bytes = bytes;
    this.#names = names;
    this.#places = places;
  }

  /** @throws Fault `request_malformed` or `request_too_deep` */
  static scan(given: Uint8Array): JsonBody {
    const bytes = given instanceof Buffer ? given : Buffer.from(given.buffer, given.byteOffset, given.byteLength);
    const names: string[] = [];
    let seen: Set<string> | undefined;
    const places: number[] = [];
    let at = skipSpace(bytes, bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0);
    if (bytes[at] !== 0x7b) throw malformed(at, "a JSON object was expected");
    at = skipSpace(bytes, at + 1);
    if (bytes[at] !== 0x7d) {
      for (;;) {
        if (bytes[at] !== quote) throw malformed(at, "a member name was expected");
        const nameStart = at;
        at = endOfString(bytes, at);
        const name = nameAt(bytes, nameStart, at);
        // A few names are looked through faster than a set is made; thousands would be looked through for hours.
        if (names.length === fewNames) seen = new Set(names);
        if (seen ? seen.has(name) : names.includes(name))
          throw new Fault("request_malformed", { message: `The member "${name}" stands twice in the body.`, param: name });
        at = skipSpace(bytes, at);
        if (bytes[at] !== 0x3a) throw malformed(at, "a colon was expected");
        const valueStart = skipSpace(bytes, at + 1);
        const valueEnd = endOfValue(bytes, valueStart);
        at = skipSpace(bytes, valueEnd);
        if (names.length === maxObjectMembers) throw tooManyMembers();
        names.push(name);
        seen?.add(name);
        places.push(nameStart, valueStart, valueEnd, at);
        const next = bytes[at];
        if (next === 0x7d) break;
        if (next !== 0x2c) throw malformed(at, "a comma or the end of the object was expected");
        at = skipSpace(bytes, at + 1);
      }
    }
    at = skipSpace(bytes, at + 1);
    if (at !== bytes.length) throw malformed(at, "nothing may follow the object");
    return new JsonBody(bytes, names, places);
  }

  get names(): readonly string[] {
    return this.#names;
  }

  has(name: string): boolean {
    return this.#names.includes(name);
  }

  /** The first byte of a member's value tells its kind. */
  kind(name: string): "string" | "number" | "boolean" | "null" | "array" | "object" | undefined {
    const index = this.#names.indexOf(name);
    if (index < 0) return undefined;
    switch (this.bytes[this.#places[index * 4 + 1] as number]) {
      case quote:
        return "string";
      case 0x5b:
        return "array";
      case 0x7b:
        return "object";
      case 0x74:
      case 0x66:
        return "boolean";
      case 0x6e:
        return "null";
      default:
        return "number";
    }
  }

  /** The JSON text of one member as bytes, a view of the body; undefined where the member is missing. */
  raw(name: string): Buffer | undefined {
    const index = this.#names.indexOf(name);
    return index < 0 ? undefined : this.bytes.subarray(this.#places[index * 4 + 1], this.#places[index * 4 + 2]);
  }

  /** The value of one member, parsed alone; undefined where the member is missing. */
  get(name: string): unknown {
    if (this.#parsed) return Object.hasOwn(this.#parsed, name) ? this.#parsed[name] : undefined;
    const index = this.#names.indexOf(name);
    if (index < 0) return undefined;
    if (index in this.#values) return this.#values[index];
    const value = this.#valueAt(index);
    this.#values[index] = value;
    return value;
  }

  #valueAt(index: number): unknown {
    const start = this.#places[index * 4 + 1] as number;
    const end = this.#places[index * 4 + 2] as number;
    const first = this.bytes[start];
    if (first === 0x74) return true;
    if (first === 0x66) return false;
    const plain = first === quote ? plainText(this.bytes, start + 1, end - 1) : undefined;
    if (plain !== undefined) return plain;
    // The scan has seen that it is a number; of very long ones only the beginning.
    if ((first === 0x2d || isDigit(first)) && end - start <= scannedScalar) return Number(this.bytes.toString("latin1", start, end));
    try {
      return JSON.parse(decoder.decode(this.bytes.subarray(start, end)));
    } catch (cause) {
      const name = this.#names[index] as string;
      throw new Fault("request_malformed", { message: `The value of "${name}" is not valid JSON.`, param: name, cause });
    }
  }

  /** The whole body, parsed once. @throws Fault `request_malformed` */
  parse(): Record<string, unknown> {
    if (this.#parsed === undefined) {
      try {
        const text = decoder.decode(this.bytes);
        this.#parsed = (holdsLongNumber(text) ? parseMessage(text) : JSON.parse(text)) as Record<string, unknown>;
      } catch (cause) {
        throw new Fault("request_malformed", { message: `The body is not valid JSON: ${(cause as Error).message}.`, cause });
      }
    }
    return this.#parsed;
  }

  /** The bytes with some members replaced, removed or appended; every other byte stays where and as it was. */
  splice(edits: readonly MemberEdit[]): Uint8Array {
    const cuts = this.#cuts(edits);
    return cuts.length === 0 ? this.bytes : replaced(this.bytes, cuts);
  }

  /** The same; of a long body in pieces, so that what stays is not copied. */
  spliced(edits: readonly MemberEdit[]): Uint8Array | PiecedBytes {
    const cuts = this.#cuts(edits);
    if (cuts.length === 0) return this.bytes;
    return this.bytes.length < leastPieced ? replaced(this.bytes, cuts) : new PiecedBytes(piecesOf(this.bytes, cuts));
  }

  /** In the order of the bytes. */
  #cuts(edits: readonly MemberEdit[]): readonly Cut[] {
    const cuts: Cut[] = [];
    const removed: number[] = [];
    let appended = "";
    for (const { name, json } of edits) {
      const index = this.#names.indexOf(name);
      if (index >= 0 && json !== undefined) {
        cuts.push({ start: this.#places[index * 4 + 1] as number, end: this.#places[index * 4 + 2] as number, text: json });
      } else if (index >= 0) {
        if (!removed.includes(index)) removed.push(index);
      } else if (json !== undefined) {
        appended += `,${JSON.stringify(name)}:${json}`;
      }
    }
    if (removed.length > 0) this.#cutOut(removed, cuts);
    if (appended !== "") {
      const close = this.bytes.lastIndexOf(0x7d);
      const alone = removed.length === this.#names.length;
      cuts.push({ start: close, end: close, text: alone ? appended.slice(1) : appended });
    }
    return cuts.sort((a, b) => a.start - b.start || a.end - b.end);
  }

  /** Runs of members go with the commas behind them; a run at the end goes with the comma before it. */
  #cutOut(removed: number[], cuts: Cut[]): void {
    const last = this.#names.length - 1;
    for (let index = 0; index <= last; index++) {
      if (!removed.includes(index)) continue;
      const first = index;
      while (index < last && removed.includes(index + 1)) index++;
      const start = index === last && first > 0 ? (this.#places[(first - 1) * 4 + 2] as number) : (this.#places[first * 4] as number);
      const end = index === last ? (this.#places[index * 4 + 2] as number) : (this.#places[(index + 1) * 4] as number);
      cuts.push({ start, end, text: "" });
    }
  }
}

interface Cut {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

function replaced(bytes: Buffer, cuts: readonly Cut[]): Buffer {
  let length = bytes.length;
  for (const cut of cuts) length += Buffer.byteLength(cut.text) - (cut.end - cut.start);
  const out = Buffer.allocUnsafe(length);
  let from = 0;
  let to = 0;
  for (const cut of cuts) {
    to += bytes.copy(out, to, from, cut.start);
    if (cut.text !== "") to += out.write(cut.text, to);
    from = cut.end;
  }
  bytes.copy(out, to, from);
  return out;
}

/** A piece is sent by a call of its own: shorter ones cost less copied. */
const leastPiece = 16 * 1024;
const leastPieced = 64 * 1024;

/** Long stretches of the bytes as views of them; what is between them put together. */
function piecesOf(bytes: Buffer, cuts: readonly Cut[]): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  let short: Uint8Array[] = [];
  const add = (piece: Uint8Array) => {
    if (piece.length < leastPiece) {
      short.push(piece);
      return;
    }
    if (short.length > 0) pieces.push(Buffer.concat(short));
    short = [];
    pieces.push(piece);
  };
  let from = 0;
  for (const cut of cuts) {
    add(bytes.subarray(from, cut.start));
    if (cut.text !== "") add(Buffer.from(cut.text));
    from = cut.end;
  }
  add(bytes.subarray(from));
  if (short.length > 0) pieces.push(Buffer.concat(short));
  return pieces;
}

/** Names that most requests have, by their length: recognising one costs less than making it. */
const knownNames: string[][] = [];
for (const name of [
  ...["n", "text", "user", "seed", "stop", "input", "model", "store", "tools", "top_k", "top_p", "stream", "system", "include"],
  ...["logprobs", "messages", "metadata", "thinking", "functions", "reasoning", "dimensions", "max_tokens", "truncation"],
  ...["temperature", "tool_choice", "instructions", "service_tier", "top_logprobs", "stop_sequences", "stream_options"],
  ...["encoding_format", "response_format", "presence_penalty", "prompt_cache_key", "reasoning_effort", "frequency_penalty"],
  ...["max_output_tokens", "parallel_tool_calls", "previous_response_id", "max_completion_tokens"],
]) {
  knownNames[name.length] ??= [];
  knownNames[name.length]?.push(name);
}

function nameAt(bytes: Buffer, start: number, end: number): string {
  for (const known of knownNames[end - start - 2] ?? []) if (standsAt(bytes, start + 1, known)) return known;
  const plain = plainText(bytes, start + 1, end - 1);
  if (plain !== undefined) return plain;
  try {
    return JSON.parse(decoder.decode(bytes.subarray(start, end))) as string;
  } catch {
    throw malformed(start, "the name that starts here is not valid JSON");
  }
}

function standsAt(bytes: Buffer, start: number, text: string): boolean {
  for (let at = 0; at < text.length; at++) if (bytes[start + at] !== text.charCodeAt(at)) return false;
  return true;
}

const longestPlain = 48;

/** Short printable ASCII without escapes, which names and model names are, without a decoder; undefined for anything else. */
function plainText(bytes: Buffer, start: number, end: number): string | undefined {
  if (end - start > longestPlain) return undefined;
  for (let at = start; at < end; at++) {
    const byte = bytes[at] as number;
    if (byte < 0x20 || byte > 0x7e || byte === backslash) return undefined;
  }
  return bytes.toString("latin1", start, end);
}

function skipSpace(bytes: Buffer, from: number): number {
  let at = from;
  for (;;) {
    const byte = bytes[at];
    if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) return at;
    at++;
  }
}

/** From an opening quote to just behind the closing one. Short strings are walked, long ones searched natively. */
function endOfString(bytes: Buffer, open: number): number {
  const near = Math.min(bytes.length, open + 33);
  for (let at = open + 1; at < near; at++) {
    const byte = bytes[at];
    if (byte === quote) return at + 1;
    if (byte === backslash) at++;
  }
  return endOfLongString(bytes, open);
}

function endOfLongString(bytes: Buffer, open: number): number {
  let at = open;
  for (;;) {
    at = bytes.indexOf(quote, at + 1);
    if (at < 0) throw malformed(open, "the string that starts here has no end");
    let slashes = 0;
    while (bytes[at - 1 - slashes] === backslash) slashes++;
    if (slashes % 2 === 0) return at + 1;
    // Where quotes stand close together, as in escaped JSON, walking is faster than one native search after another.
    const near = Math.min(bytes.length, at + 25);
    for (let next = at + 1; next < near; next++) {
      const byte = bytes[next];
      if (byte === quote) return next + 1;
      if (byte === backslash) next++;
      at = next;
    }
  }
}

/**
 * Of the value that is walked just now, a number a level: odd for an object, even for an array, so that `[}` is refused without a
 * stack; and two more for each comma. Each is set anew when its level begins.
 */
const levels = new Uint32Array(maxDepth + 1);

function endOfValue(bytes: Buffer, start: number): number {
  const first = bytes[start];
  if (first === quote) return endOfString(bytes, start);
  if (first !== 0x7b && first !== 0x5b) return endOfScalar(bytes, start);
  let depth = 0;
  let members = 0;
  let at = start;
  for (;;) {
    const byte = bytes[at];
    if (byte === quote) {
      at = endOfString(bytes, at);
      continue;
    }
    if (byte === 0x7b || byte === 0x5b) {
      depth++;
      // The body itself is level one.
      if (depth >= maxDepth) throw new Fault("request_too_deep", { message: `The body is nested deeper than ${maxDepth} levels.` });
      levels[depth] = byte === 0x7b ? 1 : 0;
    } else if (byte === 0x7d || byte === 0x5d) {
      if (((levels[depth] as number) & 1) !== (byte === 0x7d ? 1 : 0)) throw malformed(at, "this bracket closes nothing");
      depth--;
      if (depth === 0) return at + 1;
    } else if (byte === 0x2c) {
      members++;
      const level = (levels[depth] as number) + 2;
      levels[depth] = level;
      if (level > 2 * maxObjectMembers && (level & 1) === 1) throw tooManyMembers();
      if (members > maxMembers) throw new Fault("request_too_deep", { message: `The body holds more than ${maxMembers} members.` });
    } else if (byte === undefined) {
      throw malformed(start, "the value that starts here has no end");
    }
    at++;
  }
}

const scannedScalar = 64;

function endOfScalar(bytes: Buffer, start: number): number {
  let at = start;
  for (;;) {
    const byte = bytes[at];
    if (
      byte === undefined ||
      byte === 0x2c ||
      byte === 0x7d ||
      byte === 0x5d ||
      byte === 0x20 ||
      byte === 0x0a ||
      byte === 0x0d ||
      byte === 0x09
    )
      break;
    at++;
  }
  if (at > start && endOfPlainNumber(bytes, start) === at) return at;
  const text = bytes.toString("latin1", start, Math.min(at, start + scannedScalar));
  if (text !== "true" && text !== "false" && text !== "null" && !/^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/.test(text)) {
    throw malformed(start, "a JSON value was expected");
  }
  return at;
}

/** Of digits, and some behind a point, as nearly all numbers are: walking them costs less than making a text. `start` where none is. */
function endOfPlainNumber(bytes: Buffer, start: number): number {
  let at = start;
  // A zero stands alone before the point.
  if (bytes[at] === 0x30) at++;
  else while (isDigit(bytes[at])) at++;
  if (at === start || bytes[at] !== 0x2e) return at;
  const point = at++;
  while (isDigit(bytes[at])) at++;
  return at === point + 1 ? point : at;
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x30 && byte <= 0x39;
}

function tooManyMembers(): Fault {
  return new Fault("request_too_deep", { message: `An object of the body has more than ${maxObjectMembers} members.` });
}

function malformed(at: number, what: string): Fault {
  return new Fault("request_malformed", { message: `The body is not valid JSON: at byte ${at}, ${what}.` });
}
