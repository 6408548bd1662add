/** How the kinds of file that models take begin, in hexadecimal. */
const beginnings: readonly (readonly [RegExp, string])[] = [
  [/^89504e470d0a1a0a/, "image/png"],
  [/^ffd8ff/, "image/jpeg"],
  [/^47494638(37|39)61/, "image/gif"],
  [/^52494646.{8}57454250/, "image/webp"],
  [/^255044462d/, "application/pdf"],
];

/** The media type of what was fetched: by its own bytes, and for text as its host says. Undefined where it is nothing that models take. */
export function mediaTypeOf(bytes: Uint8Array, contentType = ""): string | undefined {
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.byteLength, 16)).toString("hex");
  const found = beginnings.find(([beginning]) => beginning.test(head));
  if (found) return found[1];
  const [type = ""] = contentType.toLowerCase().split(";");
  return /^text\/(?:plain|csv|markdown|html|xml)$/.test(type.trim()) ? type.trim() : undefined;
}
