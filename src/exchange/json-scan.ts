import { Fault } from "./fault.ts";

export const quote = 0x22;
const backslash = 0x5c;
const maxDepth = 128;
const maxMembers = 1_000_000;
/** Of one object, the body itself among them: a request has a few dozen, a schema a few hundred. */
export const maxObjectMembers = 10_000;
const decoder = new TextDecoder();

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

/** The text of a name that was scanned. @throws Fault `request_malformed` */
export function nameAt(bytes: Buffer, start: number, end: number): string {
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
export function plainText(bytes: Buffer, start: number, end: number): string | undefined {
  if (end - start > longestPlain) return undefined;
  for (let at = start; at < end; at++) {
    const byte = bytes[at] as number;
    if (byte < 0x20 || byte > 0x7e || byte === backslash) return undefined;
  }
  return bytes.toString("latin1", start, end);
}

/** A number as nearly all are, without a parser; undefined for anything else. @param end where the scan has found it to end */
export function plainNumber(bytes: Buffer, start: number, end: number): number | undefined {
  const first = bytes[start];
  // Of very long ones the scan has looked at the beginning only.
  if ((first !== 0x2d && !isDigit(first)) || end - start > scannedScalar) return undefined;
  return Number(bytes.toString("latin1", start, end));
}

export function skipSpace(bytes: Buffer, from: number): number {
  let at = from;
  for (;;) {
    const byte = bytes[at];
    if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) return at;
    at++;
  }
}

/** From an opening quote to just behind the closing one. Short strings are walked, long ones searched natively. */
export function endOfString(bytes: Buffer, open: number): number {
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

/** Just behind the value that begins at `start`. @throws Fault `request_malformed` or `request_too_deep` */
export function endOfValue(bytes: Buffer, start: number): number {
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

/** So much of a value that is no text, list or object is looked at. */
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

export function tooManyMembers(): Fault {
  return new Fault("request_too_deep", { message: `An object of the body has more than ${maxObjectMembers} members.` });
}

export function malformed(at: number, what: string): Fault {
  return new Fault("request_malformed", { message: `The body is not valid JSON: at byte ${at}, ${what}.` });
}
