import { randomBytes } from "node:crypto";
import { chmodSync, linkSync, mkdirSync, readFileSync, statSync, unlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** A file of `<folder>/secrets` that only its owner can read; `make` gives its bytes where it is not there yet. */
export function keptFile(folder: string, name: string, make: () => Uint8Array): { readonly path: string; readonly bytes: Buffer } {
  const path = join(folder, "secrets", name);
  const bytes = readIfThere(path) ?? create(path, make());
  if ((statSync(path).mode & 0o077) !== 0) chmodSync(path, 0o600);
  return { path, bytes };
}

/** Written whole under another name and then linked: of two starts at once, one wins and both read the winner's. */
function create(path: string, bytes: Uint8Array): Buffer {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const draft = `${path}.${randomBytes(6).toString("hex")}`;
  writeFileSync(draft, bytes, { mode: 0o600, flag: "wx", flush: true });
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
