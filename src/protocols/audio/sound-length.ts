import type { UploadedFile } from "../../exchange/index.ts";

/** Where the head does not tell: between speech in Opus and music in MP3. */
const guessedBitsPerSecond = 64_000;
const mp3Kilobits = [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320];
const mp3KilobitsV2 = [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160];

/**
 * How many seconds a recording is long, begun ones counted whole: told by the head of a WAV or FLAC file, by the bit rate of an MP3,
 * else guessed from the size.
 */
export function soundSeconds({ head, size }: Pick<UploadedFile, "head" | "size">): number {
  const bytes = Buffer.from(head.buffer, head.byteOffset, head.byteLength);
  const seconds = wavSeconds(bytes, size) ?? flacSeconds(bytes) ?? mp3Seconds(bytes, size) ?? (size * 8) / guessedBitsPerSecond;
  return Math.ceil(seconds);
}

/** RIFF: chunks of four letters and a length, of which `fmt ` tells bytes a second. */
function wavSeconds(head: Buffer, size: number): number | undefined {
  if (head.length < 44 || head.toString("latin1", 0, 4) !== "RIFF" || head.toString("latin1", 8, 12) !== "WAVE") return undefined;
  let bytesPerSecond = 0;
  for (let at = 12; at + 8 <= head.length; ) {
    const name = head.toString("latin1", at, at + 4);
    const length = head.readUInt32LE(at + 4);
    if (name === "fmt " && at + 20 <= head.length) bytesPerSecond = head.readUInt32LE(at + 16);
    if (name === "data") return bytesPerSecond > 0 ? Math.min(length, size - at - 8) / bytesPerSecond : undefined;
    at += 8 + length + (length % 2);
  }
  return bytesPerSecond > 0 ? size / bytesPerSecond : undefined;
}

/** STREAMINFO, always the first block: 20 bits of sample rate, 8 of others, 36 of samples. */
function flacSeconds(head: Buffer): number | undefined {
  if (head.length < 26 || head.toString("latin1", 0, 4) !== "fLaC") return undefined;
  const rate = head.readUIntBE(18, 3) >> 4;
  const samples = (head.readUInt8(21) & 0x0f) * 2 ** 32 + head.readUInt32BE(22);
  return rate > 0 && samples > 0 ? samples / rate : undefined;
}

/** The first frame's bit rate stands for all of them. */
function mp3Seconds(head: Buffer, size: number): number | undefined {
  const tagged = head.length >= 10 && head.toString("latin1", 0, 3) === "ID3";
  const tag = tagged ? 10 + (((head[6]! & 0x7f) << 21) | ((head[7]! & 0x7f) << 14) | ((head[8]! & 0x7f) << 7) | (head[9]! & 0x7f)) : 0;
  const second = head[tag + 1] ?? 0;
  const third = head[tag + 2] ?? 0;
  // Eleven bits of sync, and layer III.
  if (head[tag] !== 0xff || (second & 0xe0) !== 0xe0 || (second & 0x06) !== 0x02) return undefined;
  const kilobits = ((second & 0x18) === 0x18 ? mp3Kilobits : mp3KilobitsV2)[third >> 4];
  return kilobits ? ((size - tag) * 8) / (kilobits * 1000) : undefined;
}
