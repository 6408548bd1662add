import { randomBytes } from "node:crypto";
import { mkdir, open, readdir, readFile, rename, rm, stat, unlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import { type BodyPlace, type BodyStore, dayOf, pathOf } from "./body-store.ts";

const dayName = /^\d{4}-\d{2}-\d{2}$/;
const draft = ".part";
/** Nobody writes one body for so long: whoever began it is dead. */
const staleMs = 3_600_000;

/** Bodies as files, by the day and by whose they are: `2026-11-21/org-acme/req_…`. Only their owner may read them (0600). */
export class FolderBodies implements BodyStore {
  readonly #folder: string;
  /** Folders that are there. */
  readonly #made = new Set<string>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Under another name until it is whole: a process that dies in between leaves nothing that reads back. */
  async put(place: BodyPlace, sealed: Uint8Array): Promise<void> {
    const path = join(this.#folder, pathOf(place));
    const unfinished = `${path}.${randomBytes(4).toString("hex")}${draft}`;
    try {
      const file = await this.#open(unfinished);
      try {
        await file.writeFile(sealed);
      } finally {
        await file.close();
      }
      await rename(unfinished, path);
    } catch (error) {
      await unlink(unfinished).catch(() => undefined);
      throw error;
    }
  }

  async #open(path: string) {
    const folder = dirname(path);
    if (!this.#made.has(folder)) await this.#make(folder);
    try {
      return await open(path, "wx", 0o600);
    } catch (error) {
      if (!isMissing(error)) throw error;
      // Its day was dropped, or another process tidied up.
      await this.#make(folder);
      return open(path, "wx", 0o600);
    }
  }

  async #make(folder: string): Promise<void> {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    // Of each day and owner one: what is longer was forgotten about days ago.
    if (this.#made.size > 10_000) this.#made.clear();
    this.#made.add(folder);
  }

  async get(place: BodyPlace): Promise<Uint8Array | undefined> {
    try {
      return await readFile(join(this.#folder, pathOf(place)));
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  }

  async remove(place: BodyPlace): Promise<boolean> {
    try {
      await unlink(join(this.#folder, pathOf(place)));
      return true;
    } catch (error) {
      if (isMissing(error)) return false;
      throw error;
    }
  }

  async dropBefore(time: number): Promise<number> {
    const first = dayOf(time);
    const old = (await this.#days()).filter((day) => day < first);
    for (const day of old) await rm(join(this.#folder, day), { recursive: true, force: true });
    await this.#tidy();
    return old.length;
  }

  /** What is there, oldest day first, by day, owner and id, with its size. */
  async *list(): AsyncGenerator<{ readonly place: BodyPlace; readonly bytes: number; readonly writtenAt: number }> {
    for (const { day, owner, name } of await this.#files()) {
      if (name.endsWith(draft)) continue;
      const place = { startedAt: Date.parse(day), owner, id: name };
      const found = await stat(join(this.#folder, day, owner, name)).catch(() => undefined);
      if (found) yield { place, bytes: found.size, writtenAt: found.mtimeMs };
    }
  }

  async #files(): Promise<readonly { readonly day: string; readonly owner: string; readonly name: string }[]> {
    const found: { day: string; owner: string; name: string }[] = [];
    for (const day of await this.#days())
      for (const owner of await namesIn(join(this.#folder, day)))
        for (const name of await namesIn(join(this.#folder, day, owner))) found.push({ day, owner, name });
    return found;
  }

  async #days(): Promise<readonly string[]> {
    return (await namesIn(this.#folder)).filter((name) => dayName.test(name)).toSorted();
  }

  /** What processes that were killed had begun. */
  async #tidy(): Promise<void> {
    for (const { day, owner, name } of await this.#files()) {
      if (!name.endsWith(draft)) continue;
      const path = join(this.#folder, day, owner, name);
      const age = await stat(path).then(
        ({ mtimeMs }) => Date.now() - mtimeMs,
        () => 0,
      );
      if (age > staleMs) await unlink(path).catch(() => undefined);
    }
  }

  async close(): Promise<void> {
    // Nothing is held open.
  }
}

async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (isMissing(error) || (error as NodeJS.ErrnoException).code === "ENOTDIR") return [];
    throw error;
  }
}

function isMissing(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === "ENOENT";
}
