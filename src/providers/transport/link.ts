/** Where a connection goes. */
export interface LinkTarget {
  /** A name only where the config names the address itself; otherwise an address that was checked. */
  readonly host: string;
  readonly port: number;
  /** The certificate is checked against `serverName`. */
  readonly tls: { readonly serverName: string; readonly certificateAuthorities: string | undefined } | undefined;
  /** Takes in little before it is read, where the runtime knows how: for what comes slowly, such as tokens. */
  readonly narrow: boolean;
}

export interface LinkHandler {
  /** Connected, and the certificate was found good. */
  onOpen(): void;
  onData(bytes: Uint8Array): void;
  /** Everything that was written has left. */
  onDrain(): void;
  /** Nothing comes any more; `error` where it was not the other side's orderly end. Called once. */
  onClose(error: unknown): void;
}

/** A TCP or TLS connection of the runtime. */
export interface Link {
  /**
   * After `onOpen` only. Keeps what the socket does not take at once, as a copy where the bytes are `lent`: they will soon be others.
   * `slice` of a Buffer would be no copy.
   */
  write(bytes: Uint8Array, lent?: boolean): void;
  /** Everything that was written has left for the network. */
  readonly flushed: boolean;
  pause(): void;
  resume(): void;
  /** Closes at once; unsent bytes are dropped and `onClose` is not called. */
  destroy(): void;
  /** An idle connection must not keep the process alive. */
  keepAwake(awake: boolean): void;
}

export type OpenLink = (target: LinkTarget, handler: LinkHandler) => Link;

/** What a transport needs of the runtime. */
export interface Runtime {
  readonly openLink: OpenLink;
  /** Collects garbage, and returns when it is done; only where the runtime would let too much of it lie. */
  readonly collect?: () => void;
}
