import { isUtf8 } from "node:buffer";

const quote = 0x22;
const lineFeed = 0x0a;
const closingBrace = 0x7d;
/** Members that the meter is told by, behind their opening quote. */
const tellingNames = byFirstLetter("usage", "finish_reason", "error", "base_resp");
const callingNames = byFirstLetter("tool_calls");

/**
 * Whether a run holds nothing but plain chunks that tell the meter nothing: every frame one `data:` line with an object,
 * no usage, no finish, no error, and no tool call unless one was seen. Everything else takes the careful way. One walk over
 * the bytes: each call of the runtime's own searches costs more than a chunk's two hundred bytes.
 */
export function isPlainRun(run: Uint8Array, callSeen: boolean): boolean {
  let seenBits = 0;
  let at = 0;
  while (at < run.length) {
    if (!startsObject(run, at)) return false;
    for (at += 6; ; at++) {
      const byte = run[at];
      if (byte === undefined) return false;
      seenBits |= byte;
      if (byte === quote) {
        if (tellsAt(run, at + 1, callSeen)) return false;
      } else if (byte < 0x20) {
        // A carriage return would end the line too.
        if (byte !== lineFeed || run[at + 1] !== lineFeed || run[at - 1] !== closingBrace) return false;
        at += 2;
        break;
      }
    }
  }
  return seenBits < 0x80 || isUtf8(run);
}

/** `data: {` or `data:{` */
function startsObject(bytes: Uint8Array, at: number): boolean {
  if (bytes[at] !== 0x64 || bytes[at + 1] !== 0x61 || bytes[at + 2] !== 0x74 || bytes[at + 3] !== 0x61 || bytes[at + 4] !== 0x3a)
    return false;
  return bytes[at + 5] === 0x7b || (bytes[at + 5] === 0x20 && bytes[at + 6] === 0x7b);
}

/** A telling name stands there, and holds an object, a list or a string. Inside a JSON string its quotes would be escaped. */
function tellsAt(bytes: Uint8Array, at: number, callSeen: boolean): boolean {
  const first = bytes[at] ?? 0;
  const name = tellingNames[first] ?? (callSeen ? undefined : callingNames[first]);
  return name !== undefined && holdsMuch(bytes, at, name);
}

/** Names with their closing quote, each at the place of its first letter. */
function byFirstLetter(...names: readonly string[]): readonly (Uint8Array | undefined)[] {
  const byLetter = new Array<Uint8Array | undefined>(256).fill(undefined);
  for (const name of names) {
    const letter = name.charCodeAt(0);
    if (byLetter[letter]) throw new Error(`"${name}" begins as another name does, and only one of them would be found.`);
    byLetter[letter] = Buffer.from(`${name}"`);
  }
  return byLetter;
}

function holdsMuch(bytes: Uint8Array, at: number, name: Uint8Array): boolean {
  for (let index = 0; index < name.length; index++) if (bytes[at + index] !== name[index]) return false;
  let value = at + name.length;
  while (bytes[value] === 0x20 || bytes[value] === 0x3a) value++;
  const byte = bytes[value];
  return byte === 0x7b || byte === quote || (byte === 0x5b && bytes[value + 1] !== 0x5d);
}

const tellingMember = /"(?:usage|finish_reason|error|base_resp)"[\s:]*(?:["{]|\[(?!\]))/;
const callingMember = /"tool_calls"[\s:]*(?:["{]|\[(?!\]))/;

/** The same question for one frame's data, on the careful way: what is plain there is plain here. */
export function isPlainData(data: string, callSeen: boolean): boolean {
  return data.startsWith("{") && data.endsWith("}") && !tellingMember.test(data) && (callSeen || !callingMember.test(data));
}
