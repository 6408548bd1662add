/** Sections of the config whose entries may be made elsewhere than in the file. Everything else belongs to each gateway's own file. */
export const objectKinds = ["providers", "models", "prices", "policies", "teams", "keys"] as const;

export type ObjectKind = (typeof objectKinds)[number];

/** Sections that are lists: an entry's name stands inside it. */
const listKinds: readonly string[] = ["policies", "keys"] satisfies ObjectKind[];

/** Sections where the place of an entry counts. */
const orderedKinds: readonly string[] = ["prices", "policies"] satisfies ObjectKind[];

export function isObjectKind(text: string): text is ObjectKind {
  return (objectKinds as readonly string[]).includes(text);
}

export function isListKind(kind: string): boolean {
  return listKinds.includes(kind);
}

export function isOrderedKind(kind: string): boolean {
  return orderedKinds.includes(kind);
}
