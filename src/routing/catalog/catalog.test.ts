import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { costOf, type Usage, usageOf } from "../../exchange/index.ts";
import { type Catalog, type CatalogFile, catalogOf, checkCatalog, openCatalog } from "./index.ts";

const good: CatalogFile = {
  format: 1,
  version: "test 1",
  sources: [],
  providers: {
    maker: {
      models: [
        { id: "small-2026-01-02", price: { i: 5, o: 6 } },
        {
          id: "small",
          is: ["^small"],
          price: { i: 1, o: 2, above: [[100, { i: 3 }]], tiers: { batch: { o: 1 } }, windows: [{ from: "2026-06-01", i: 7, o: 8 }] },
        },
        { id: "eu.large", price: { i: 9, o: 9 } },
        {
          id: "large",
          price: { i: 8, o: 8 },
          context: 10,
          input: 8,
          output: 2,
          in: "ti",
          out: "t",
          can: "tr",
          end: "2027-01-01",
          mode: "responses",
        },
        { id: "odd", is: [["*odd", "$x"], "~^o\\d$"] },
      ],
    },
    shop: { fallback: ["maker"], models: [{ id: "maker/own", price: { i: 4, o: 4 } }] },
  },
};

describe("a lookup", () => {
  const catalog = catalogOf(good, "file");
  const id = (provider: string, model: string): string | undefined => catalog.find(provider, model)?.id;

  test("knows a model by case, prefix, region, routing suffix and date", () => {
    expect(id("maker", "Large")).toBe("large");
    expect(id("maker", "maker/large")).toBe("large");
    expect(id("maker", "us.large")).toBe("large");
    expect(id("maker", "large:nitro")).toBe("large");
    expect(id("maker", "large-2026-03-04")).toBe("large");
    expect(id("maker", "large-20260304")).toBe("large");
    expect(id("maker", "large@20260304")).toBe("large");
  });

  test("takes the nearest name first", () => {
    expect(id("maker", "eu.large")).toBe("eu.large");
    expect(id("maker", "small-2026-01-02")).toBe("small-2026-01-02");
    expect(id("maker", "small-20260102")).toBe("small");
    expect(id("maker", "small-turbo")).toBe("small");
  });

  test("knows patterns of several conditions", () => {
    expect(id("maker", "is-odd-x")).toBe("odd");
    expect(id("maker", "o1")).toBe("odd");
    expect(id("maker", "is-odd")).toBeUndefined();
  });

  test("finds the models of another provider where this one sells them", () => {
    expect(id("shop", "maker/own")).toBe("maker/own");
    expect(catalog.find("shop", "maker/large")).toMatchObject({ provider: "shop", id: "large" });
  });

  test("says undefined for the unknown, and no price for the unpriced", () => {
    expect(catalog.find("maker", "larger")).toBeUndefined();
    expect(catalog.find("nobody", "large")).toBeUndefined();
    expect(catalog.find("constructor", "large")).toBeUndefined();
    expect(catalog.find("maker", "o1")?.price).toBeUndefined();
  });

  test("gives the same object again", () => {
    expect(catalog.find("maker", "LARGE")).toBe(catalog.find("maker", "LARGE"));
  });

  test("tells what the model can do", () => {
    expect(catalog.find("maker", "large")).toEqual({
      provider: "maker",
      id: "large",
      mode: "responses",
      price: { rates: { input: 8, output: 8 } },
      contextTokens: 10,
      maxInputTokens: 8,
      maxOutputTokens: 2,
      inputs: ["text", "image"],
      outputs: ["text"],
      capabilities: new Set(["tools", "reasoning"]),
      deprecated: false,
      endsOn: "2027-01-01",
    });
  });

  test("gives whole prices for long prompts and tiers, and those of other days", () => {
    expect(catalog.find("maker", "small")?.price).toEqual({
      rates: { input: 1, output: 2 },
      above: [{ inputTokens: 100, rates: { input: 3, output: 2 } }],
      tiers: { batch: { rates: { input: 1, output: 1 } } },
      windows: [{ fromMs: Date.UTC(2026, 5, 1), price: { rates: { input: 7, output: 8 } } }],
    });
  });
});

