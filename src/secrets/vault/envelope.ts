import { createCipheriv, createDecipheriv, type KeyObject, randomBytes } from "node:crypto";

const algorithm = "aes-256-gcm";
const nonceBytes = 12;
const tagBytes = 16;

/** What a sealed text is bound to: it opens nowhere else. */
export type Binding = readonly (string | number)[];

/**
 * Seals bytes with AES-256-GCM (NIST SP 800-38D) under a 256-bit key, with a random 96-bit nonce.
 * @returns nonce, ciphertext and tag in base64url
 */
export function seal(key: KeyObject, plain: Uint8Array, binding: Binding): string {
  return sealBytes(key, [plain], binding).toString("base64url");
}

/** The same of several pieces as one, as bytes. @param before stands before them, and is not sealed */
export function sealBytes(key: KeyObject, pieces: readonly Uint8Array[], binding: Binding, before: readonly Uint8Array[] = []): Buffer {
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv(algorithm, key, nonce, { authTagLength: tagBytes });
  cipher.setAAD(bytesOf(binding));
  const sealed = pieces.map((piece) => cipher.update(piece));
  return Buffer.concat([...before, nonce, ...sealed, cipher.final(), cipher.getAuthTag()]);
}

/** @returns undefined where the key or the binding is another, or a byte was changed */
export function open(key: KeyObject, sealed: string, binding: Binding): Buffer | undefined {
  const bytes = Buffer.from(sealed, "base64url");
  return bytes.toString("base64url") === sealed ? openBytes(key, bytes, binding) : undefined;
}

/** The same, of bytes. */
export function openBytes(key: KeyObject, bytes: Buffer, binding: Binding): Buffer | undefined {
  if (bytes.length < nonceBytes + tagBytes) return undefined;
  const decipher = createDecipheriv(algorithm, key, bytes.subarray(0, nonceBytes), { authTagLength: tagBytes });
  decipher.setAAD(bytesOf(binding));
  decipher.setAuthTag(bytes.subarray(bytes.length - tagBytes));
  try {
    return Buffer.concat([decipher.update(bytes.subarray(nonceBytes, bytes.length - tagBytes)), decipher.final()]);
  } catch {
    return undefined;
  }
}

/** JSON keeps the members apart, whatever stands in them. */
function bytesOf(binding: Binding): Buffer {
  return Buffer.from(JSON.stringify(["sluice vault", 1, ...binding]));
}
