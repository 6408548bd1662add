import { createHash } from "node:crypto";
import { existsSync, readdirSync, rmSync } from "node:fs";
import { mkdir, open, rename, rmdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { type BackedUpFile, type Manifest, manifestName } from "./manifest.ts";
import { readTar } from "./tar.ts";

/** Names that lead out of the folder, or nowhere, are none of ours. */
const ownName = /^(?!.*(^|\/)\.{1,2}(\/|$))[\w.-]+(\/[\w.-]+)*$/;

/**
 * Puts a backup where no data is. Everything is compared with the backup's list first; a folder that is there afterwards is whole.
 * @throws Error where there is data already, or the backup is damaged
 */
export async function restore(path: string, folder: string): Promise<Manifest> {
  if (existsSync(folder) && readdirSync(folder).length > 0) throw new Error(`${folder} holds data already`);
  const unfinished = `${folder}.restoring`;
  rmSync(unfinished, { recursive: true, force: true });
  await mkdir(unfinished, { recursive: true, mode: 0o700 });
  try {
    const manifest = await unpack(path, unfinished);
    if (existsSync(folder)) await rmdir(folder);
    await rename(unfinished, folder);
    return manifest;
  } catch (error) {
    rmSync(unfinished, { recursive: true, force: true });
    throw error;
  }
}

async function unpack(path: string, folder: string): Promise<Manifest> {
  const found: BackedUpFile[] = [];
  let manifest: Manifest | undefined;
  for await (const { name, size, bytes } of readTar(path)) {
    if (!ownName.test(name)) throw new Error(`the backup holds ${JSON.stringify(name)}, which is no file of a data folder`);
    if (name === manifestName) {
      const text = Buffer.concat(await Array.fromAsync(bytes)).toString();
      manifest = JSON.parse(text) as Manifest;
      continue;
    }
    found.push({ name, size, sha256: await unpackFile(join(folder, name), bytes) });
  }
  if (manifest === undefined) throw new Error("the backup is not whole: it has no list of its files");
  if (manifest.format !== 1) throw new Error(`the backup has format ${manifest.format}, which a newer version of Sluice has written`);
  if (JSON.stringify(found) !== JSON.stringify(manifest.files))
    throw new Error("the backup is damaged: its files are not those of its list");
  return manifest;
}

async function unpackFile(path: string, bytes: AsyncIterable<Uint8Array>): Promise<string> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const hash = createHash("sha256");
  const file = await open(path, "wx", 0o600);
  try {
    for await (const chunk of bytes) {
      hash.update(chunk);
      await file.write(chunk);
    }
    await file.sync();
  } finally {
    await file.close();
  }
  return hash.digest("hex");
}
