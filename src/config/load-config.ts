import { readFile } from "node:fs/promises";
import type { CheckOptions } from "./check-document.ts";
import type { Config } from "./config.ts";
import type { ConfigIssue } from "./issue.ts";
import { objectsIn, type WrittenObject } from "./objects/objects-in.ts";
import { resolveConfig } from "./resolving/resolve.ts";

export type LoadOptions = CheckOptions;

export type LoadedConfig =
  /** `text` is what the file held, for `watchConfig`; `written` the objects in it, variables not filled in. */
  | { readonly config: Config; readonly text: string; readonly written: readonly WrittenObject[]; readonly issues?: undefined }
  | { readonly config?: undefined; readonly issues: readonly ConfigIssue[] };

/** Reads, checks and fills in the file at `path`. Never throws for what is wrong with the file. */
export async function loadConfig(path: string, options: LoadOptions): Promise<LoadedConfig> {
  try {
    return await readConfig(await readFile(path, "utf8"), path, options);
  } catch (error) {
    if (!(error instanceof Error && "code" in error)) throw error;
    return { issues: [{ file: path, line: 0, column: 0, path: "", ...unreadable(String(error.code)) }] };
  }
}

/**
 * The same for a text that was read already; empty, and without a path, where there is no file. The schemas are loaded here: a start
 * without a file does not need them.
 */
export async function readConfig(text: string, path: string | undefined, options: LoadOptions): Promise<LoadedConfig> {
  const { checkDocument } = await import("./check-document.ts");
  const checked = await checkDocument(text, path ?? "the environment", options);
  if (checked.issues !== undefined) return { issues: checked.issues };
  const { document, references, laid, file } = checked;
  const config = resolveConfig(document, options.environment, path, references, laid.keepsDefaults);
  return { config, text, written: objectsIn(file) };
}

export function unreadable(code: string): { problem: string; expected?: string } {
  if (code === "ENOENT")
    return { problem: "there is no such file", expected: "a YAML or JSON file; without `--config` the gateway needs none" };
  if (code === "EISDIR") return { problem: "this is a directory", expected: "a YAML or JSON file" };
  return { problem: `the file cannot be read (${code})` };
}
