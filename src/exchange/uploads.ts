/** A file that came in a form. */
export interface UploadedFile {
  /** The form's field. */
  readonly field: string;
  /** As the client named it; may be empty. */
  readonly filename: string;
  /** A media type that may stand in a header. */
  readonly type: string;
  /** In bytes. */
  readonly size: number;
  /** The first bytes, 4 KB of them where there are so many: what tells how long a recording is. */
  readonly head: Uint8Array;
  /** The bytes from the beginning, every time it is asked for. A chunk holds until the next one is asked for. */
  stream(): AsyncIterable<Uint8Array>;
}

/** The files of one request. Whoever has them lets them go. */
export interface Uploads {
  readonly files: readonly UploadedFile[];
  /** Nothing of them is kept after this. Never throws. */
  release(): Promise<void>;
}

/** Where files wait until an upstream has them. */
export interface Spool {
  /** Begins a file. */
  begin(): SpooledBytes;
}

export interface SpooledBytes {
  readonly size: number;
  /** What is at hand without reading, at most 4 KB. */
  readonly head: Uint8Array;
  /** Takes bytes in; they may be used again once it resolves. @throws Fault `gateway_overloaded` where there is no room */
  append(bytes: Uint8Array): Promise<void> | undefined;
  stream(): AsyncIterable<Uint8Array>;
  close(): Promise<void>;
}
