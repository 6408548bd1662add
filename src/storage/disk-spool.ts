import { constants } from "node:fs";
import { type FileHandle, mkdir, open, readdir, stat, unlink } from "node:fs/promises";
import { join } from "node:path";
import { Fault, type Spool, type SpooledBytes } from "../exchange/index.ts";

export interface SpoolOptions {
  readonly folder: string;
  /** A file grows in memory up to here. */
  readonly memoryBytes?: number;
  /** All files together, in memory and on disk. */
  readonly mostBytes?: number;
}

const defaultMemoryBytes = 1024 * 1024;
const defaultMostBytes = 8 * 1024 * 1024 * 1024;
const headBytes = 4096;
const readBytes = 128 * 1024;
const leastRoom = 16 * 1024;
/** Older files of the folder belong to no process that is about to unlink them. */
const staleMs = 3_600_000;
const prefix = "upload-";

/**
 * Keeps what clients upload while it is needed: in memory up to a megabyte, beyond that in a file that nobody else may read (0600)
 * and that loses its name as soon as it is open, so that it is gone with the process, however that ends.
 */
export class DiskSpool implements Spool {
  readonly #folder: string;
  readonly #memoryBytes: number;
  readonly #mostBytes: number;
  #usedBytes = 0;
  #count = 0;
  #ready: Promise<void> | undefined;

  constructor({ folder, memoryBytes = defaultMemoryBytes, mostBytes = defaultMostBytes }: SpoolOptions) {
    this.#folder = folder;
    this.#memoryBytes = memoryBytes;
    this.#mostBytes = mostBytes;
  }

  begin(): SpooledBytes {
    const room = {
      memoryBytes: this.#memoryBytes,
      take: (bytes: number) => {
        if (this.#usedBytes + bytes > this.#mostBytes) {
          throw new Fault("gateway_overloaded", { message: "There is no room for more uploads just now.", retryAfterMs: 5_000 });
        }
        this.#usedBytes += bytes;
      },
      give: (bytes: number) => {
        this.#usedBytes -= bytes;
      },
      open: () => this.#open(),
    };
    return new Spooled(room);
  }

  async #open(): Promise<FileHandle> {
    this.#ready ??= this.#prepare();
    await this.#ready;
    this.#count += 1;
    const path = join(this.#folder, `${prefix}${process.pid}-${Date.now()}-${this.#count}`);
    const file = await open(path, constants.O_RDWR | constants.O_CREAT | constants.O_EXCL, 0o600);
    await unlink(path);
    return file;
  }

  /** What a process that was killed between opening and unlinking left behind goes away. */
  async #prepare(): Promise<void> {
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    for (const name of await readdir(this.#folder)) {
      if (!name.startsWith(prefix)) continue;
      const path = join(this.#folder, name);
      const age = await stat(path).then(
        ({ mtimeMs }) => Date.now() - mtimeMs,
        () => 0,
      ); // prettier-ignore
      if (age > staleMs) await unlink(path).catch(() => undefined);
    }
  }
}

interface Room {
  readonly memoryBytes: number;
  take(bytes: number): void;
  give(bytes: number): void;
  open(): Promise<FileHandle>;
}

class Spooled implements SpooledBytes {
  readonly #room: Room;
  #size = 0;
  /** The first `#size` bytes, until there are too many. */
  #memory: Buffer | undefined = Buffer.alloc(0);
  #head: Buffer = Buffer.alloc(0);
  #file: FileHandle | undefined;
  #closed = false;

  constructor(room: Room) {
    this.#room = room;
  }

  get size(): number {
    return this.#size;
  }

  get head(): Uint8Array {
    return this.#memory ? this.#memory.subarray(0, Math.min(this.#size, headBytes)) : this.#head;
  }

  append(bytes: Uint8Array): Promise<void> | undefined {
    this.#room.take(bytes.length);
    const at = this.#size;
    this.#size += bytes.length;
    if (!this.#memory) return this.#write(bytes, at);
    if (this.#size <= this.#room.memoryBytes) {
      this.#remember(bytes, at);
      return undefined;
    }
    return this.#spill(bytes, at);
  }

  #remember(bytes: Uint8Array, at: number): void {
    let memory = this.#memory as Buffer;
    if (this.#size > memory.length) {
      const larger = Buffer.allocUnsafe(Math.min(this.#room.memoryBytes, Math.max(this.#size * 2, leastRoom)));
      larger.set(memory.subarray(0, at));
      memory = larger;
      this.#memory = memory;
    }
    memory.set(bytes, at);
  }

  async #spill(bytes: Uint8Array, at: number): Promise<void> {
    const before = (this.#memory as Buffer).subarray(0, at);
    this.#memory = undefined;
    this.#head = Buffer.concat([before, bytes.subarray(0, Math.max(0, headBytes - at))]).subarray(0, headBytes);
    const file = await this.#room.open();
    if (this.#closed) {
      await file.close();
      return;
    }
    this.#file = file;
    await this.#write(before, 0);
    await this.#write(bytes, at);
  }

  async #write(bytes: Uint8Array, at: number): Promise<void> {
    for (let done = 0; done < bytes.length && this.#file; ) {
      const { bytesWritten } = await this.#file.write(bytes, done, bytes.length - done, at + done);
      done += bytesWritten;
    }
  }

  async *stream(): AsyncGenerator<Uint8Array, undefined> {
    if (this.#memory) {
      if (this.#size > 0) yield this.#memory.subarray(0, this.#size);
      return undefined;
    }
    const buffer = Buffer.allocUnsafeSlow(Math.min(readBytes, this.#size));
    for (let at = 0; at < this.#size; ) {
      if (!this.#file) throw new Fault("gateway_failed", { message: "An upload was asked for after it was let go." });
      const { bytesRead } = await this.#file.read(buffer, 0, Math.min(buffer.length, this.#size - at), at);
      if (bytesRead === 0) throw new Fault("gateway_failed", { message: "An upload on disk is shorter than it was." });
      at += bytesRead;
      yield buffer.subarray(0, bytesRead);
    }
    return undefined;
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#memory = undefined;
    this.#room.give(this.#size);
    const file = this.#file;
    this.#file = undefined;
    await file?.close().catch(() => undefined);
  }
}
