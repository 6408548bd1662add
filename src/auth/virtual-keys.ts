import { createHmac, createSecretKey, type KeyObject, randomBytes } from "node:crypto";

/** Keys look like `sk-sluice-` (admin keys `sk-sluice-admin-`) and 43 letters of base64url: 256 random bits. */
export function newKeyText(kind: "key" | "admin"): string {
  return `sk-sluice-${kind === "admin" ? "admin-" : ""}${randomBytes(32).toString("base64url")}`;
}

export function newKeyId(): string {
  return `key_${randomBytes(9).toString("base64url")}`;
}

/** Enough of a key for people to tell it from others, and too little to guess it. */
export function hintOf(key: string): string {
  return `${key.startsWith("sk-sluice-") ? "sk-sluice-" : ""}…${key.slice(-4)}`;
}

/** Hashes keys under the pepper, so that neither the store alone nor a stored hash lets anyone in. */
export class KeyHasher {
  readonly #pepper: KeyObject;

  constructor(pepper: Uint8Array) {
    this.#pepper = createSecretKey(pepper);
  }

  /** HMAC-SHA-256 in base64url. */
  hash(key: string): string {
    return createHmac("sha256", this.#pepper).update(key).digest("base64url");
  }
}
