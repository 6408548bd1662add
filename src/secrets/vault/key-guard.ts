/** A key service of a cloud: it seals a master key, and gives it back to whoever may ask it. */
export interface KeyGuard {
  /** @param id of the master key; what is sealed is bound to it where the service can do that @returns text that the service opens */
  seal(plain: Uint8Array, id: string): Promise<string>;
  /** @throws Fault where the service refuses or cannot be reached */
  open(sealed: string, id: string): Promise<Uint8Array>;
}

/** The services by the kind that stands before the colon: `aws-kms` of `aws-kms:alias/sluice`. Each gets what stands behind it. */
export type KeyGuards = Readonly<Record<string, (key: string) => KeyGuard | Promise<KeyGuard>>>;
