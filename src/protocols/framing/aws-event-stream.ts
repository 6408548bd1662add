import { crc32 } from "node:zlib";
import { Fault } from "../../exchange/index.ts";
import type { Cutter } from "../dialect.ts";
import { type HeaderValue, readHeaders, writeHeaders } from "./aws-event-stream-headers.ts";

/**
 * `application/vnd.amazon.eventstream`: big-endian total length and headers length (4 bytes each) and the CRC-32 of
 * those eight; headers; payload; CRC-32 of all that comes before it.
 */
const preludeLength = 12;
const checksumLength = 4;
const shortestMessage = preludeLength + checksumLength;
/** The format's own limits: 16 MiB of payload, 128 KiB of headers. */
const maxHeaderBytes = 128 * 1024;
const maxMessageBytes = 16 * 1024 * 1024 + maxHeaderBytes + shortestMessage;
const nothing = new Uint8Array(0);

/**
 * Cuts a byte stream into runs of whole messages whose checksums are right. A pure function of the bytes: the joined
 * output, and whether it fails behind it, are the same for every slicing. A run is a view of the chunk that came
 * wherever no message crosses a chunk's border.
 */
export class MessageCutter implements Cutter {
  /** The begun message: a buffer that doubles, so that a message in many small chunks costs no more than its bytes. */
  #held: Uint8Array = nothing;
  #length = 0;
  #failure: Fault | undefined;

