import type { FaultCode, Head } from "../../exchange/index.ts";

/** An answer as its client got it, to be given again. */
export interface KeptAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Where it is an error. */
  readonly fault?: FaultCode;
  readonly bytes: Uint8Array;
}

/** What is another each time that an answer is given. */
const ofOneAnswer = new Set([
  ...["x-sluice-request-id", "x-request-id", "request-id", "x-amzn-requestid"],
  ...["x-sluice-overhead-ms", "x-sluice-cost-usd", "x-sluice-cache", "ratelimit", "ratelimit-policy"],
]);

export function keptHeaders(headers: Head["headers"]): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !ofOneAnswer.has(name)));
}

/** A length, so much JSON, the bytes. */
export function packAnswer({ bytes, ...head }: KeptAnswer): readonly Uint8Array[] {
  const text = Buffer.from(JSON.stringify(head));
  const length = Buffer.alloc(4);
  length.writeUInt32BE(text.length);
  return [length, text, bytes];
}

export function unpackAnswer(packed: Uint8Array): KeptAnswer {
  const all = Buffer.from(packed.buffer, packed.byteOffset, packed.byteLength);
  const end = 4 + all.readUInt32BE(0);
  return { ...(JSON.parse(all.toString("utf8", 4, end)) as Omit<KeptAnswer, "bytes">), bytes: all.subarray(end) };
}
