import type { MediaSource } from "../../exchange/index.ts";

/** Parameters stand between the type and the mark of base64; more than this no honest sender writes before the comma. */
const longestHead = 200;
const head = /^data:([^;,]*)(?:;[^;,]*)*;base64,/i;

/** The bytes behind a data URI of base64 (RFC 2397); undefined for every other address. */
export function openDataUri(url: string): { readonly mediaType: string; readonly data: string } | undefined {
  const found = head.exec(url.slice(0, longestHead));
  return found ? { mediaType: found[1] || "application/octet-stream", data: url.slice(found[0].length) } : undefined;
}

/** A data URI of base64 is taken apart; everything else stays an address. */
export function sourceOfUrl(url: string): MediaSource {
  const bytes = openDataUri(url);
  return bytes ? { kind: "base64", ...bytes } : { kind: "url", url };
}

/** The type as it is registered: some providers take no other name, and browsers and people write `image/jpg`. */
export function registeredType(written: string): string {
  const type = written.trim().toLowerCase();
  return type === "image/jpg" ? "image/jpeg" : type;
}
