const lf = 0x0a;
const cr = 0x0d;
const nothing = new Uint8Array(0);
const eventHead = new TextEncoder().encode("event:");
const dataHead = new TextEncoder().encode('data:{"type":"');

/** The beginnings of events' names, for `skippedRun`. */
export function eventNames(...names: readonly string[]): readonly Uint8Array[] {
  return names.map((name) => new TextEncoder().encode(name));
}

/**
 * The run of server-sent events without the frames whose event is named: those that carry neither usage nor an end. They
 * are told by their first bytes, `event: name` or `data: {"type":"name`, and stepped over by native search, so that a chunk
 * of text costs two searches for a line end. A run with carriage returns is kept whole; it is rare and still right.
 */
export function skippedRun(run: Uint8Array, names: readonly Uint8Array[]): Uint8Array {
  if (run.includes(cr)) return run;
  let at = 0;
  let kept: Uint8Array[] | undefined;
  while (at < run.length) {
    const end = endOfFrame(run, at);
    if (!isSkipped(run, at, names)) {
      kept ??= [];
      kept.push(run.subarray(at, end));
    }
    at = end;
  }
  if (kept === undefined) return nothing;
  return kept.length === 1 ? (kept[0] as Uint8Array) : joined(kept);
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

function isSkipped(run: Uint8Array, at: number, names: readonly Uint8Array[]): boolean {
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

function joined(parts: readonly Uint8Array[]): Uint8Array {
  let length = 0;
  for (const part of parts) length += part.length;
  const out = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}
