import type { ClientCertificate } from "../../exchange/index.ts";

/** A client's TCP connection, as a runtime's listener has accepted it. */
export interface ClientLink {
  /** The address of the other side. */
  readonly peer: string | undefined;
  /** Over TLS, once hands were shaken: what the client proved to be. */
  readonly certificate?: ClientCertificate | undefined;
  /** Everything that was written has left for the network, or leaves with the end of this turn; where not, `onDrain` follows. */
  readonly flushed: boolean;
  /** Everything has left. */
  readonly settled: boolean;
  /** Sends `bytes[from, to)`; what the socket does not take at once is copied. @param more something follows at once */
  write(bytes: Buffer, from: number, to: number, more?: boolean): void;
  pause(): void;
  resume(): void;
  /** Ends our side once everything has left; the other side may still send. */
  end(): void;
  /** Closes at once; what has left may still arrive, what has not is dropped. `onClose` is not called. */
  destroy(): void;
}

export interface ClientHandler {
  onData(bytes: Uint8Array): void;
  /** What was to leave with the end of a turn did not: `onDrain` follows. */
  onFull(): void;
  /** Everything that was written has left. */
  onDrain(): void;
  /** The client is gone, or has ended its side, which is taken for leaving. Called once. */
  onClose(): void;
}

/** Called for each connection that is made. */
export type Accept = (link: ClientLink) => ClientHandler;

/** Listens on a TCP address. */
export interface Door {
  readonly port: number;
  /** No further connections are taken. */
  close(): void;
}
