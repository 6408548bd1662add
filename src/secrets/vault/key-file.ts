import { randomBytes } from "node:crypto";
import { readFileSync, renameSync, unlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Fault } from "../../exchange/index.ts";
import { keptFile } from "../kept-file.ts";
import { Secret } from "../secret.ts";
import { type MasterKey, masterKeyOf, newMasterKey, readMasterKey } from "./master-key.ts";

const name = "master-key";

/** Master keys in `<folder>/secrets/master-key`, one a line in base64: the first seals, the others open what they sealed. */
export function keysOfFolder(folder: string, make: boolean): readonly MasterKey[] {
  const path = join(folder, "secrets", name);
  if (!make) {
    const text = textIn(path);
    return text === undefined ? [] : keysIn(text, path);
  }
  return keysIn(keptFile(folder, name, () => Buffer.from(lineOf(newMasterKey()))).bytes.toString("utf8"), path);
}

/** Puts a new key before those that are there. */
export function addKeyToFolder(folder: string): void {
  keysOfFolder(folder, true);
  const path = join(folder, "secrets", name);
  replace(path, lineOf(newMasterKey()) + readFileSync(path, "utf8"));
}

/** Forgets all keys but these. @returns how many are gone */
export function keepKeysOfFolder(folder: string, ids: ReadonlySet<string>): number {
  const path = join(folder, "secrets", name);
  const lines = (textIn(path) ?? "").split("\n").filter((line) => line.trim() !== "");
  const kept = lines.filter((line) => keysIn(line, path).some(({ id }) => ids.has(id)));
  if (kept.length < lines.length && kept.length > 0) replace(path, kept.map((line) => `${line}\n`).join(""));
  return kept.length === 0 ? 0 : lines.length - kept.length;
}

/** Keys of a file that the operator wrote. @throws Fault `vault_locked` */
export function keysOfFile(path: string): readonly MasterKey[] {
  const text = textIn(path);
  if (text === undefined) throw new Fault("vault_locked", { message: `SLUICE_MASTER_KEY names the file ${path}, which cannot be read.` });
  const keys = keysIn(text, path);
  if (keys.length === 0) throw new Fault("vault_locked", { message: `SLUICE_MASTER_KEY names the file ${path}, which holds no key.` });
  return keys;
}

/** Lines that begin with `#` are remarks. */
function keysIn(text: string, path: string): readonly MasterKey[] {
  const lines = text.split(/\r?\n/).map((line) => line.trim());
  return lines.flatMap((line, index) => {
    if (line === "" || line.startsWith("#")) return [];
    const read = readMasterKey(new Secret(line));
    if (read.problem === undefined) return [masterKeyOf(read.bytes)];
    throw new Fault("vault_locked", { message: `The key on line ${index + 1} of ${path} ${read.problem}.` });
  });
}

function textIn(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw new Fault("vault_locked", {
      message: `The file with master keys ${path} cannot be read (${(error as NodeJS.ErrnoException).code}).`,
    });
  }
}

function lineOf(key: Buffer): string {
  return `${key.toString("base64")}\n`;
}

/** Whole under another name first: a reader sees the old lines or the new ones. */
function replace(path: string, text: string): void {
  const draft = `${path}.${randomBytes(6).toString("hex")}`;
  try {
    writeFileSync(draft, text, { mode: 0o600, flag: "wx", flush: true });
    renameSync(draft, path);
  } catch (error) {
    try {
      unlinkSync(draft);
    } catch {
      // It was never written.
    }
    throw error;
  }
}
