import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

export const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..");

export interface SourceFile {
  /** From the project's root, as `src/routing/choose.ts`. */
  readonly path: string;
  readonly text: string;
  readonly imports: readonly Import[];
}

export interface Import {
  /** From the project's root for files of ours, as written for packages. */
  readonly target: string;
  readonly own: boolean;
  readonly typesOnly: boolean;
}

/** Code that stands beside the tests and is run by them. */
const testSupport = /\.test\.ts$|-suite\.ts$|-child\.ts$|\/check-on-node\.ts$/;

/** The TypeScript files below a folder, with what they import. */
export function sourceFiles(folder: string, tests = false): SourceFile[] {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(".ts") && (tests || !testSupport.test(`/${entry.name}`)))
    .map((entry) => {
      const absolute = join(entry.parentPath, entry.name);
      const text = readFileSync(absolute, "utf8");
      return { path: relative(root, absolute), text, imports: importsOf(absolute, text) };
    });
}

function importsOf(absolute: string, text: string): Import[] {
  const statements = text.matchAll(/^\s*(?:import|export)\s+(type\s+)?(?:[^"';]*?\sfrom\s+)?"([^"]+)"/gm);
  const dynamic = text.matchAll(/\bimport\(\s*"([^"]+)"/g);
  return [
    ...[...statements].map(([statement, type, target]) => importOf(absolute, target as string, type !== undefined || onlyTypes(statement))),
    ...[...dynamic].map(([, target]) => importOf(absolute, target as string, false)),
  ];
}

/** `import { type A, type B } from …` loads nothing either. */
function onlyTypes(statement: string): boolean {
  const names = /\{([^}]*)\}/.exec(statement)?.[1];
  const bare = statement.replace(/\{[^}]*\}/, "").replace(/["'][^"']*["']/, "");
  return names !== undefined && !/,/.test(bare) && names.split(",").every((name) => name.trim() === "" || name.trim().startsWith("type "));
}

function importOf(from: string, target: string, typesOnly: boolean): Import {
  if (!target.startsWith(".")) return { target, own: false, typesOnly };
  return { target: relative(root, join(dirname(from), target)), own: true, typesOnly };
}
