import { createHash } from "node:crypto";
import { existsSync, readdirSync, rmSync, statSync } from "node:fs";
import { mkdir, open, rename } from "node:fs/promises";
import { dirname, join } from "node:path";
import { listSegments } from "../journal/journal-segment.ts";
import { openDatabase } from "../sqlite/open-database.ts";
import { type BackedUpFile, type Manifest, manifestName } from "./manifest.ts";
import { TarWriter } from "./tar.ts";

/** In this order: what the journal held when the copy began is in it, or in the records that are copied after it. */
const databases = ["records.db", "counters.db", "control.db"] as const;
/** What a request has while it lasts, and what the databases keep beside them. */
const passing = /^uploads$|\.db(-wal|-shm|-journal)?$|^journal$/;

/**
 * Copies a data folder into one file, while gateways may write to it: every record that had settled before the call is in it. It holds
 * all that the folder holds, its secrets too, and is readable by its owner only.
 * @throws Error where the file is there already, or cannot be written
 */
export async function backUp(folder: string, path: string): Promise<Manifest> {
  if (existsSync(path)) throw new Error(`${path} is there already`);
  await mkdir(dirname(path), { recursive: true });
  const part = `${path}.part`;
  const snapshots = `${path}.snapshots`;
  rmSync(snapshots, { recursive: true, force: true });
  const file = await open(part, "w", 0o600);
  try {
    await mkdir(snapshots, { mode: 0o700 });
    const manifest = await write(folder, snapshots, new TarWriter(file));
    await file.close();
    await rename(part, path);
    return manifest;
  } catch (error) {
    await file.close();
    rmSync(part, { force: true });
    throw error;
  } finally {
    rmSync(snapshots, { recursive: true, force: true });
  }
}

async function write(folder: string, snapshots: string, archive: TarWriter): Promise<Manifest> {
  const files: BackedUpFile[] = [];
  const startedAt = Date.now();
  const add = async (name: string, path: string) => {
    const file = await packed(archive, name, path);
    if (file !== undefined) files.push(file);
  };
  for (const segment of listSegmentsOf(folder)) await add(`journal/${segment}`, join(folder, "journal", segment));
  for (const name of databases) {
    if (!existsSync(join(folder, name))) continue;
    const snapshot = join(snapshots, name);
    await copyDatabase(join(folder, name), snapshot);
    await add(name, snapshot);
    rmSync(snapshot);
  }
  for (const name of othersIn(folder)) await add(name, join(folder, name));
  const manifest: Manifest = { format: 1, startedAt, files };
  const text = Buffer.from(`${JSON.stringify(manifest, undefined, 2)}\n`);
  await archive.add(manifestName, text.length, once(text));
  await archive.end();
  return manifest;
}

/** A transaction's view of the whole, beside which others go on writing. */
async function copyDatabase(from: string, to: string): Promise<void> {
  const database = await openDatabase(from, { busyTimeoutMs: 30_000 });
  try {
    database.prepare("VACUUM INTO ?").run([to]);
  } finally {
    database.close();
  }
}

/** Undefined where it is gone meanwhile: then a segment was taken over, and its records are copied after it. */
async function packed(archive: TarWriter, name: string, path: string): Promise<BackedUpFile | undefined> {
  let size: number;
  const hash = createHash("sha256");
  try {
    size = statSync(path).size;
    const file = await open(path, "r");
    // Read to its size of now: a segment may grow meanwhile.
    const bytes = async function* () {
      if (size === 0) return;
      for await (const chunk of file.createReadStream({ end: size - 1, highWaterMark: 1024 * 1024, autoClose: false })) {
        hash.update(chunk as Uint8Array);
        yield chunk as Uint8Array;
      }
    };
    try {
      await archive.add(name, size, bytes());
    } finally {
      await file.close();
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
  return { name, size, sha256: hash.digest("hex") };
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

function listSegmentsOf(folder: string): string[] {
  const journal = join(folder, "journal");
  return existsSync(journal) ? listSegments(journal) : [];
}

/** Paths with slashes, below the folder. */
function othersIn(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) =>
      join(entry.parentPath, entry.name)
        .slice(folder.length + 1)
        .replaceAll("\\", "/"),
    )
    .filter((path) => !passing.test(path.split("/")[0] as string))
    .toSorted();
}
