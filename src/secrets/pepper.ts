import { randomBytes } from "node:crypto";
import { Fault } from "../exchange/index.ts";
import type { KeptBytes } from "./installation-keys.ts";
import { keptFile } from "./kept-file.ts";

const pepperBytes = 32;

/**
 * The key under which virtual keys are hashed: 32 random bytes in `<folder>/secrets/pepper`, made on the first start.
 * Without it, the stored hashes are worth nothing to a thief, and the stored keys are lost.
 * @throws Fault `gateway_failed` when the file is there and is not a pepper
 */
export function loadPepper(folder: string): Buffer {
  return pepperOf(keptFile(folder, "pepper", newPepper));
}

export function newPepper(): Buffer {
  return randomBytes(pepperBytes);
}

/** @throws Fault `gateway_failed` where it is none */
export function pepperOf({ path, bytes }: KeptBytes): Buffer {
  if (bytes.length === pepperBytes) return bytes;
  throw new Fault("gateway_failed", {
    message: `${path} has ${bytes.length} bytes and must have ${pepperBytes}. Restore it from a backup; without it every stored key has to be made anew (remove the file to do that).`,
  });
}
