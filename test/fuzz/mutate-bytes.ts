import type { Random } from "./random.ts";

const oddBytes = [0x00, 0x0a, 0x0d, 0x20, 0x22, 0x2c, 0x3a, 0x5b, 0x5c, 0x5d, 0x7b, 0x7d, 0x7f, 0x80, 0xc0, 0xed, 0xf5, 0xff];
const pieces = [
  ...[
    "\r",
    "\n",
    "\r\n",
    "\n\n",
    "\r\r",
    "\n\r",
    "\r\n\r\n",
    "\ufeff",
    ":",
    "data:",
    "data: ",
    "event: error\n",
    ": c\n\n",
    "\u2028",
    "{",
    "}",
  ],
  ...["[DONE]", "\0", '"', "\\", "\\u", "0", "HTTP/1.1 ", "Content-Length: 5\r\n", "Transfer-Encoding: chunked\r\n", "ffffffff\r\n"],
].map((text) => Buffer.from(text));
/** What no UTF-8 decoder takes: overlong, a surrogate, a lone and a missing tail, beyond the last letter. */
const wrongLetters = [[0xc0, 0x80], [0xed, 0xa0, 0x80], [0x80], [0xe2, 0x82], [0xf4, 0x90, 0x80, 0x80], [0xff, 0xfe]].map((bytes) =>
  Buffer.from(bytes),
);

/** The bytes with a few changes that know nothing of their form. */
export function mutatedBytes(bytes: Uint8Array, donor: Uint8Array, random: Random): Buffer {
  let out: Buffer = Buffer.from(bytes);
  for (let count = random.few(5); count > 0; count--) out = changed(out, donor, random);
  return out;
}

function changed(bytes: Buffer, donor: Uint8Array, random: Random): Buffer {
  const at = random.below(bytes.length + 1);
  const until = Math.min(bytes.length, at + random.pick([1, 1, 2, 4, 30, 400]));
  switch (random.below(9)) {
    case 0:
      if (at < bytes.length) bytes[at] = (bytes[at] as number) ^ (1 << random.below(8));
      return bytes;
    case 1:
      if (at < bytes.length) bytes[at] = random.pick(oddBytes);
      return bytes;
    case 2:
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(until)]);
    case 3:
      return Buffer.concat([bytes.subarray(0, until), bytes.subarray(at)]);
    case 4:
      return bytes.subarray(0, at);
    case 5: {
      const from = random.below(donor.length + 1);
      return Buffer.concat([bytes.subarray(0, at), donor.subarray(from, random.oneIn(2) ? undefined : from + 60)]);
    }
    case 6:
      return Buffer.concat([bytes.subarray(0, at), random.pick(wrongLetters), bytes.subarray(at)]);
    case 7:
      return otherLineEnds(bytes, random);
    default:
      return Buffer.concat([bytes.subarray(0, at), random.pick(pieces), bytes.subarray(at)]);
  }
}

/** Some line ends, or all, become others. */
function otherLineEnds(bytes: Buffer, random: Random): Buffer {
  const ends = random.oneIn(2) ? [random.pick(["\r", "\r\n", "\n"])] : ["\n", "\r", "\r\n", "\n\r"];
  return Buffer.from(
    bytes.toString("latin1").replace(/\r?\n/g, () => random.pick(ends)),
    "latin1",
  );
}

/** The bytes in pieces: whole, one by one, or in random lengths. */
export function slicesOf(bytes: Uint8Array, way: "whole" | "bytes" | "random", random: Random): Uint8Array[] {
  if (way === "whole" || bytes.length === 0) return [bytes];
  const longest = way === "bytes" ? 1 : random.pick(bytes.length < 400 ? [2, 7, 40, 300] : [40, 300, 2000]);
  const out: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; ) {
    const end = at + 1 + random.below(longest);
    out.push(bytes.subarray(at, end));
    at = end;
  }
  return out;
}
