import { brotliDecompressSync, constants, gunzipSync, inflateSync, zstdDecompressSync } from "node:zlib";

/**
 * The body without its content coding. Recorders differ: some store the packed bytes, some unpack them and leave the
 * header, so bytes that do not unpack are taken as they are.
 */
export function unpack(body: Uint8Array, coding: string | undefined): Uint8Array {
  if (coding === undefined || body.length === 0) return body;
  try {
    const flush = { finishFlush: constants.Z_SYNC_FLUSH };
    if (coding.includes("gzip")) return body[0] === 0x1f && body[1] === 0x8b ? gunzipSync(body, flush) : body;
    if (coding.includes("br")) return looksLikeText(body) ? body : brotliDecompressSync(body);
    if (coding.includes("zstd")) return body[0] === 0x28 && body[1] === 0xb5 ? zstdDecompressSync(body) : body;
    if (coding.includes("deflate")) return looksLikeText(body) ? body : inflateSync(body, flush);
  } catch {
    return body;
  }
  return body;
}

function looksLikeText(body: Uint8Array): boolean {
  const first = body[0] ?? 0;
  return first === 0x7b || first === 0x5b || (first === 0x64 && body[1] === 0x61) || (first === 0x65 && body[1] === 0x76);
}
