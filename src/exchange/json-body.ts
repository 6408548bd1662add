import { type Cut, piecesOf, replaced } from "./cuts.ts";
import { holdsLongNumber, parseMessage } from "./exact-json.ts";
import { Fault } from "./fault.ts";
import {
  endOfString,
  endOfValue,
  malformed,
  maxObjectMembers,
  nameAt,
  plainNumber,
  plainText,
  quote,
  skipSpace,
  tooManyMembers,
} from "./json-scan.ts";
import { PiecedBytes } from "./pieced-bytes.ts";

const fewNames = 32;
/** A body of so many bytes goes on in pieces. */
const leastPieced = 64 * 1024;
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
    const plain = first === quote ? plainText(this.bytes, start + 1, end - 1) : plainNumber(this.bytes, start, end);
    if (plain !== undefined) return plain;
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
    return PiecedBytes.inOne(this.spliceInPieces(edits));
  }

  /** The same; of a long body in pieces, so that what stays is not copied. */
  spliceInPieces(edits: readonly MemberEdit[]): Uint8Array | PiecedBytes {
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
