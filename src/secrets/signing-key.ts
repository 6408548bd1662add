import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from "node:crypto";
import { Fault } from "../exchange/index.ts";
import type { KeptBytes } from "./installation-keys.ts";
import { keptFile } from "./kept-file.ts";

export interface SigningKey {
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

/**
 * What the audit log is signed with: an Ed25519 key in `<folder>/secrets/audit-key.pem`, made on the first start.
 * @throws Fault `gateway_failed` when the file is there and is no such key
 */
export function loadSigningKey(folder: string): SigningKey {
  return signingKeyOf(keptFile(folder, "audit-key.pem", newSigningKey));
}

/** @throws Fault `gateway_failed` where it is none */
export function signingKeyOf({ path, bytes }: KeptBytes): SigningKey {
  try {
    const privateKey = createPrivateKey(bytes);
    if (privateKey.asymmetricKeyType !== "ed25519") throw new Error(`it is of type ${privateKey.asymmetricKeyType}`);
    return { privateKey, publicKey: createPublicKey(privateKey) };
  } catch (cause) {
    throw new Fault("gateway_failed", {
      message: `${path} is not the key that signs the audit log. Restore it from a backup; with another one the log so far cannot be verified.`,
      cause,
    });
  }
}

export function newSigningKey(): Buffer {
  return Buffer.from(generateKeyPairSync("ed25519").privateKey.export({ type: "pkcs8", format: "pem" }).toString());
}
