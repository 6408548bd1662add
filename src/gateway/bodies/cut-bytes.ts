import type { MemoryRoom } from "./memory-room.ts";

const leastBytes = 4096;

/** The first bytes of what passes, copied: a view would hold the whole buffer that it came in. */
export class CutBytes {
  readonly #most: number;
  readonly #room: MemoryRoom;
  #buffer: Buffer = Buffer.alloc(0);
  #kept = 0;
  #length = 0;
  #cut = false;

  /** @param most how many are kept */
  constructor(most: number, room: MemoryRoom) {
    this.#most = most;
    this.#room = room;
  }

  /** How many have passed. */
  get length(): number {
    return this.#length;
  }

  /** Not all that have passed are here. */
  get truncated(): boolean {
    return this.#kept < this.#length;
  }

  get bytes(): Uint8Array {
    return this.#buffer.subarray(0, this.#kept);
  }

  add(bytes: Uint8Array): void {
    this.#length += bytes.length;
    if (this.#cut) return;
    const wanted = Math.min(bytes.length, this.#most - this.#kept);
    if (this.#kept + wanted > this.#buffer.length && !this.#grow(this.#kept + wanted)) {
      this.#cut = true;
      return;
    }
    this.#buffer.set(wanted === bytes.length ? bytes : bytes.subarray(0, wanted), this.#kept);
    this.#kept += wanted;
    this.#cut = wanted < bytes.length;
  }

  /** Nothing is kept any more. */
  release(): void {
    this.#room.give(this.#buffer.length);
    this.#buffer = Buffer.alloc(0);
    this.#kept = 0;
    this.#cut = true;
  }

  #grow(least: number): boolean {
    const size = Math.min(this.#most, Math.max(2 * this.#buffer.length, least, leastBytes));
    if (!this.#room.take(size - this.#buffer.length)) return false;
    const larger = Buffer.allocUnsafeSlow(size);
    larger.set(this.#buffer.subarray(0, this.#kept));
    this.#buffer = larger;
    return true;
  }
}
