import type { JsonBody } from "../../exchange/index.ts";
import { malformed, unsupported } from "./wire.ts";

const stateless = "stored state is not kept here: this endpoint takes stateless use only for now. Send the whole conversation in `input`";

/**
 * Tells from the top-level members, and from the shape of the input items, whether a body may pass. Tenants share one
 * provider account, so whatever names stored state could read another tenant's: it never passes.
 * @throws Fault `request_malformed`, `request_unsupported`
 */
export function checkRequest(body: JsonBody): void {
  if (body.kind("model") !== "string") throw malformed("model", "a string");
  refuseKind(body, "stream", ["boolean"], "true or false");
  for (const name of ["previous_response_id", "conversation"]) {
    if (isPresent(body, name)) throw unsupported(name, `"${name}" was sent, but ${stateless}.`);
  }
  if (isPresent(body, "background") && body.get("background") !== false) {
    throw unsupported("background", `"background" was sent, but ${stateless}.`);
  }
  refuseKind(body, "input", ["string", "array"], "a string or a list of items");
  if (!isPresent(body, "input") && !isPresent(body, "prompt")) throw malformed("input", "a string or a list of items");
  refuseKind(body, "tools", ["array"], "a list of tools");
  if (body.kind("input") === "array") refuseReferences(body.raw("input") as Uint8Array);
}

function isPresent(body: JsonBody, name: string): boolean {
  const kind = body.kind(name);
  return kind !== undefined && kind !== "null";
}

function refuseKind(body: JsonBody, name: string, kinds: readonly string[], expected: string): void {
  const kind = body.kind(name);
  if (kind !== undefined && kind !== "null" && !kinds.includes(kind)) throw malformed(name, expected);
}

/** What one item's members say of it, without their values. */
interface ItemShape {
  typed: boolean;
  reference: boolean;
  role: boolean;
  content: boolean;
}

/**
 * Walks the items by bytes, jumping over strings, so that a long prompt is not parsed for this. An item is a reference
 * when it says so, and also when it has neither a type nor the two members that every message has: that is the wire's default.
 */
function refuseReferences(bytes: Uint8Array): void {
  let shape: ItemShape | undefined;
  let depth = 0;
  let index = -1;
  let at = 0;
  while (at < bytes.length) {
    const byte = bytes[at];
    if (byte === 0x22) {
      const end = endOfString(bytes, at);
      if (depth === 2 && shape) at = noteMember(bytes, at, end, shape);
      else at = end;
      continue;
    }
    if (byte === 0x7b || byte === 0x5b) {
      depth++;
      if (depth === 2) {
        index++;
        shape = byte === 0x7b ? { typed: false, reference: false, role: false, content: false } : undefined;
      }
    } else if (byte === 0x7d || byte === 0x5d) {
      if (depth === 2 && shape && (shape.reference || (!shape.typed && !(shape.role && shape.content)))) {
        throw unsupported(`input[${index}]`, `The input holds an item reference, but ${stateless}.`);
      }
      depth--;
    }
    at++;
  }
}

/** Reads a member's name and, for `type`, its value; other values are left to the walk. Returns where to go on. */
function noteMember(bytes: Uint8Array, start: number, end: number, shape: ItemShape): number {
  let at = skipSpace(bytes, end);
  // A string without a colon behind it is a value.
  if (bytes[at] !== 0x3a) return end;
  at = skipSpace(bytes, at + 1);
  if (isWord(bytes, start, end, roleWord)) shape.role = true;
  else if (isWord(bytes, start, end, contentWord)) shape.content = true;
  else if (bytes[at] === 0x22 && isWord(bytes, start, end, typeWord)) {
    const valueEnd = endOfString(bytes, at);
    shape.typed = true;
    if (isWord(bytes, at, valueEnd, referenceWord)) shape.reference = true;
    return valueEnd;
  }
  return at;
}

const encoder = new TextEncoder();
const [roleWord, contentWord, typeWord, referenceWord] = ["role", "content", "type", "item_reference"].map((word) => ({
  word,
  bytes: encoder.encode(word),
})) as [Word, Word, Word, Word];

interface Word {
  readonly word: string;
  readonly bytes: Uint8Array;
}

/** Whether the string between these quotes is the word. One with escapes is longer than the word, and is spelt out first. */
function isWord(bytes: Uint8Array, start: number, end: number, word: Word): boolean {
  const length = end - start - 2;
  const wanted = word.bytes;
  if (length < wanted.length || length > wanted.length * 6) return false;
  if (length === wanted.length) {
    for (let at = 0; at < length; at++) if (bytes[start + 1 + at] !== wanted[at]) return false;
    return true;
  }
  for (let at = start + 1; at < end - 1; at++) {
    if (bytes[at] === 0x5c) return unescaped(String.fromCharCode(...bytes.subarray(start + 1, end - 1))) === word.word;
  }
  return false;
}

function unescaped(text: string): string {
  return text.replace(/\\u([0-9a-fA-F]{4})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

function skipSpace(bytes: Uint8Array, from: number): number {
  let at = from;
  while (bytes[at] === 0x20 || bytes[at] === 0x0a || bytes[at] === 0x0d || bytes[at] === 0x09) at++;
  return at;
}

/** The scan of the body has made sure that every string ends. Short strings are walked, long ones searched natively. */
function endOfString(bytes: Uint8Array, open: number): number {
  const near = Math.min(bytes.length, open + 33);
  for (let at = open + 1; at < near; at++) {
    const byte = bytes[at];
    if (byte === 0x22) return at + 1;
    if (byte === 0x5c) at++;
  }
  let at = open;
  for (;;) {
    at = bytes.indexOf(0x22, at + 1);
    if (at < 0) return bytes.length;
    let slashes = 0;
    while (bytes[at - 1 - slashes] === 0x5c) slashes++;
    if (slashes % 2 === 0) return at + 1;
  }
}
