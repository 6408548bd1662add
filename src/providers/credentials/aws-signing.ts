import { tells } from "../../secrets/index.ts";
import { type AwsPlace, signForAws } from "../aws-credential.ts";
import type { AwsKeys, UnsignedRequest } from "../sign-sigv4.ts";
import type { Credential } from "./credential.ts";
import type { KeptGrant } from "./kept-grant.ts";

/** What AWS calls keys that have ended, or that it does not know (any more). */
const stale = /^(ExpiredToken(Exception)?|UnrecognizedClientException|InvalidClientTokenId|RequestExpired)\b/;

/** Each call is signed with the keys that hold at the time. */
export class AwsSigning implements Credential {
  readonly #keys: AwsKeys | KeptGrant<AwsKeys>;
  readonly #place: AwsPlace;

  /** @param keys as they stand in the config, or fetched */
  constructor(keys: AwsKeys | KeptGrant<AwsKeys>, place: AwsPlace) {
    this.#keys = keys;
    this.#place = place;
  }

  authorize(request: UnsignedRequest, atMs: number): Headers | Promise<Headers> {
    if (!("take" in this.#keys)) return signForAws(request, this.#keys, this.#place, atMs);
    const keys = this.#keys.take();
    return keys instanceof Promise
      ? keys.then((fetched) => signForAws(request, fetched, this.#place, atMs))
      : signForAws(request, keys, this.#place, atMs);
  }

  renew({ authorization }: Headers, { status, error }: { readonly status: number; readonly error: string | undefined }): boolean {
    if (!("take" in this.#keys) || !(status === 401 || ((status === 403 || status === 400) && stale.test(error ?? "")))) return false;
    const kept = this.#keys.value;
    if (kept === undefined || !authorization?.includes(`Credential=${kept.accessKeyId}/`)) return true;
    return this.#keys.drop(kept);
  }

  leaks(text: string): boolean {
    const keys = "take" in this.#keys ? this.#keys.value : this.#keys;
    return tells(text, [keys?.secretAccessKey, keys?.sessionToken]);
  }
}

type Headers = Readonly<Record<string, string>>;
