import { type EventStreamMessage, messageAt } from "../aws-event-stream.ts";

const preludeLength = 12;
const eventType = new TextEncoder().encode(":event-type");
const content = new TextEncoder().encode("contentBlock");
const string = 7;

/**
 * The messages of a run without those that carry content: they are told by their first header and stepped over. A
 * message whose first header is another one is kept; it is rare and still right.
 *
 * @param run whole messages whose checksums the cutter found right
 * @throws Fault `upstream_malformed`
 */
export function telling(run: Uint8Array): EventStreamMessage[] {
  const out: EventStreamMessage[] = [];
  const view = new DataView(run.buffer, run.byteOffset, run.byteLength);
  for (let at = 0; at < run.length; ) {
    const length = at + 4 <= run.length ? view.getUint32(at) : 0;
    if (length > 0 && at + length <= run.length && isContent(run, at + preludeLength)) {
      at += length;
      continue;
    }
    const message = messageAt(run, at);
    out.push(message);
    at = message.end;
  }
  return out;
}

/** Length of the name, the name, the type, the length of the value in two bytes, the value. */
function isContent(run: Uint8Array, header: number): boolean {
  if (run[header] !== eventType.length || !startsWith(run, header + 1, eventType)) return false;
  const type = header + 1 + eventType.length;
  return run[type] === string && startsWith(run, type + 3, content);
}

function startsWith(run: Uint8Array, at: number, text: Uint8Array): boolean {
  for (let index = 0; index < text.length; index++) if (run[at + index] !== text[index]) return false;
  return true;
}
