import { createHash, createSecretKey, type KeyObject, randomBytes } from "node:crypto";
import type { Secret } from "../secret.ts";

/** A key that seals the keys of the records. */
export interface MasterKey {
  /** Made of the key: the same key has the same id everywhere. */
  readonly id: string;
  readonly key: KeyObject;
}

export const masterKeyBytes = 32;

export function masterKeyOf(bytes: Uint8Array): MasterKey {
  const digest = createHash("sha256").update("sluice master key\0").update(bytes).digest("base64url");
  return { id: `mk_${digest.slice(0, 12)}`, key: createSecretKey(bytes) };
}

export function newMasterKey(): Buffer {
  return randomBytes(masterKeyBytes);
}

/**
 * 32 bytes in base64, base64url or hex.
 * @returns the bytes, or why they guard nothing, as words that follow "it"
 */
export function readMasterKey(text: Secret): { readonly bytes: Buffer; readonly problem?: undefined } | { readonly problem: string } {
  const bytes = bytesIn(text.reveal().trim());
  if (bytes?.length !== masterKeyBytes) return { problem: `is not ${masterKeyBytes} bytes in base64 or hex` };
  const problem = weaknessOfBytes(bytes);
  return problem === undefined ? { bytes } : { problem };
}

function bytesIn(text: string): Buffer | undefined {
  if (/^[0-9A-Fa-f]{64}$/.test(text)) return Buffer.from(text, "hex");
  if (/^[A-Za-z0-9+/_-]{43}=?$/.test(text)) return Buffer.from(text.replaceAll("+", "-").replaceAll("/", "_"), "base64url");
  return undefined;
}

/** Keys of test vectors: the 256-bit keys of AES in FIPS 197 and NIST SP 800-38A, and of other standards' examples. */
const known = new Set(["603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4"]);

/** Random bytes fail one of these less than once in 10¹² times. */
function weaknessOfBytes(bytes: Buffer): string | undefined {
  if (known.has(bytes.toString("hex"))) return "is a well-known example";
  if (new Set(bytes).size < 14) return "has too few different bytes";
  if (bytes.every((byte) => byte >= 0x20 && byte < 0x7f)) return "is text that somebody typed, and not random bytes";
  const steps = new Set(bytes.subarray(1).map((byte, index) => (byte - bytes[index]! + 256) % 256));
  return steps.size < 5 ? "counts up or down" : undefined;
}
