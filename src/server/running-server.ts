export interface StartOptions {
  readonly configPath?: string;
  /** Wins over the config's `listen`; 0 takes a free one. */
  readonly port?: number;
  /** Wins over the config's `listen`. */
  readonly host?: string;
  readonly dataDir: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** A gateway that listens. */
export interface RunningServer {
  /** `http://127.0.0.1:8787`, without a slash at the end. */
  readonly url: string;
  /** Looks at the config file and at the secrets that it refers to, now. */
  refresh(): Promise<void>;
  /** Lets running requests end within the config's `drainSeconds`, then closes everything. */
  close(): Promise<void>;
  /** Keys that this start made because there were none. Shown once, kept nowhere. */
  readonly firstKeys?: { readonly admin?: string; readonly virtual?: string };
  /** Names of the providers that are there. */
  readonly providers?: readonly string[];
  /** A model name for a first try. */
  readonly tryModel?: string;
}
