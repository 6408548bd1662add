import { isUtf8 } from "node:buffer";

const lineFeed = 0x0a;
const openingBrace = 0x7b;
const quote = 0x22;
const ending = Buffer.from(',"done":false}');
const callsName = Buffer.from('tool_calls"');

/**
 * Whether a run holds nothing but lines that tell the meter nothing: objects whose last member says that more follows,
 * and no tool call unless one was seen. Everything else takes the careful way. One walk over the bytes.
 */
export function isPlainRun(run: Uint8Array, callSeen: boolean): boolean {
  let seenBits = 0;
  let start = 0;
  for (let at = 0; at < run.length; at++) {
    const byte = run[at] as number;
    seenBits |= byte;
    if (byte === lineFeed) {
      if (run[start] !== openingBrace || !endsOpen(run, at)) return false;
      start = at + 1;
    } else if (byte === quote && !callSeen && stands(run, at + 1, callsName)) return false;
  }
  return start === run.length && (seenBits < 0x80 || isUtf8(run));
}

/** Inside a string the quotes would be escaped, and the comma would not stand before them. */
function endsOpen(run: Uint8Array, end: number): boolean {
  return stands(run, end - ending.length, ending);
}

function stands(run: Uint8Array, at: number, text: Uint8Array): boolean {
  if (at < 0) return false;
  for (let index = 0; index < text.length; index++) if (run[at + index] !== text[index]) return false;
  return true;
}
