import type { ClientOperation } from "./read-document.ts";

/** The operations of one folder of the client, and the folders in it. */
export interface Folder {
  readonly path: readonly string[];
  readonly operations: readonly ClientOperation[];
  readonly folders: readonly Folder[];
}

/** The folders that the operations' names make: `keys.create` stands in `keys`, `config.versions.list` in `versions` in `config`. */
export function folderTree(operations: readonly ClientOperation[], path: readonly string[] = []): Folder {
  const below = operations.filter(({ folder }) => path.every((name, at) => folder[at] === name));
  const names = [...new Set(below.flatMap(({ folder }) => folder[path.length] ?? []))];
  return {
    path,
    operations: below.filter(({ folder }) => folder.length === path.length),
    folders: names.map((name) => folderTree(operations, [...path, name])),
  };
}

/** `service-accounts`, `service_accounts` → `ServiceAccounts`. */
export function pascal(name: string): string {
  return name.replace(/(?:^|[^A-Za-z0-9]+)([A-Za-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

/** `service-accounts` → `serviceAccounts`. */
export function camel(name: string): string {
  const whole = pascal(name);
  return whole.charAt(0).toLowerCase() + whole.slice(1);
}

/** `serviceAccounts`, `service-accounts` → `service_accounts`. */
export function snake(name: string): string {
  return name
    .replace(/([a-z0-9])([A-Z])/g, "$1_$2")
    .replace(/[^A-Za-z0-9]+/g, "_")
    .toLowerCase();
}
