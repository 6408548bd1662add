/** A stretch of bytes that goes, and what comes in its place. */
export interface Cut {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** The bytes anew. @param cuts in the order of the bytes */
export function replaced(bytes: Buffer, cuts: readonly Cut[]): Buffer {
  let length = bytes.length;
  for (const cut of cuts) length += Buffer.byteLength(cut.text) - (cut.end - cut.start);
  const out = Buffer.allocUnsafe(length);
  let from = 0;
  let to = 0;
  for (const cut of cuts) {
    to += bytes.copy(out, to, from, cut.start);
    if (cut.text !== "") to += out.write(cut.text, to);
    from = cut.end;
  }
  bytes.copy(out, to, from);
  return out;
}

/** A piece is sent by a call of its own: shorter ones cost less copied. */
const leastPiece = 16 * 1024;

/** Long stretches of the bytes as views of them; what is between them put together. */
export function piecesOf(bytes: Buffer, cuts: readonly Cut[]): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  let short: Uint8Array[] = [];
  const add = (piece: Uint8Array) => {
    if (piece.length < leastPiece) {
      short.push(piece);
      return;
    }
    if (short.length > 0) pieces.push(Buffer.concat(short));
    short = [];
    pieces.push(piece);
  };
  let from = 0;
  for (const cut of cuts) {
    add(bytes.subarray(from, cut.start));
    if (cut.text !== "") add(Buffer.from(cut.text));
    from = cut.end;
  }
  add(bytes.subarray(from));
  if (short.length > 0) pieces.push(Buffer.concat(short));
  return pieces;
}
