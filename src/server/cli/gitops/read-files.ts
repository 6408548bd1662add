import { readdirSync, readFileSync, statSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import {
  type ConfigIssue,
  type ConfigSource,
  formatIssues,
  formatPath,
  isListKind,
  isObjectKind,
  objectKinds,
  objectsIn,
  readSource,
} from "../../../config/index.ts";
import { CommandError } from "../command-line/command.ts";

/** Objects out of files, and where each of them stands. */
export interface ReadFiles {
  /** The sections of all files as one. */
  readonly document: Readonly<Record<string, unknown>>;
  readonly count: number;
  /** `FILE:LINE` of the object that a path of the document leads into; undefined for none. */
  placeOf(path: string): string | undefined;
}

interface ReadFile {
  readonly name: string;
  readonly source: ConfigSource;
}

/** Reads a file, or every YAML and JSON file below a folder, in the order of their names. @throws CommandError with all errors at once */
export function readFiles(path: string, folder: string): ReadFiles {
  const files = filesAt(resolve(folder, path)).map(
    (each): ReadFile => ({
      name: relative(folder, each) || each,
      source: readSource(readFileSync(each, "utf8")),
    }),
  );
  if (files.length === 0) throw new CommandError(`There is no YAML or JSON file in ${path}.`, "Name a file, or a folder that holds some.");
  const issues: ConfigIssue[] = files.flatMap(({ name, source }) => source.syntax.map((issue) => ({ file: name, path: "", ...issue })));
  const entries = files.flatMap((file) => entriesOf(file, issues));
  refuseTwins(entries, issues);
  if (issues.length > 0) throw new CommandError(`The files have errors, so nothing was sent.\n\n${formatIssues(issues)}`, "", issues);
  const document = documentFrom(entries);
  const objects = objectsIn(document);
  const places = new Map(
    objects.flatMap(({ kind, name, step }) => {
      const entry = isListKind(kind)
        ? entries.filter((each) => each.kind === kind)[Number(step)]
        : entries.find((each) => each.kind === kind && each.step === name);
      return entry ? [name, step].map((each) => [formatPath([kind, each]), entry.place] as const) : [];
    }),
  );
  return { document, count: objects.length, placeOf: (at) => longest(places, at.replace(/^objects\.?/, "")) };
}

function filesAt(path: string): readonly string[] {
  const found = statSync(path, { throwIfNoEntry: false });
  if (!found) throw new CommandError(`There is no ${path}.`, "Name a YAML or JSON file, or a folder of them.");
  if (!found.isDirectory()) return [path];
  return readdirSync(path, { withFileTypes: true })
    .filter(({ name }) => !name.startsWith("."))
    .toSorted((one, other) => (one.name < other.name ? -1 : 1))
    .flatMap((entry) => {
      if (entry.isDirectory()) return filesAt(join(path, entry.name));
      return /\.(ya?ml|json)$/.test(entry.name) ? [join(path, entry.name)] : [];
    });
}

interface Entry {
  readonly kind: string;
  readonly step: string | number;
  readonly item: unknown;
  readonly place: string;
  readonly at: Pick<ConfigIssue, "file" | "line" | "column">;
}

/** The entries of a file's sections; what is none of them is noted. */
function entriesOf({ name: file, source }: ReadFile, issues: ConfigIssue[]): readonly Entry[] {
  const { tree } = source;
  if (typeof tree !== "object" || tree === null || Array.isArray(tree)) return [];
  return Object.entries(tree).flatMap(([kind, section]): readonly Entry[] => {
    const steps = sectionSteps(section);
    const here = { file, ...source.locate([kind], "key"), path: formatPath([kind]) };
    if (kind === "$schema") return [];
    if (!isObjectKind(kind)) {
      const expected = `one of ${objectKinds.join(", ")}`;
      issues.push({ ...here, problem: "is not applied: it belongs to each gateway's own config file", expected });
      return [];
    }
    if (steps === undefined || Array.isArray(section) !== isListKind(kind)) {
      issues.push({ ...here, problem: "is not valid", expected: isListKind(kind) ? "a list" : "a group of names" });
      return [];
    }
    return steps.map(([step, item]) => {
      const at = { file, ...source.locate([kind, step], "key") };
      return { kind, step, item, at, place: `${file}:${at.line}` };
    });
  });
}

function refuseTwins(entries: readonly Entry[], issues: ConfigIssue[]): void {
  const seen = new Map<string, string>();
  for (const { kind, step, item, place, at } of entries) {
    const name = isListKind(kind) ? nameIn(item) : String(step);
    if (name === undefined) continue;
    const path = formatPath([kind, name]);
    const twin = seen.get(path);
    if (twin !== undefined) issues.push({ ...at, path, problem: `stands in ${twin} already`, expected: "each name once" });
    seen.set(path, place);
  }
}

function documentFrom(entries: readonly Entry[]): Readonly<Record<string, unknown>> {
  const kinds = objectKinds.filter((kind) => entries.some((entry) => entry.kind === kind));
  return Object.fromEntries(
    kinds.map((kind) => {
      const own = entries.filter((entry) => entry.kind === kind);
      return [kind, isListKind(kind) ? own.map(({ item }) => item) : Object.fromEntries(own.map(({ step, item }) => [step, item]))];
    }),
  );
}

function sectionSteps(section: unknown): readonly (readonly [string | number, unknown])[] | undefined {
  if (Array.isArray(section)) return [...section.entries()];
  return typeof section === "object" && section !== null ? Object.entries(section) : undefined;
}

function nameIn(item: unknown): string | undefined {
  return typeof item === "object" && item !== null && "name" in item && typeof item.name === "string" ? item.name : undefined;
}

function longest(places: ReadonlyMap<string, string>, path: string): string | undefined {
  let found: string | undefined;
  let length = 0;
  for (const [known, place] of places)
    if (known.length > length && path.startsWith(known)) {
      found = place;
      length = known.length;
    }
  return found;
}
