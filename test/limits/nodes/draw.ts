/** Numbers from 0 to 1 that come again with the seed (mulberry32). */
export function drawing(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Whole numbers from 0 on, the n-th as often as Zipf's law has it: one `exponent`-th power of its rank less than the first. */
export class ZipfLaw {
  readonly #sums: Float64Array;

  constructor(count: number, exponent: number) {
    this.#sums = new Float64Array(count);
    let sum = 0;
    for (let rank = 0; rank < count; rank++) this.#sums[rank] = sum += (rank + 1) ** -exponent;
  }

  /** The part of all that this one is. */
  part(rank: number): number {
    return ((this.#sums[rank] as number) - (this.#sums[rank - 1] ?? 0)) / (this.#sums.at(-1) as number);
  }

  draw(random: () => number): number {
    const wanted = random() * (this.#sums.at(-1) as number);
    let [low, high] = [0, this.#sums.length - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#sums[middle] as number) > wanted) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}
