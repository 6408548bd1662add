import { tells } from "../../secrets/index.ts";
import type { UnsignedRequest } from "../sign-sigv4.ts";
import type { Credential } from "./credential.ts";
import type { Token } from "./grant.ts";
import type { KeptGrant } from "./kept-grant.ts";

/** A fetched token, sent as a bearer's. */
export class TokenCredential implements Credential {
  readonly #tokens: KeptGrant<Token>;
  /** The headers of the token that was taken last: most calls have the same. */
  #made: { readonly token: Token; readonly headers: Headers } | undefined;

  constructor(tokens: KeptGrant<Token>) {
    this.#tokens = tokens;
  }

  authorize(_request: UnsignedRequest, _atMs: number): Headers | Promise<Headers> {
    const token = this.#tokens.take();
    return token instanceof Promise ? token.then((fetched) => this.#headersOf(fetched)) : this.#headersOf(token);
  }

  renew(headers: Headers, { status }: { readonly status: number }): boolean {
    const made = this.#made;
    if (status !== 401) return false;
    return made === undefined || made.headers.authorization !== headers.authorization || this.#tokens.drop(made.token);
  }

  leaks(text: string): boolean {
    return tells(text, [this.#tokens.value?.token]);
  }

  #headersOf(token: Token): Headers {
    if (this.#made?.token !== token) this.#made = { token, headers: { authorization: `Bearer ${token.token}`, ...token.headers } };
    return this.#made.headers;
  }
}

type Headers = Readonly<Record<string, string>>;
