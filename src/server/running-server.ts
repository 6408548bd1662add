import type { SharedSockets } from "./listener.ts";

export interface StartOptions {
  readonly configPath?: string;
  /** Wins over the config's `listen`; 0 takes a free one. */
  readonly port?: number;
  /** Wins over the config's `listen`. */
  readonly host?: string;
  readonly dataDir: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Of a worker: what it accepts from. */
  readonly sockets?: SharedSockets;
  /** A text of the config file that was served before: taken where the file is wrong by now. */
  readonly lastGood?: string;
  /** Told of each text of the config file that is served. */
  onConfig?(text: string): void;
}

/** A gateway that listens. */
export interface RunningServer {
  /** `http://127.0.0.1:8787`, without a slash at the end. */
  readonly url: string;
  /** Exchanges under way. */
  readonly inFlight: number;
  /** Looks at the config file and at the secrets that it refers to, now. */
  refresh(): Promise<void>;
  /**
   * Lets running requests end within the config's `drainSeconds`, then closes everything.
   *
   * @param how `handedOver`: another process accepts on the same address, so clients that are connected may still ask once
   */
  close(how?: { readonly handedOver: boolean }): Promise<void>;
  /** Keys that this start made because there were none. Shown once, kept nowhere. */
  readonly firstKeys?: { readonly admin?: string; readonly virtual?: string } | undefined;
  /** Names of the providers that are there. */
  readonly providers?: readonly string[] | undefined;
  /** A model name for a first try. */
  readonly tryModel?: string | undefined;
}
