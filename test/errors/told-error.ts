import type { FaultCode, SurfaceId } from "../../src/exchange/index.ts";

/** An error answer of a provider's, and what it means for the gateway. */
export interface ToldError {
  readonly provider: string;
  readonly dialect: SurfaceId;
  /** What it is about, in a few words. */
  readonly about: string;
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: unknown;
  /** A frame inside a stream that began well, or a whole answer with status 200. */
  readonly inside?: true;
  /** Its name where it is an exception of AWS's event streams. */
  readonly exception?: string;
  readonly means: FaultCode;
  /** Where clients act on the provider's own code. */
  readonly nativeCode?: string;
  readonly retryAfterMs?: number;
  /** The page that documents it, or the recording that holds it. */
  readonly source: string;
}
