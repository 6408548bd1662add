import { crc32 } from "node:zlib";
import { parseJson } from "../exchange.ts";
import type { Frame } from "./frames.ts";

const textHeader = 7;

/**
 * A reader of `application/vnd.amazon.eventstream` of the test's own (AWS SDK, "Event stream encoding"): lengths, sums,
 * headers that are texts. A message that is an exception gets `exception:` before its name.
 *
 * @throws Error where a sum or a length is wrong
 */
export function readMessages(body: Uint8Array): readonly Frame[] {
  const out: Frame[] = [];
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  for (let at = 0; at < body.length; ) {
    if (body.length - at < 16) break;
    const [length, headersLength] = [view.getUint32(at), view.getUint32(at + 4)];
    if (at + length > body.length) break;
    if (crc32(body.subarray(at, at + 8)) !== view.getUint32(at + 8)) throw new Error(`the prelude's sum is wrong at ${at}`);
    if (crc32(body.subarray(at, at + length - 4)) !== view.getUint32(at + length - 4))
      throw new Error(`the message's sum is wrong at ${at}`);
    const headers = readHeaders(body.subarray(at + 12, at + 12 + headersLength));
    const data = new TextDecoder().decode(body.subarray(at + 12 + headersLength, at + length - 4));
    const exception = headers.get(":exception-type") ?? headers.get(":error-code");
    out.push({
      event: exception === undefined ? (headers.get(":event-type") ?? "") : `exception:${exception}`,
      data,
      json: parseJson(data),
    });
    at += length;
  }
  return out;
}

function readHeaders(bytes: Uint8Array): ReadonlyMap<string, string> {
  const out = new Map<string, string>();
  const decoder = new TextDecoder();
  for (let at = 0; at < bytes.length; ) {
    const nameEnd = at + 1 + (bytes[at] ?? 0);
    if (bytes[nameEnd] !== textHeader) throw new Error(`a header of type ${bytes[nameEnd]}`);
    const valueAt = nameEnd + 3;
    const valueEnd = valueAt + ((bytes[nameEnd + 1] ?? 0) << 8) + (bytes[nameEnd + 2] ?? 0);
    out.set(decoder.decode(bytes.subarray(at + 1, nameEnd)), decoder.decode(bytes.subarray(valueAt, valueEnd)));
    at = valueEnd;
  }
  return out;
}

/** The same the other way, for recordings that keep one event a line. */
export function writeMessage(type: string, json: string): Uint8Array {
  const named = [
    [":event-type", type],
    [":content-type", "application/json"],
    [":message-type", "event"],
  ] as const;
  const headers = Buffer.concat(
    named.map(([name, value]) =>
      Buffer.concat([Buffer.of(name.length), Buffer.from(name), Buffer.of(textHeader, 0, value.length), Buffer.from(value)]),
    ),
  );
  const data = Buffer.from(json);
  const message = Buffer.alloc(16 + headers.length + data.length);
  message.writeUInt32BE(message.length, 0);
  message.writeUInt32BE(headers.length, 4);
  message.writeUInt32BE(crc32(message.subarray(0, 8)), 8);
  headers.copy(message, 12);
  data.copy(message, 12 + headers.length);
  message.writeUInt32BE(crc32(message.subarray(0, -4)), message.length - 4);
  return message;
}
