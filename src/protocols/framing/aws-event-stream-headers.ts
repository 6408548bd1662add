import { Fault } from "../../exchange/index.ts";

/** `timestamp` is milliseconds since the epoch, `uuid` its 32 hex digits. */
export type HeaderValue =
  | { readonly type: "boolean"; readonly value: boolean }
  | { readonly type: "byte" | "short" | "integer"; readonly value: number }
  | { readonly type: "long" | "timestamp"; readonly value: bigint }
  | { readonly type: "bytes"; readonly value: Uint8Array }
  | { readonly type: "string" | "uuid"; readonly value: string };

const strictDecoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** @throws Fault `upstream_malformed` */
export function readHeaders(bytes: Uint8Array): Map<string, HeaderValue> {
  const headers = new Map<string, HeaderValue>();
  for (let at = 0; at < bytes.length; ) {
    const nameLength = bytes[at] as number;
    const name = textOf(slice(bytes, at + 1, nameLength));
    if (nameLength === 0 || headers.has(name)) throw malformed("The provider sent a message with a header twice, or one without a name.");
    at += 1 + nameLength;
    const { header, length } = readValue(bytes, at);
    headers.set(name, header);
    at += length;
  }
  return headers;
}

/** The value behind the byte that tells its type, and the length of both. */
function readValue(bytes: Uint8Array, at: number): { header: HeaderValue; length: number } {
  const type = bytes[at];
  const fixed = (length: number) => {
    const field = slice(bytes, at + 1, length);
    return new DataView(field.buffer, field.byteOffset, length);
  };
  switch (type) {
    case 0:
    case 1:
      return { header: { type: "boolean", value: type === 0 }, length: 1 };
    case 2:
      return { header: { type: "byte", value: fixed(1).getInt8(0) }, length: 2 };
    case 3:
      return { header: { type: "short", value: fixed(2).getInt16(0) }, length: 3 };
    case 4:
      return { header: { type: "integer", value: fixed(4).getInt32(0) }, length: 5 };
    case 5:
    case 8:
      return { header: { type: type === 5 ? "long" : "timestamp", value: fixed(8).getBigInt64(0) }, length: 9 };
    case 6:
    case 7: {
      const length = fixed(2).getUint16(0);
      const value = slice(bytes, at + 3, length);
      return { header: type === 6 ? { type: "bytes", value } : { type: "string", value: textOf(value) }, length: 3 + length };
    }
    case 9:
      return { header: { type: "uuid", value: Buffer.from(slice(bytes, at + 1, 16)).toString("hex") }, length: 17 };
    default:
      throw malformed("The provider sent a message with a header of an unknown type.");
  }
}

function slice(bytes: Uint8Array, start: number, length: number): Uint8Array {
  if (start + length > bytes.length) throw malformed("The provider sent a message with a header that is cut off.");
  return bytes.subarray(start, start + length);
}

function textOf(bytes: Uint8Array): string {
  try {
    return strictDecoder.decode(bytes);
  } catch (cause) {
    throw new Fault("upstream_malformed", { message: "The provider sent bytes that are not UTF-8.", cause });
  }
}

function malformed(message: string): Fault {
  return new Fault("upstream_malformed", { message });
}

/** Headers of type string, which is all that a service needs to say. */
export function writeHeaders(headers: Readonly<Record<string, string>>): Uint8Array {
  const fields: Uint8Array[] = [];
  for (const [name, value] of Object.entries(headers)) {
    const length = Buffer.byteLength(value);
    fields.push(
      Buffer.from([Buffer.byteLength(name)]),
      Buffer.from(name),
      Buffer.from([7, length >> 8, length & 0xff]),
      Buffer.from(value),
    );
  }
  return Buffer.concat(fields);
}
