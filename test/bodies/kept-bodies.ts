import { readdirSync } from "node:fs";
import { join } from "node:path";
import { openVault } from "../../src/secrets/index.ts";
import { FolderBodies, type KeptBody, unpackBody } from "../../src/storage/index.ts";

/** What a data folder's bodies hold by the ids of their records, and those that do not open. */
export interface ReadBodies {
  readonly whole: ReadonlyMap<string, KeptBody>;
  readonly unopened: readonly string[];
}

/** Opens every body of a data folder, by the day. */
export async function readBodies(data: string, below = "bodies"): Promise<ReadBodies> {
  const { bodySeals, close } = await openVault({ folder: data, env: {}, guards: {} });
  const folder = new FolderBodies(join(data, below));
  const whole = new Map<string, KeptBody>();
  const unopened: string[] = [];
  try {
    for await (const { place } of folder.list()) {
      const sealed = await folder.get(place);
      if (sealed === undefined) continue;
      try {
        whole.set(place.id, unpackBody(await bodySeals.open(place.owner, place.id, sealed)));
      } catch {
        unopened.push(place.id);
      }
    }
  } finally {
    close();
  }
  return { whole, unopened };
}

/** Files that a process had begun. */
export function begunIn(data: string): readonly string[] {
  return readdirSync(join(data, "bodies"), { recursive: true })
    .map(String)
    .filter((name) => name.endsWith(".part"));
}
