import * as z from "zod/mini";

/**
 * The catalog's file. Keys are short because the file is read at every start; what they mean is said here once. Rates are
 * pico-dollars per token (`q` and `s`: per request and per web search; `im`, `as`, `ch`, `rs`: per picture, second of sound, character, reranking search).
 */
export const catalogFormat = 1;

/** Short name in the file → name of the rate. */
export const rateKeys = {
  i: "input",
  r: "cacheRead",
  w: "cacheWrite",
  w5: "cacheWrite5m",
  w30: "cacheWrite30m",
  w60: "cacheWrite1h",
  w720: "cacheWrite12h",
  o: "output",
  t: "reasoning",
  ia: "inputAudio",
  ii: "inputImage",
  ra: "cacheReadAudio",
  oa: "outputAudio",
  oi: "outputImage",
  q: "request",
  s: "webSearch",
  im: "image",
  as: "audioSecond",
  ch: "character",
  rs: "search",
} as const;

export const modalityLetters = { t: "text", i: "image", d: "document", a: "audio", v: "video" } as const;

export const capabilityLetters = {
  t: "tools",
  p: "parallel-tools",
  r: "reasoning",
  j: "json-schema",
  c: "prompt-cache",
  w: "web-search",
  u: "computer-use",
  a: "adaptive-thinking",
  m: "mid-system",
  s: "no-sampling",
  f: "no-prefill",
} as const;

export const modelModes = [
  "chat",
  "responses",
  "completion",
  "embedding",
  "image",
  "speech",
  "transcription",
  "realtime",
  "rerank",
  "moderation",
] as const;

const count = z.int().check(z.gte(0));
const rateFields = Object.fromEntries(Object.keys(rateKeys).map((key) => [key, z.optional(count)])) as Record<
  keyof typeof rateKeys,
  z.ZodMiniOptional<typeof count>
>;
const rates = z.strictObject(rateFields);
const above = z.optional(z.array(z.tuple([count, rates])));
const tier = z.strictObject({ ...rateFields, above });
const tiers = z.optional(z.record(z.string(), tier));
const window = z.strictObject({
  ...rateFields,
  above,
  tiers,
  from: z.optional(z.string().check(z.regex(/^\d{4}-\d{2}-\d{2}$/, "a date, as 2026-11-20"))),
  daily: z.optional(z.tuple([count, count])),
});
const price = z.strictObject({ ...rateFields, above, tiers, windows: z.optional(z.array(window)) });
const letters = (of: Readonly<Record<string, string>>) => z.string().check(z.regex(new RegExp(`^[${Object.keys(of).join("")}]*$`)));
const pattern = z
  .string()
  .check(z.regex(/^[=^$*~]./, "text that begins with = (equals), ^ (begins), $ (ends), * (contains) or ~ (regular expression)"));

const model = z.strictObject({
  id: z.string().check(z.minLength(1)),
  /** Names that mean this model, in lower case; absent where only `id` does. Every one of an inner list must hold. */
  is: z.optional(z.array(z.union([pattern, z.array(pattern)]))),
  mode: z.optional(z.enum(modelModes)),
  /** Absent means unpriced. `above` and tiers hold only what differs from the price that they stand in. */
  price: z.optional(price),
  context: z.optional(count),
  input: z.optional(count),
  output: z.optional(count),
  in: z.optional(letters(modalityLetters)),
  out: z.optional(letters(modalityLetters)),
  can: z.optional(letters(capabilityLetters)),
  end: z.optional(z.string().check(z.regex(/^\d{4}-\d{2}-\d{2}$/, "a date, as 2026-11-20"))),
  deprecated: z.optional(z.literal(1)),
});

const provider = z.strictObject({
  /** Providers whose models this one sells too, at their price, where it has no price of its own. */
  fallback: z.optional(z.array(z.string())),
  models: z.array(model),
});

export const catalogFile = z.strictObject({
  format: z.literal(catalogFormat),
  /** Names the data: the same version has the same prices. */
  version: z.string().check(z.minLength(1)),
  sources: z.array(z.strictObject({ name: z.string(), version: z.string(), license: z.string() })),
  providers: z.record(z.string(), provider),
});

export type CatalogFile = z.output<typeof catalogFile>;
export type ProviderRecord = CatalogFile["providers"][string];
export type ModelRecord = ProviderRecord["models"][number];
export type PriceRecord = NonNullable<ModelRecord["price"]>;
export type RateRecord = z.output<typeof rates>;
export type PricePattern = NonNullable<ModelRecord["is"]>[number];

/** The catalog that `json` is, or every problem that it has, as `providers.x.models[3].price.i: …`. */
export function checkCatalog(
  json: unknown,
): { readonly file: CatalogFile; readonly problems: readonly [] } | { readonly file?: undefined; readonly problems: readonly string[] } {
  const checked = catalogFile.safeParse(json);
  if (!checked.success) {
    return { problems: checked.error.issues.map((issue) => `${pathText(issue.path)}: ${issue.message}`) };
  }
  const problems = regexProblems(checked.data);
  return problems.length > 0 ? { problems } : { file: checked.data, problems: [] };
}

function regexProblems(file: CatalogFile): string[] {
  const problems: string[] = [];
  for (const [name, { models }] of Object.entries(file.providers)) {
    for (const { id, is } of models) {
      for (const text of (is ?? []).flat()) {
        if (text.startsWith("~") && !isRegex(text.slice(1))) {
          problems.push(`providers.${name}, model ${id}: "${text}" is not a regular expression`);
        }
      }
    }
  }
  return problems;
}

function isRegex(source: string): boolean {
  try {
    new RegExp(source);
    return true;
  } catch {
    return false;
  }
}

function pathText(path: readonly PropertyKey[]): string {
  return path.length === 0
    ? "the file"
    : path.map((step, index) => (typeof step === "number" ? `[${step}]` : `${index > 0 ? "." : ""}${String(step)}`)).join("");
}
