/** So many calls that are held back, and so many bytes that went by, are worth a collection. */
const manyCalls = 64;
const manyBytes = 48 * 1024 * 1024;
/** Collections take at most a fifth of the time. */
const restRatio = 4;

/**
 * The calls whose readers are slower than their upstreams. A runtime lets its heap grow to several times what lives in it
 * before it collects; where many calls hold bytes for long, that is a lot, and most of it is what went by before.
 */
export class Backlog {
  readonly #collect: (() => void) | undefined;
  #heldBack = 0;
  #passedBytes = 0;
  #nextMs = 0;

  /** @param collect frees, before it returns, what nothing refers to any more */
  constructor(collect: (() => void) | undefined) {
    this.#collect = collect;
  }

  passed(bytes: number): void {
    this.#passedBytes += bytes;
  }

  /** A call is held back from now on. */
  enter(): void {
    this.#heldBack += 1;
    if (this.#collect === undefined || this.#heldBack < manyCalls || this.#passedBytes < manyBytes) return;
    const startMs = performance.now();
    if (startMs < this.#nextMs) return;
    this.#passedBytes = 0;
    this.#collect();
    const endMs = performance.now();
    this.#nextMs = endMs + restRatio * (endMs - startMs);
  }

  leave(): void {
    this.#heldBack -= 1;
  }
}
