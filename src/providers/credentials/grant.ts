/** Something that was fetched, and is good for a while. */
export interface Grant<T> {
  readonly value: T;
  /** Milliseconds since the epoch; Infinity where it does not end. */
  readonly endsAtMs: number;
}

/** A bearer's token, and the headers that go with it. */
export interface Token {
  readonly token: string;
  readonly headers?: Readonly<Record<string, string>>;
}
