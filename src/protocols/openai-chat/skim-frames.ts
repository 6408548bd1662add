import { isUtf8 } from "node:buffer";

const usageKey = Buffer.from('"usage"');
const finishKey = Buffer.from('"finish_reason"');
const errorKey = Buffer.from('"error"');
const callsKey = Buffer.from('"tool_calls"');

/**
 * Whether a run holds nothing but plain chunks that tell the meter nothing: every frame one `data:` line with an object,
 * no usage, no finish, no error, and no tool call unless one was seen. Everything else takes the careful way.
 */
export function isPlainRun(run: Uint8Array, callSeen: boolean): boolean {
  const bytes = Buffer.from(run.buffer, run.byteOffset, run.byteLength);
  if (!isUtf8(bytes)) return false;
  for (let at = 0; at < bytes.length; ) {
    const end = bytes.indexOf("\n\n", at);
    if (end < 0 || bytes[end - 1] !== 0x7d || !startsObject(bytes, at)) return false;
    at = end + 2;
  }
  return !(
    tells(bytes, finishKey) ||
    tells(bytes, usageKey) ||
    (bytes.includes(errorKey) && tells(bytes, errorKey)) ||
    (!callSeen && tells(bytes, callsKey))
  );
}

/** `data: {` or `data:{` */
function startsObject(bytes: Uint8Array, at: number): boolean {
  if (bytes[at] !== 0x64 || bytes[at + 1] !== 0x61 || bytes[at + 2] !== 0x74 || bytes[at + 3] !== 0x61 || bytes[at + 4] !== 0x3a)
    return false;
  return bytes[at + 5] === 0x7b || (bytes[at + 5] === 0x20 && bytes[at + 6] === 0x7b);
}

/** A member of that name holds an object, a list or a string. Inside a JSON string the quotes would be escaped. */
function tells(bytes: Buffer, key: Buffer): boolean {
  for (let at = bytes.indexOf(key); at >= 0; ) {
    let value = at + key.length;
    while (bytes[value] === 0x20 || bytes[value] === 0x3a) value++;
    const byte = bytes[value];
    if (byte === 0x7b || byte === 0x22 || (byte === 0x5b && bytes[value + 1] !== 0x5d)) return true;
    at = bytes.indexOf(key, value);
  }
  return false;
}

const tellingMember = /"(usage|finish_reason|error|tool_calls)"\s*:\s*["{[]/;

/** The same question for one frame's data, on the careful way. */
export function isPlainData(data: string): boolean {
  return data.startsWith("{") && data.endsWith("}") && !tellingMember.test(data);
}
