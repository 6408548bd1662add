import { createPrivateKey, createPublicKey, generateKeyPairSync } from "node:crypto";
import { Fault } from "../exchange/index.ts";
import type { KeptBytes } from "./installation-keys.ts";
import { keptFile } from "./kept-file.ts";
import type { SigningKey } from "./signing-key.ts";

/**
 * What the gateway's own tokens are signed with: a P-256 key in `<folder>/secrets/token-key.pem`, made on the first start. Without it
 * those tokens end; nothing else is lost.
 * @param folder undefined: one that is kept nowhere
 * @throws Fault `gateway_failed` when the file is there and is no such key
 */
export function loadTokenKey(folder: string | undefined): SigningKey {
  return tokenKeyOf(folder === undefined ? { path: "", bytes: newTokenKey() } : keptFile(folder, "token-key.pem", newTokenKey));
}

/** @throws Fault `gateway_failed` where it is none */
export function tokenKeyOf({ path, bytes }: KeptBytes): SigningKey {
  try {
    const privateKey = createPrivateKey(bytes);
    if (privateKey.asymmetricKeyDetails?.namedCurve !== "prime256v1") throw new Error("it is of another curve");
    return { privateKey, publicKey: createPublicKey(privateKey) };
  } catch (cause) {
    throw new Fault("gateway_failed", {
      message: `${path} is no P-256 key. Remove it to have one made; tokens that it signed end then.`,
      cause,
    });
  }
}

export function newTokenKey(): Buffer {
  return Buffer.from(generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey.export({ type: "pkcs8", format: "pem" }).toString());
}