describe("a catalog file", () => {
  let folder = "";
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "catalog-test-"));
  });
  afterAll(async () => {
    await rm(folder, { recursive: true });
  });

  test("is taken when it is good, and a copy is kept", async () => {
    const file = join(folder, "good.json");
    const lastGoodFile = join(folder, "good-copy.json");
    await writeFile(file, JSON.stringify(good));
    const catalog = await openCatalog({ file, lastGoodFile });
    expect(catalog).toMatchObject({ origin: "file", version: "test 1", problems: [] });
    expect(JSON.parse(await readFile(lastGoodFile, "utf8"))).toEqual(good);
  });

  test("gives way to the last good copy when it is bad, with every problem told", async () => {
    const file = join(folder, "bad.json");
    const lastGoodFile = join(folder, "bad-copy.json");
    await writeFile(lastGoodFile, JSON.stringify(good));
    await writeFile(
      file,
      JSON.stringify({ ...good, version: "", providers: { maker: { models: [{ id: "x", price: { i: -1, o: 1.5 } }] } } }),
    );
    const catalog = await openCatalog({ file, lastGoodFile });
    expect(catalog).toMatchObject({ origin: "last-good", version: "test 1" });
    expect(catalog.problems).toHaveLength(3);
    expect(catalog.problems.join("\n")).toContain("providers.maker.models[0].price.i");
    expect(JSON.parse(await readFile(lastGoodFile, "utf8"))).toEqual(good);
  });

  test("gives way to the bundled catalog when there is no good copy", async () => {
    const file = join(folder, "half.json");
    await writeFile(file, '{"format":1,');
    const catalog = await openCatalog({ file, lastGoodFile: join(folder, "nothing.json") });
    expect(catalog.origin).toBe("bundled");
    expect(catalog.problems).toHaveLength(2);
  });

  test("is refused for a pattern that is no regular expression", () => {
    const bad = { ...good, providers: { maker: { models: [{ id: "x", is: ["~("] }] } } };
    expect(checkCatalog(bad).problems).toEqual(['providers.maker, model x: "~(" is not a regular expression']);
  });
});

describe("the bundled catalog", () => {
  let catalog: Catalog;
  beforeAll(async () => {
    catalog = await openCatalog();
  });

  test("is a good file", async () => {
    const { default: json } = await import("./catalog.json", { with: { type: "json" } });
    expect(checkCatalog(json).problems).toEqual([]);
  });

  test("names its sources", () => {
    expect(catalog.origin).toBe("bundled");
    expect(catalog.sources.map(({ name }) => name)).toEqual(["@pydantic/genai-prices", "litellm"]);
  });

  test("prices every provider's models in safe integers", () => {
    for (const provider of catalog.providers) {
      for (const { price } of catalog.models(provider)) {
        for (const rate of Object.values(price?.rates ?? {})) {
          expect(Number.isSafeInteger(rate)).toBe(true);
        }
      }
    }
  });

  test("prices well-known models by the names that their providers use", () => {
    const usage = usageOf({ inputUncached: 1_000_000, output: 0 });
    const dollars = (provider: string, model: string) => costOf(usage, catalog.find(provider, model)?.price)?.nanos;
    expect(dollars("openai", "gpt-5-mini-2025-08-07")).toBe(250_000_000n);
    expect(dollars("anthropic", "claude-opus-4-5-20251101")).toBe(5_000_000_000n);
    expect(dollars("bedrock", "us.anthropic.claude-sonnet-4-5-20250929-v1:0")).toBe(3_300_000_000n);
    expect(dollars("openrouter", "openai/gpt-5")).toBe(1_250_000_000n);
    expect(dollars("azure", "gpt-5-mini")).toBe(250_000_000n);
    expect(dollars("openai", "text-embedding-3-small")).toBe(20_000_000n);
  });

  test("prices sound by the second or the character, and pictures each, where they are not billed in tokens", () => {
    const nanos = (provider: string, model: string, units: NonNullable<Usage["units"]>) =>
      costOf(usageOf({ units }), catalog.find(provider, model)?.price)?.nanos;
    expect(nanos("openai", "whisper-1", { audioSecond: 60 })).toBe(6_000_000n);
    expect(nanos("openai", "tts-1", { character: 1_000_000 })).toBe(15_000_000_000n);
    expect(nanos("deepgram", "nova-3", { audioSecond: 60 })).toBe(4_300_200n);
    expect(nanos("elevenlabs", "eleven_v3", { character: 1_000 })).toBe(80_000_000n);
    expect(nanos("black-forest-labs", "flux-pro-1.1", { image: 2 })).toBe(80_000_000n);
    // In tokens: pictures of an answer that tells none are unpriced, not free.
    expect(nanos("openai", "gpt-image-1", { image: 1 })).toBeUndefined();
  });
});
