/** Bytes in pieces, one behind the other: what a long body becomes where a few words of it are others. */
export class PiecedBytes {
  readonly pieces: readonly Uint8Array[];
  readonly length: number;

  constructor(pieces: readonly Uint8Array[]) {
    this.pieces = pieces;
    this.length = pieces.reduce((sum, { length }) => sum + length, 0);
  }

  joined(): Uint8Array {
    return Buffer.concat(this.pieces, this.length);
  }
}
