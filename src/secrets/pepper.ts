import { randomBytes } from "node:crypto";
import { chmodSync, linkSync, mkdirSync, readFileSync, statSync, unlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { Fault } from "../exchange/index.ts";

const pepperBytes = 32;

/**
 * The key under which virtual keys are hashed: 32 random bytes in `<folder>/secrets/pepper`, made on the first start.
 * Without it, the stored hashes are worth nothing to a thief, and the stored keys are lost.
 * @throws Fault `gateway_failed` when the file is there and is not a pepper
 */
export function loadPepper(folder: string): Buffer {
  const path = join(folder, "secrets", "pepper");
  const pepper = readIfThere(path) ?? createPepper(path);
  if (pepper.length !== pepperBytes) {
    throw new Fault("gateway_failed", {
      message: `${path} has ${pepper.length} bytes and must have ${pepperBytes}. Restore it from a backup; without it every stored key has to be made anew (remove the file to do that).`,
    });
  }
  if ((statSync(path).mode & 0o077) !== 0) chmodSync(path, 0o600);
  return pepper;
}

/** Written whole under another name and then linked: of two starts at once, one wins and both read the winner's. */
function createPepper(path: string): Buffer {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const draft = `${path}.${randomBytes(6).toString("hex")}`;
  writeFileSync(draft, randomBytes(pepperBytes), { mode: 0o600, flag: "wx", flush: true });
  try {
    linkSync(draft, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  } finally {
    unlinkSync(draft);
  }
  return readFileSync(path);
}

function readIfThere(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