  /** The whole messages that this chunk completes; empty when there is none. @throws Fault `upstream_malformed` */
  push(chunk: Uint8Array): Uint8Array {
    if (this.#failure) throw this.#failure;
    try {
      return this.#cut(chunk);
    } catch (error) {
      this.#failure = Fault.from(error);
      throw error;
    }
  }

  /** Half a message can't be read. @throws Fault `upstream_malformed` where it is broken */
  last(): Uint8Array {
    if (this.#failure) throw this.#failure;
    return nothing;
  }

  #cut(chunk: Uint8Array): Uint8Array {
    const start = this.#length === 0 ? 0 : this.#endOfBegun(chunk);
    if (start === undefined) {
      this.#hold(chunk);
      return nothing;
    }
    if (start > 0) {
      this.#hold(chunk.subarray(0, start));
      checkMessage(this.#held, 0, this.#length);
    }
    const end = this.#endOfRun(chunk, start);
    const run = start > 0 ? this.#joined(chunk.subarray(start, end)) : end === chunk.length ? chunk : chunk.subarray(0, end);
    if (end < chunk.length) this.#hold(chunk.subarray(end));
    return run;
  }

  /** Where the message that began before this chunk ends in it; undefined where it goes on. */
  #endOfBegun(chunk: Uint8Array): number | undefined {
    const lacking = preludeLength - this.#length;
    if (chunk.length < lacking) return undefined;
    const prelude = lacking > 0 ? Buffer.concat([this.#begun(), chunk.subarray(0, lacking)]) : this.#held;
    const missing = (lacking > 0 ? messageLength(prelude, 0) : uint32(prelude, 0)) - this.#length;
    return missing <= chunk.length ? missing : undefined;
  }

  /** Behind the last whole message from `start` on. Whole messages before a broken one go out first. */
  #endOfRun(chunk: Uint8Array, start: number): number {
    let at = start;
    try {
      while (chunk.length - at >= preludeLength) {
        const total = messageLength(chunk, at);
        if (total > chunk.length - at) break;
        checkMessage(chunk, at, total);
        at += total;
      }
    } catch (error) {
      if (at === 0) throw error;
      this.#failure = Fault.from(error);
    }
    return at;
  }

  #begun(): Uint8Array {
    return this.#held.subarray(0, this.#length);
  }

  #joined(more: Uint8Array): Uint8Array {
    const run = Buffer.concat([this.#begun(), more]);
    this.#held = nothing;
    this.#length = 0;
    return run;
  }

  #hold(bytes: Uint8Array): void {
    const length = this.#length + bytes.length;
    if (length > this.#held.length) {
      const larger = new Uint8Array(this.#length === 0 ? length : Math.max(256, length * 2));
      larger.set(this.#begun());
      this.#held = larger;
    }
    this.#held.set(bytes, this.#length);
    this.#length = length;
  }
}

export interface EventStreamMessage {
  readonly headers: ReadonlyMap<string, HeaderValue>;
  readonly payload: Uint8Array;
  /** Where the message stands in the run. */
  readonly start: number;
  readonly end: number;
  /** It cannot be read. */
  readonly broken?: Fault;
}

/** The messages of a run of whole messages, checksums checked. @throws Fault `upstream_malformed` */
export function eventStreamMessages(run: Uint8Array): EventStreamMessage[] {
  const out: EventStreamMessage[] = [];
  for (let at = 0; at < run.length; at = out.at(-1)?.end as number) out.push(messageAt(run, at));
  return out;
}

/**
 * The messages of a run, one by one, but for those that `isSkipped` steps over. One that cannot be read is the last one and says so.
 *
 * @param run whole messages, whose checksums the cutter found right
 * @param isSkipped is asked with the byte at which a message starts
 */
export function* messagesIn(run: Uint8Array, isSkipped: (start: number) => boolean): Generator<EventStreamMessage, undefined> {
  for (let at = 0; at < run.length; ) {
    const length = at + 4 <= run.length ? uint32(run, at) : 0;
    if (length > 0 && at + length <= run.length && isSkipped(at)) {
      at += length;
      continue;
    }
    const message = readable(run, at);
    yield message;
    at = message.end;
  }
}

function readable(run: Uint8Array, start: number): EventStreamMessage {
  try {
    return messageAt(run, start);
  } catch (error) {
    return { headers: new Map(), payload: run.subarray(start, start), start, end: run.length, broken: Fault.from(error) };
  }
}

/** The message that begins at a byte of a run. @throws Fault `upstream_malformed` */
export function messageAt(run: Uint8Array, start: number): EventStreamMessage {
  const left = run.length - start;
  const total = left < shortestMessage ? undefined : messageLength(run, start);
  if (total === undefined || total > left) throw malformed("The provider's last message is cut off.");
  checkMessage(run, start, total);
  const headers = start + preludeLength;
  const payload = headers + uint32(run, start + 4);
  const end = start + total;
  return { headers: readHeaders(run.subarray(headers, payload)), payload: run.subarray(payload, end - checksumLength), start, end };
}

/** The value of a header of type string; undefined where there is none. */
export function headerText(message: EventStreamMessage, name: string): string | undefined {
  const header = message.headers.get(name);
  return header?.type === "string" ? header.value : undefined;
}

/** One message as bytes. */
export function eventStreamMessage(headers: Readonly<Record<string, string>>, payload: Uint8Array): Uint8Array {
  const head = writeHeaders(headers);
  const total = shortestMessage + head.length + payload.length;
  const out = Buffer.alloc(total);
  out.writeUInt32BE(total, 0);
  out.writeUInt32BE(head.length, 4);
  out.writeUInt32BE(crc32(out.subarray(0, 8)), 8);
  out.set(head, preludeLength);
  out.set(payload, preludeLength + head.length);
  out.writeUInt32BE(crc32(out.subarray(0, total - checksumLength)), total - checksumLength);
  return out;
}

/** The length that the prelude at a byte tells. @throws Fault `upstream_malformed` */
function messageLength(bytes: Uint8Array, at: number): number {
  const total = uint32(bytes, at);
  const headers = uint32(bytes, at + 4);
  if (crc32(bytes.subarray(at, at + 8)) !== uint32(bytes, at + 8)) {
    throw malformed("The provider sent a message whose head does not fit its checksum.");
  }
  if (total > maxMessageBytes) throw malformed(`The provider sent a message of more than ${maxMessageBytes} bytes.`);
  if (headers > maxHeaderBytes || headers > total - shortestMessage) {
    throw malformed("The provider sent a message whose lengths contradict each other.");
  }
  return total;
}

function checkMessage(bytes: Uint8Array, at: number, total: number): void {
  const end = at + total - checksumLength;
  if (crc32(bytes.subarray(at, end)) !== uint32(bytes, end)) {
    throw malformed("The provider sent a message that does not fit its checksum.");
  }
}

function uint32(bytes: Uint8Array, at: number): number {
  const [a, b, c, d] = [bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]] as [number, number, number, number];
  return ((a << 24) | (b << 16) | (c << 8) | d) >>> 0;
}

function malformed(message: string): Fault {
  return new Fault("upstream_malformed", { message });
}
