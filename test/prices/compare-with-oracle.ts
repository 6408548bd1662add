import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type GenaiProvider, readGenai } from "../../scripts/catalog/read-genai.ts";
import { costOf, inputTokens, type Price, priceAt, type Usage, usageOf } from "../../src/exchange/index.ts";
import { readUsage as readMessagesUsage } from "../../src/protocols/anthropic-messages/usage.ts";
import { usageIn as readChatUsage } from "../../src/protocols/openai-chat/usage.ts";
import { readUsage as readResponsesUsage } from "../../src/protocols/openai-responses/usage.ts";
import { type Catalog, catalogOf } from "../../src/routing/catalog/index.ts";
import { type OracleCase, readOracle } from "./oracle.ts";

export interface Comparison {
  readonly cases: number;
  readonly equal: number;
  /** The reason, and how many costs differ for it. Each was tried: with the reason taken away, the costs are equal. */
  readonly explained: ReadonlyMap<string, Tally>;
  readonly unexplained: readonly string[];
  /** Answers in dialects that the gateway does not speak, by the oracle's provider and flavour. */
  readonly unspoken: ReadonlyMap<string, Tally>;
  /** The oracle has no price; of these, we do. */
  readonly unpriced: { readonly count: number; readonly pricedByUs: number };
}

export interface Tally {
  count: number;
  readonly models: Set<string>;
}

/** The moment at which we price; the oracle keeps for each case the price of the day on which it was added. */
const at = Date.UTC(2026, 10, 20, 12);

export function compareWithOracle(folder: string, catalog: Catalog): Comparison {
  const older = olderCatalog(folder);
  const explained = new Map<string, Tally>();
  const unspoken = new Map<string, Tally>();
  const unexplained: string[] = [];
  const unpriced = { count: 0, pricedByUs: 0 };
  const cases = readOracle(folder);
  let equal = 0;
  for (const asked of cases) {
    for (const { provider, flavour, nanos } of asked.answers) {
      const usage = readUsage(provider, flavour, asked.body);
      if (usage === "unspoken") {
        add(unspoken, `${provider} ${flavour}`, asked);
        continue;
      }
      const price = ourPrice(catalog, provider, asked.model);
      if (nanos === undefined) {
        unpriced.count += 1;
        unpriced.pricedByUs += price === undefined ? 0 : 1;
        continue;
      }
      if (usage !== undefined && price !== undefined && costOf(usage, priceAt(price, at))?.nanos === nanos) {
        equal += 1;
        continue;
      }
      const olderPrice = asked.model === undefined ? undefined : older.find(provider, asked.model)?.price;
      const prices = [
        ...everyPrice(price, "", priceChanged),
        ...(makers[provider] ?? []).flatMap((maker) => everyPrice(ourPrice(catalog, maker, asked.model), makersPrice, makersPrice)),
        ...everyPrice(olderPrice, packageChanged, packageChanged),
      ];
      const reason = usage && explain(asked, usage, nanos, prices);
      if (reason === undefined) {
        unexplained.push(
          `case ${asked.number}, ${provider} ${flavour}, ${asked.model}: expected ${nanos}, got ${usage && costOf(usage, price)?.nanos}`,
        );
      } else {
        add(explained, reason, asked);
      }
    }
  }
  return { cases: cases.length, equal, explained, unexplained, unspoken, unpriced };
}

function add(tallies: Map<string, Tally>, key: string, { model }: OracleCase): void {
  const tally = tallies.get(key) ?? { count: 0, models: new Set() };
  tally.count += 1;
  tally.models.add(model ?? "no model named");
  tallies.set(key, tally);
}

const chatByDefault = new Set(["groq", "mistral", "perplexity", "x-ai"]);
const messagesByDefault = new Set(["anthropic", "minimax"]);

