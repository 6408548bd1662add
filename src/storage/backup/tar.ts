import { createReadStream } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";

/** One file of an archive. */
export interface TarEntry {
  /** With slashes, at most 100 bytes. */
  readonly name: string;
  readonly size: number;
}

const blockBytes = 512;

/**
 * Writes an archive as `tar` reads it (POSIX ustar; sizes from 8 GB on in GNU's binary form). Regular files only, readable by their
 * owner only.
 */
export class TarWriter {
  readonly #file: FileHandle;

  constructor(file: FileHandle) {
    this.#file = file;
  }

  /** @param size of it, so much is written, whether or not the file grows meanwhile */
  async add(name: string, size: number, bytes: AsyncIterable<Uint8Array>): Promise<void> {
    await this.#file.write(header(name, size));
    let written = 0;
    for await (const chunk of bytes) {
      await this.#file.write(chunk);
      written += chunk.length;
    }
    if (written !== size) throw new Error(`${name} has ${written} bytes, and not ${size}`);
    await this.#file.write(Buffer.alloc(padding(size)));
  }

  async end(): Promise<void> {
    await this.#file.write(Buffer.alloc(2 * blockBytes));
    await this.#file.sync();
  }
}

/**
 * The files of an archive, in its order, each with its bytes, which must be read before the next one is asked for.
 * @throws Error where it is no archive of this kind, or is cut off
 */
export async function* readTar(path: string): AsyncGenerator<TarEntry & { readonly bytes: AsyncIterable<Uint8Array> }> {
  const file = await open(path, "r");
  try {
    const { size: end } = await file.stat();
    for (let at = 0; ; ) {
      const block = Buffer.alloc(blockBytes);
      const { bytesRead } = await file.read(block, 0, blockBytes, at);
      if (bytesRead < blockBytes) throw new Error("the archive is cut off");
      if (block.every((byte) => byte === 0)) return;
      const entry = entryOf(block);
      at += blockBytes;
      if (at + entry.size > end) throw new Error("the archive is cut off");
      const first = at;
      yield { ...entry, bytes: bytesOf(path, first, entry.size) };
      at += entry.size + padding(entry.size);
    }
  } finally {
    await file.close();
  }
}

async function* bytesOf(path: string, first: number, size: number): AsyncGenerator<Uint8Array> {
  if (size > 0) yield* createReadStream(path, { start: first, end: first + size - 1, highWaterMark: 1024 * 1024 });
}

function padding(size: number): number {
  return (blockBytes - (size % blockBytes)) % blockBytes;
}

const field = { name: 0, mode: 100, owner: 108, group: 116, size: 124, time: 136, sum: 148, type: 156, magic: 257 } as const;
const largestOctal = 8 ** 11;

function header(name: string, size: number): Buffer {
  if (Buffer.byteLength(name) > 100) throw new Error(`${name} is too long a name for the archive`);
  const block = Buffer.alloc(blockBytes);
  const octal = (at: number, digits: number, value: number) => block.write(`${value.toString(8).padStart(digits, "0")}\0`, at);
  block.write(name, field.name);
  octal(field.mode, 7, 0o600);
  octal(field.owner, 7, 0);
  octal(field.group, 7, 0);
  if (size < largestOctal) octal(field.size, 11, size);
  else {
    block[field.size] = 0x80;
    block.writeBigUInt64BE(BigInt(size), field.size + 4);
  }
  octal(field.time, 11, Math.floor(Date.now() / 1000));
  block.write("0", field.type);
  block.write("ustar\x0000", field.magic, "latin1");
  block.write(`${sumOf(block).toString(8).padStart(6, "0")}\0 `, field.sum);
  return block;
}

function entryOf(block: Buffer): TarEntry {
  const text = (at: number, length: number) => block.toString("utf8", at, at + length).replace(/\0.*$/s, "");
  if (Number.parseInt(text(field.sum, 8), 8) !== sumOf(block)) throw new Error("this is no archive, or it is damaged");
  if (text(field.type, 1) !== "0") throw new Error(`${text(field.name, 100)} is no regular file`);
  const size = block[field.size] === 0x80 ? Number(block.readBigUInt64BE(field.size + 4)) : Number.parseInt(text(field.size, 12), 8);
  return { name: text(field.name, 100), size };
}

/** Of all bytes, the sum itself taken for blanks. */
function sumOf(block: Buffer): number {
  let sum = 0;
  for (let at = 0; at < blockBytes; at++) sum += at >= field.sum && at < field.sum + 8 ? 0x20 : (block[at] as number);
  return sum;
}
