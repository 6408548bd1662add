import { readFile, rename, writeFile } from "node:fs/promises";
import { type CatalogFile, checkCatalog, type ProviderRecord } from "./catalog-format.ts";
import { type CatalogModel, decodeModel } from "./decode-model.ts";
import { type ModelFinder, modelFinder } from "./find-model.ts";

/** Models and their prices, as data. A value: nothing in it changes, a new file makes a new catalog. */
export interface Catalog {
  /** Names the data, so that a record can say by which prices it was charged. */
  readonly version: string;
  readonly origin: "file" | "last-good" | "bundled";
  /** Why a better origin was not taken; every problem of a bad file. Empty when all is well. */
  readonly problems: readonly string[];
  readonly sources: CatalogFile["sources"];
  /**
   * What is known of a model, by any of the names that it goes by: dated snapshots, provider and region prefixes, any case.
   * Remembered, so that asking twice gives the same object. Undefined when unknown.
   */
  find(provider: string, model: string): CatalogModel | undefined;
  readonly providers: readonly string[];
  /** Every model that a provider lists. */
  models(provider: string): CatalogModel[];
}

export interface CatalogOptions {
  /** A catalog to use instead of the bundled one. */
  readonly file?: string;
  /** Where the last good copy of `file` is kept, for the day when `file` is bad. */
  readonly lastGoodFile?: string;
}

/** Opens `file`, else the last good copy of it, else the bundled catalog; `origin` and `problems` say which and why. Never throws for a bad file. */
export async function openCatalog(options: CatalogOptions = {}): Promise<Catalog> {
  const problems: string[] = [];
  if (options.file !== undefined) {
    const opened = await readCatalog(options.file, problems);
    if (opened !== undefined) {
      await keepLastGood(options.lastGoodFile, opened.text, problems);
      return catalogOf(opened.file, "file", problems);
    }
    if (options.lastGoodFile !== undefined) {
      const kept = await readCatalog(options.lastGoodFile, problems);
      if (kept !== undefined) {
        return catalogOf(kept.file, "last-good", problems);
      }
    }
  }
  // The bundled file is checked by the tests, not at every start.
  const bundled = await import("./catalog.json", { with: { type: "json" } });
  return catalogOf(bundled.default as unknown as CatalogFile, "bundled", problems);
}

async function readCatalog(path: string, problems: string[]): Promise<{ readonly text: string; readonly file: CatalogFile } | undefined> {
  try {
    const text = await readFile(path, "utf8");
    const checked = checkCatalog(JSON.parse(text));
    if (checked.file !== undefined) {
      return { text, file: checked.file };
    }
    problems.push(...checked.problems.map((problem) => `${path}: ${problem}`));
  } catch (error) {
    problems.push(`${path}: ${error instanceof Error ? error.message : String(error)}`);
  }
  return undefined;
}

async function keepLastGood(path: string | undefined, text: string, problems: string[]): Promise<void> {
  if (path === undefined) {
    return;
  }
  try {
    // Written beside and renamed, so that a crash leaves the old copy or the new one, never half of one.
    await writeFile(`${path}.new`, text);
    await rename(`${path}.new`, path);
  } catch (error) {
    problems.push(`${path}: the last good copy could not be kept: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** A catalog over a checked file. */
export function catalogOf(file: CatalogFile, origin: Catalog["origin"], problems: readonly string[] = []): Catalog {
  const finders = new Map<string, ModelFinder>();
  const known = new Map<string, CatalogModel | undefined>();

  function finderOf(provider: string, record: ProviderRecord): ModelFinder {
    let finder = finders.get(provider);
    if (finder === undefined) {
      finder = modelFinder(record);
      finders.set(provider, finder);
    }
    return finder;
  }

  function search(provider: string, model: string): CatalogModel | undefined {
    const own = recordOf(provider);
    if (own === undefined) {
      return undefined;
    }
    for (const name of [provider, ...(own.fallback ?? [])]) {
      const record = recordOf(name);
      const found = record === undefined ? undefined : finderOf(name, record).find(model);
      if (found !== undefined) {
        return decodeModel(provider, found);
      }
    }
    return undefined;
  }

  function recordOf(provider: string): ProviderRecord | undefined {
    return Object.hasOwn(file.providers, provider) ? file.providers[provider] : undefined;
  }

  return {
    version: file.version,
    origin,
    problems,
    sources: file.sources,
    find(provider, model) {
      const key = `${provider}/${model}`;
      const before = known.get(key);
      if (before !== undefined || known.has(key)) {
        return before;
      }
      const found = search(provider, model);
      // Names come from callers too: what they make up must not fill the memory.
      if (known.size >= rememberedModels) {
        known.clear();
      }
      known.set(key, found);
      return found;
    },
    providers: Object.keys(file.providers),
    models: (provider) => (recordOf(provider)?.models ?? []).map((record) => decodeModel(provider, record)),
  };
}

const rememberedModels = 10_000;
