import type { Secret } from "./secret.ts";

/** A secret as a source holds it now. */
export interface SecretReading {
  readonly value: Secret;
  /** What changes when the secret does. */
  readonly version?: string;
  /** Milliseconds since the epoch; from then on it opens nothing. */
  readonly expiresAt?: number;
}

/** Where the config's `${SOURCE:PATH}` are read. */
export interface SecretSource {
  /** @throws Fault whose message says what to do, and never the secret */
  read(path: string): Promise<SecretReading>;
}
