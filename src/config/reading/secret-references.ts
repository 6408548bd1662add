import type { SecretSource } from "../../secrets/index.ts";
import { nearest } from "../findings/nearest.ts";
import { type DocumentPath, formatPath } from "../issue.ts";

/** What `${SOURCE:PATH}` may name, by the sources' names. */
export type SecretSources = ReadonlyMap<string, SecretSource>;

/** What a reference stands for, or why it stands for nothing. */
export type ReadReference =
  | { readonly text: string; readonly problem?: undefined }
  | { readonly text?: undefined; readonly problem: string };

const inText = /\$\$\{|\$\{([A-Za-z][\w-]*:[^}]*)\}/g;

/** Whether the text between the braces names a secret of a source, and no variable. */
export function namesSecret(reference: string): boolean {
  return /^[A-Za-z][\w-]*:/.test(reference);
}

/** Asks the sources for all that the texts of a tree refer to, each once and all at the same time. By `SOURCE:PATH`. */
export async function readReferences(tree: unknown, sources: SecretSources): Promise<ReadonlyMap<string, ReadReference>> {
  const named = [...new Set(referencesIn(tree))];
  return new Map(await Promise.all(named.map(async (reference) => [reference, await readOne(reference, sources)] as const)));
}

/** The references of the texts that are nothing else, by the path of the text. */
export function wholeReferences(tree: unknown): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  const walk = (value: unknown, path: DocumentPath): void => {
    if (typeof value === "string") {
      const [, reference] = /^\$\{([A-Za-z][\w-]*:[^}]*)\}$/.exec(value) ?? [];
      if (reference !== undefined) found.set(formatPath(path), reference);
    } else if (typeof value === "object" && value !== null) {
      const entries: [string | number, unknown][] = Array.isArray(value) ? [...value.entries()] : Object.entries(value);
      for (const [key, item] of entries) walk(item, [...path, key]);
    }
  };
  walk(tree, []);
  return found;
}

function* referencesIn(value: unknown): Generator<string> {
  if (typeof value === "string") {
    for (const [, reference] of value.matchAll(inText)) if (reference !== undefined) yield reference;
  } else if (typeof value === "object" && value !== null) {
    for (const item of Object.values(value)) yield* referencesIn(item);
  }
}

async function readOne(reference: string, sources: SecretSources): Promise<ReadReference> {
  const colon = reference.indexOf(":");
  const name = reference.slice(0, colon);
  const source = sources.get(name);
  if (source === undefined) {
    const near = nearest(name, sources.keys());
    return { problem: `no source of secrets is called \`${name}\`${near === undefined ? "" : `; did you mean \`${near}\`?`}` };
  }
  try {
    return { text: (await source.read(reference.slice(colon + 1))).value.reveal() };
  } catch (error) {
    const why = error instanceof Error ? error.message.replace(/\.$/, "") : "it could not be read";
    return { problem: `\`\${${reference}}\`: ${why}` };
  }
}
