import type { UnsignedRequest } from "../sign-sigv4.ts";

/** What authorises the calls to an upstream, where a fixed header does not. */
export interface Credential {
  /**
   * The headers that authorise one call: at once where nothing has to be fetched for them.
   *
   * @param atMs since the epoch
   * @throws Fault `upstream_credentials`, `upstream_timeout`
   */
  authorize(request: UnsignedRequest, atMs: number): Headers | Promise<Headers>;
  /**
   * The upstream refused these headers of ours. True where the next `authorize` brings others, so that another try may help; a
   * promise where somebody has to be asked for that.
   *
   * @param refusal the status, and the names of errors that AWS puts in a header
   */
  renew(headers: Headers, refusal: { readonly status: number; readonly error: string | undefined }): boolean | Promise<boolean>;
  /** True where `text` holds a secret of it: such text never reaches a caller. */
  leaks(text: string): boolean;
}

type Headers = Readonly<Record<string, string>>;
