import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import type { KeyHasher } from "../../auth/index.ts";

const ivBytes = 12;
const tagBytes = 16;

/** What a browser keeps for us between two steps: AES-256-GCM under a key that is derived from the pepper, so that nobody is stored who never comes back. */
export class SealedCookie<Content extends { readonly endsAt: number }> {
  readonly name: string;
  readonly #key: Buffer;
  readonly #bound: Buffer;

  constructor(name: string, hasher: KeyHasher) {
    this.name = name;
    this.#key = Buffer.from(hasher.hash(`sealed cookie: ${name}`), "base64url");
    this.#bound = Buffer.from(name);
  }

  seal(content: Content): string {
    const iv = randomBytes(ivBytes);
    const cipher = createCipheriv("aes-256-gcm", this.#key, iv).setAAD(this.#bound);
    const sealed = Buffer.concat([cipher.update(JSON.stringify(content), "utf8"), cipher.final()]);
    return Buffer.concat([iv, cipher.getAuthTag(), sealed]).toString("base64url");
  }

  /** @returns undefined for what we did not seal, and for what is too old */
  open(text: string, now: number): Content | undefined {
    const bytes = Buffer.from(text, "base64url");
    if (bytes.length <= ivBytes + tagBytes) return undefined;
    const decipher = createDecipheriv("aes-256-gcm", this.#key, bytes.subarray(0, ivBytes), { authTagLength: tagBytes }).setAAD(
      this.#bound,
    );
    decipher.setAuthTag(bytes.subarray(ivBytes, ivBytes + tagBytes));
    try {
      const plain = Buffer.concat([decipher.update(bytes.subarray(ivBytes + tagBytes)), decipher.final()]);
      const content = JSON.parse(plain.toString("utf8")) as Content;
      return content.endsAt > now ? content : undefined;
    } catch {
      return undefined;
    }
  }
}
