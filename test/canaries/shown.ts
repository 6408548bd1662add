import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Place } from "./canaries.ts";

/** What kinds of things anybody gets to see. */
export type Kind =
  | "answers to applications"
  | "answers to operators"
  | "pages"
  | "metrics"
  | "documents"
  | "log"
  | "printed"
  | "commands"
  | "commands, as JSON"
  | "exported config"
  | "audit lines"
  | "data folder"
  | "backup"
  | "columns in PostgreSQL"
  | "files of PostgreSQL"
  | "to PostgreSQL"
  | "to providers"
  | "to stores of secrets"
  | "webhooks"
  | "mail"
  | "ends of processes";

export interface ShownPlace extends Place {
  readonly kind: Kind;
}

/** Everything that anybody got to see. */
export class Shown {
  readonly places: ShownPlace[] = [];

  /** @param meant the names of the secrets that are meant to be there */
  note(kind: Kind, where: string, text: string, meant: readonly string[] = []): void {
    this.places.push({ kind, where: `${kind}: ${where}`, text, meant });
  }

  /** Every file below a folder, byte by byte. @param own folders whose files are secrets themselves */
  noteFolder(kind: Kind, folder: string, own: readonly string[] = []): number {
    if (!existsSync(folder)) return 0;
    const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    for (const { parentPath, name } of files) {
      const path = join(parentPath, name).slice(folder.length + 1);
      if (!own.some((each) => path.startsWith(`${each}/`))) this.note(kind, path, readFileSync(join(folder, path), "latin1"));
    }
    return files.length;
  }

  of(kind: Kind): readonly ShownPlace[] {
    return this.places.filter((place) => place.kind === kind);
  }

  get kinds(): readonly Kind[] {
    return [...new Set(this.places.map(({ kind }) => kind))];
  }
}
