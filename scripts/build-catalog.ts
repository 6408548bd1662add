/**
 * Builds src/routing/catalog/catalog.json from the price data that two packages carry.
 *
 *   scripts/build-catalog.ts [--genai FOLDER] [--litellm FOLDER]
 *
 * FOLDER is an unpacked `@pydantic/genai-prices` (npm) or `litellm` (PyPI); what is not given is fetched by npm and pip. The
 * same packages give the same file, byte for byte.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import {
  type CatalogFile,
  catalogFormat,
  checkCatalog,
  type ModelRecord,
  type PriceRecord,
} from "../src/routing/catalog/catalog-format.ts";
import { modelFinder, spellings } from "../src/routing/catalog/find-model.ts";
import { type GenaiProvider, readGenai } from "./catalog/read-genai.ts";
import { type LitellmEntry, readLitellm } from "./catalog/read-litellm.ts";
import { sourceNames } from "./catalog/source-names.ts";

const { values } = parseArgs({ options: { genai: { type: "string" }, litellm: { type: "string" }, out: { type: "string" } } });
const scratch = mkdtempSync(join(tmpdir(), "catalog-"));
try {
  const genai = await loadGenai(values.genai ?? fetchGenai(scratch));
  const litellm = loadLitellm(values.litellm ?? fetchLitellm(scratch));
  const file = buildCatalog(genai, litellm);
  const { problems } = checkCatalog(JSON.parse(JSON.stringify(file)));
  if (problems.length > 0) {
    throw new Error(`The catalog would be bad:\n${problems.join("\n")}`);
  }
  const text = writeCatalog(file);
  writeFileSync(values.out ?? new URL("../src/routing/catalog/catalog.json", import.meta.url), text);
  const models = Object.values(file.providers).flatMap((provider) => provider.models);
  const priced = models.filter(({ price }) => price !== undefined).length;
  console.log(
    `${file.version}: ${Object.keys(file.providers).length} providers, ${models.length} models, ${priced} priced, ${text.length} bytes`,
  );
} finally {
  rmSync(scratch, { recursive: true });
}

interface Source<Data> {
  readonly version: string;
  readonly data: Data;
}

function fetchGenai(folder: string): string {
  execFileSync("npm", ["pack", "--silent", "@pydantic/genai-prices"], { cwd: folder, stdio: "ignore" });
  execFileSync("tar", ["xzf", readdirSync(folder).find((name) => name.endsWith(".tgz"))!], { cwd: folder });
  return join(folder, "package");
}

function fetchLitellm(folder: string): string {
  execFileSync("pip", ["download", "--quiet", "--no-deps", "--only-binary", ":all:", "litellm"], { cwd: folder, stdio: "ignore" });
  execFileSync("python3", ["-m", "zipfile", "-e", readdirSync(folder).find((name) => name.endsWith(".whl"))!, "wheel"], { cwd: folder });
  return join(folder, "wheel");
}

async function loadGenai(folder: string): Promise<Source<readonly GenaiProvider[]>> {
  const { version } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as { version: string };
  const source = (await import(pathToFileURL(join(folder, "dist/index.js")).href)) as {
    waitForUpdate(): Promise<readonly GenaiProvider[]>;
  };
  // With no update begun this gives the data inside the package, and asks no network.
  return { version, data: await source.waitForUpdate() };
}

function loadLitellm(folder: string): Source<Readonly<Record<string, LitellmEntry>>> {
  const facts = readdirSync(folder).find((name) => name.endsWith(".dist-info"));
  const version = facts === undefined ? "unknown" : /^litellm-(.+)\.dist-info$/.exec(facts)![1]!;
  return { version, data: JSON.parse(readFileSync(join(folder, "litellm/model_prices_and_context_window_backup.json"), "utf8")) };
}

function buildCatalog(genai: Source<readonly GenaiProvider[]>, litellm: Source<Readonly<Record<string, LitellmEntry>>>): CatalogFile {
  const providers: CatalogFile["providers"] = {};
  for (const [name, names] of Object.entries(sourceNames)) {
    const models = names.genai.flatMap((id) => {
      const provider = genai.data.find((candidate) => candidate.id === id);
      const [, suffix] = /^huggingface_(.+)$/.exec(id) ?? [];
      return provider === undefined ? [] : readGenai(provider, suffix === undefined ? "" : `:${suffix}`);
    });
    providers[name] = {
      ...(names.fallback === undefined ? {} : { fallback: [...names.fallback] }),
      models: mergeModels(models, readLitellm(litellm.data, names.litellm), names.extras ?? false),
    };
  }
  return {
    format: catalogFormat,
    version: `genai-prices ${genai.version} + litellm ${litellm.version}`,
    sources: [
      { name: "@pydantic/genai-prices", version: genai.version, license: "MIT" },
      { name: "litellm", version: litellm.version, license: "MIT" },
    ],
    providers,
  };
}

/** genai-prices decides names and standard prices; litellm adds facts, prices by service tier, and models that only it has. */
function mergeModels(models: readonly ModelRecord[], others: readonly ModelRecord[], extras: boolean | "beside"): ModelRecord[] {
  const finder = modelFinder({ models: [...models] });
  const facts = new Map<ModelRecord, ModelRecord>();
  const added: ModelRecord[] = [];
  for (const other of others) {
    const match = finder.find(other.id);
    // A pattern of the first source may be meant for an older embedding model of the same family.
    if (match === undefined || (extras === "beside" && isBeside(other) && match.id !== other.id)) {
      added.push(other);
      continue;
    }
    const before = facts.get(match);
    if (before === undefined || distance(other.id, match.id) < distance(before.id, match.id)) {
      facts.set(match, other);
    }
  }
  const merged = models.map((model) => mergeFacts(model, facts.get(model)));
  if (extras === false) return merged;
  const taken = extras === true ? added : added.filter(isBeside);
  return [...taken, ...merged];
}