function readUsage(provider: string, flavour: string, body: OracleCase["body"]): Usage | undefined | "unspoken" {
  if (flavour === "responses") {
    return readResponsesUsage(body);
  }
  if (flavour === "chat" || (flavour === "default" && chatByDefault.has(provider))) {
    return readChatUsage(body);
  }
  if (flavour === "anthropic" || (flavour === "default" && messagesByDefault.has(provider))) {
    return readMessagesUsage(body.usage as Record<string, unknown>);
  }
  if (flavour === "embeddings" && provider !== "cohere") {
    // An embedding has no output, whatever the block says.
    const usage = readChatUsage(body);
    return usage && usageOf({ inputUncached: inputTokens(usage) });
  }
  return "unspoken";
}

/** Whose prices the oracle falls back to. */
const makers: Readonly<Record<string, readonly string[]>> = { azure: ["openai", "anthropic"], google: ["anthropic"] };

const ourNames: Readonly<Record<string, string>> = {
  "x-ai": "xai",
  aws: "bedrock",
  google: "gemini",
  moonshotai: "moonshot",
  zhipuai: "zhipu",
};

function ourPrice(catalog: Catalog, provider: string, model: string | undefined): Price | undefined {
  if (model === undefined) {
    return undefined;
  }
  const [, through] = /^huggingface_(.+)$/.exec(provider) ?? [];
  return through === undefined
    ? catalog.find(ourNames[provider] ?? provider, model)?.price
    : catalog.find("huggingface", `${model}:${through}`)?.price;
}

/** The older price data that lies beside the oracle's cases. */
function olderCatalog(folder: string): Catalog {
  const providers = JSON.parse(readFileSync(join(folder, "data.json"), "utf8")) as readonly (GenaiProvider & {
    fallback_model_providers?: string[];
  })[];
  const entries = providers.map((provider) => {
    const fallback = provider.fallback_model_providers;
    return [provider.id, { models: readGenai(provider, ""), ...(fallback === undefined ? {} : { fallback }) }] as const;
  });
  return catalogOf({ format: 1, version: "data.json", sources: [], providers: Object.fromEntries(entries) }, "file");
}

const priceChanged = "the price changed: the oracle has that of another day or hour, which is in the catalog too";
const packageChanged = "the price changed between the oracle's data and the package";
const makersPrice = "the oracle takes the maker's price; the catalog has this provider's own";
const compaction = "compaction is billed beside the totals; the oracle leaves it out";
const unreadCache = "cache reads and writes that the oracle reads as plain input at this provider";
const withoutSearch = "searches, which the oracle leaves out here";
const withoutTier = "the service tier, which the oracle leaves out";

type NamedPrice = readonly [difference: string, price: Price];

/** The fewest differences with which the oracle's cost comes out exactly; undefined where none do. */
function explain(asked: OracleCase, usage: Usage, nanos: bigint, prices: readonly NamedPrice[]): string | undefined {
  const readings: [string, Usage][] = [
    ["", usage],
    [unreadCache, uncached(usage)],
    [withoutSearch, { ...usage, webSearches: 0 }],
    [withoutTier, withoutItsTier(usage)],
  ];
  const block = asked.body.usage;
  if (typeof block === "object" && block !== null && "iterations" in block) {
    readings.push([compaction, readMessagesUsage({ ...block, iterations: [] })]);
  }
  for (const [difference, price] of prices) {
    for (const [reason, reading] of readings) {
      if (costOf(reading, price)?.nanos === nanos) {
        return [reason, difference].filter((text) => text !== "").join("; and ");
      }
    }
  }
  return undefined;
}

/** The price that holds now, and those of other times. */
function everyPrice(price: Price | undefined, now: string, otherwise: string): NamedPrice[] {
  if (price === undefined) {
    return [];
  }
  const others = [price, ...(price.windows ?? []).map((window) => window.price)];
  return [[now, priceAt(price, at)], ...others.map((other): NamedPrice => [otherwise, other])];
}

function uncached(usage: Usage): Usage {
  return usageOf({ inputUncached: inputTokens(usage), output: usage.output, webSearches: usage.webSearches });
}

function withoutItsTier(usage: Usage): Usage {
  const { tier: _, ...rest } = usage;
  return rest;
}
