import { isUtf8 } from "node:buffer";

const lf = 0x0a;
const cr = 0x0d;
const eventHead = new TextEncoder().encode("event:");
const dataHead = new TextEncoder().encode('data:{"type":"');

/** The beginnings of events' names, for `isSkippedRun`. */
export function eventNames(...names: readonly string[]): readonly Uint8Array[] {
  return names.map((name) => new TextEncoder().encode(name));
}

/**
 * Whether every frame of the run of server-sent events is one whose event is named: those that carry neither usage nor an
 * end. They are stepped over by native search, so that a chunk of text costs two searches for a line end. A run with
 * carriage returns is never taken for one; it is rare and still right.
 */
export function isSkippedRun(run: Uint8Array, names: readonly Uint8Array[]): boolean {
  if (run.includes(cr)) return false;
  for (let at = 0; at < run.length; at = endOfFrame(run, at)) if (!isSkippedFrame(run, at, names)) return false;
  return isUtf8(run);
}

function endOfFrame(run: Uint8Array, from: number): number {
  let at = from;
  for (;;) {
    const lineEnd = run.indexOf(lf, at);
    if (lineEnd < 0) return run.length;
    if (run[lineEnd + 1] === lf) return lineEnd + 2;
    at = lineEnd + 1;
  }
}

/** A frame is told by its first bytes, `event: name` or `data: {"type":"name`. */
export function isSkippedFrame(run: Uint8Array, at: number, names: readonly Uint8Array[]): boolean {
  const name = afterHead(run, at, eventHead) ?? afterHead(run, at, dataHead);
  if (name === undefined) return false;
  for (const skipped of names) if (startsWith(run, name, skipped)) return true;
  return false;
}

/** Where the event's name begins behind the head, which may have a space after its colon. */
function afterHead(run: Uint8Array, at: number, head: Uint8Array): number | undefined {
  const colon = 5;
  let from = at;
  for (let index = 0; index < head.length; index++) {
    if (run[from] !== head[index]) return undefined;
    from++;
    if (head[index] === 0x3a && index <= colon && run[from] === 0x20) from++;
  }
  return from;
}

function startsWith(run: Uint8Array, at: number, text: Uint8Array): boolean {
  for (let index = 0; index < text.length; index++) if (run[at + index] !== text[index]) return false;
  return true;
}