/** Embedding models and rerankers, without the copies of each region. */
function isBeside({ id, mode }: ModelRecord): boolean {
  return (mode === "embedding" || mode === "rerank") && !/^(us|eu|apac|global)\.|\//.test(id);
}

function distance(name: string, id: string): number {
  return [...spellings(name)].includes(id.toLowerCase()) ? Math.abs(name.length - id.length) : 1000 + name.length;
}

function mergeFacts(model: ModelRecord, facts: ModelRecord | undefined): ModelRecord {
  if (facts === undefined) {
    return model;
  }
  const { id, is, price, context, deprecated } = model;
  const { mode, input, output, can, end } = facts;
  const mergedPrice = mode === "moderation" ? (price ?? facts.price) : mergePrices(price, facts.price);
  return {
    id,
    ...(is === undefined ? {} : { is }),
    ...(mode === undefined ? {} : { mode }),
    ...(mergedPrice === undefined ? {} : { price: mergedPrice }),
    ...(context === undefined ? {} : { context }),
    ...(input === undefined || input === context ? {} : { input }),
    ...(output === undefined ? {} : { output }),
    ...(facts.in === undefined ? {} : { in: facts.in }),
    ...(facts.out === undefined ? {} : { out: facts.out }),
    ...(can === undefined ? {} : { can }),
    ...(end === undefined ? {} : { end }),
    ...(deprecated === undefined ? {} : { deprecated }),
  };
}

/**
 * Service tiers are taken only where both sources agree on today's standard price: otherwise one of them is out of date.
 * They belong to the last price that began on a date, if there is one.
 */
function mergePrices(price: PriceRecord | undefined, other: PriceRecord | undefined): PriceRecord | undefined {
  if (price === undefined || other === undefined) {
    // The first source has no word for pictures, seconds and characters.
    return price ?? (other !== undefined && (other.im ?? other.as ?? other.ch) !== undefined ? other : undefined);
  }
  const { windows, ...base } = price;
  const last = windows?.findLastIndex(({ from }) => from !== undefined) ?? -1;
  const today = windows?.[last] ?? base;
  if (today.i !== other.i || today.o !== other.o) {
    return price;
  }
  const merged = {
    ...today,
    ...(today.s === undefined && other.s !== undefined ? { s: other.s } : {}),
    ...(other.tiers === undefined ? {} : { tiers: other.tiers }),
  };
  if (windows === undefined) {
    return merged;
  }
  return last < 0 ? { ...merged, windows } : { ...base, windows: windows.with(last, merged) };
}

/** One line a model, so that a change of prices reads as one. */
function writeCatalog(file: CatalogFile): string {
  const { providers, ...head } = file;
  const blocks = Object.entries(providers).map(([name, { models, ...rest }]) => {
    const lines = models.map((model) => JSON.stringify(model)).join(",\n");
    return `${JSON.stringify(name)}:${JSON.stringify({ ...rest, models: [] }).slice(0, -2)}\n${lines}\n]}`;
  });
  return `${JSON.stringify(head).slice(0, -1)},"providers":{\n${blocks.join(",\n")}\n}}\n`;
}
