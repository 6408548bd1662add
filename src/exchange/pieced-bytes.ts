/** Bytes in pieces, one behind the other: what a long body becomes where a few words of it are others. */
export class PiecedBytes {
  readonly pieces: readonly Uint8Array[];
  readonly length: number;

  constructor(pieces: readonly Uint8Array[]) {
    this.pieces = pieces;
    this.length = pieces.reduce((sum, { length }) => sum + length, 0);
  }

  static inOne(bytes: Uint8Array | PiecedBytes): Uint8Array {
    return bytes instanceof PiecedBytes ? Buffer.concat(bytes.pieces, bytes.length) : bytes;
  }
}
