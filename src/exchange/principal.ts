/** Who is asking, as far as the gateway has proven it. */
export interface Principal {
  readonly kind: "key" | "admin" | "anonymous";
  readonly keyId: string;
  readonly keyName: string;
  readonly team?: string;
  readonly user?: string;
  /** Endpoints that the key may use; empty means every endpoint of the data plane. */
  readonly scopes: readonly string[];
  /** Model names (globs) that the key may use; undefined means no limit of its own. */
  readonly models?: readonly string[];
  /** Of a token's or a certificate's holder. */
  readonly organisation?: string;
  readonly roles?: readonly string[];
  /** Believed when it says which of its users a request is for. */
  readonly mayPassUser?: boolean;
}
