import type { ModelRecord, PriceRecord, RateRecord } from "../../src/routing/catalog/catalog-format.ts";
import { picos } from "./read-genai.ts";

/** One entry of the source's list; every field may be absent. */
export type LitellmEntry = Readonly<Record<string, unknown>>;

const modes: Readonly<Record<string, ModelRecord["mode"]>> = {
  chat: "chat",
  responses: "responses",
  completion: "completion",
  embedding: "embedding",
  image_generation: "image",
  image_edit: "image",
  audio_speech: "speech",
  audio_transcription: "transcription",
  realtime: "realtime",
  rerank: "rerank",
  moderation: "moderation",
};

const rateFields: Readonly<Record<string, keyof RateRecord>> = {
  input_cost_per_token: "i",
  cache_read_input_token_cost: "r",
  cache_creation_input_token_cost: "w",
  cache_creation_input_token_cost_above_1hr: "w60",
  cache_creation_input_token_cost_above_12hr: "w720",
  output_cost_per_token: "o",
  output_cost_per_reasoning_token: "t",
  input_cost_per_audio_token: "ia",
  input_cost_per_image_token: "ii",
  cache_read_input_audio_token_cost: "ra",
  output_cost_per_audio_token: "oa",
  output_cost_per_image_token: "oi",
  input_cost_per_request: "q",
  input_cost_per_query: "rs",
};

/** Suffix of a field → the tier's name as the provider gives it back. */
const tierNames: Readonly<Record<string, string>> = { batches: "batch", flex: "flex", priority: "priority" };
const fieldPattern = /^(.+?)(?:_above_(\d+)k_tokens)?(?:_(batches|flex|priority))?$/;

const capabilities: readonly (readonly [letter: string, field: string, value: boolean])[] = [
  ["t", "supports_function_calling", true],
  ["p", "supports_parallel_function_calling", true],
  ["r", "supports_reasoning", true],
  ["j", "supports_response_schema", true],
  ["c", "supports_prompt_caching", true],
  ["w", "supports_web_search", true],
  ["u", "supports_computer_use", true],
  ["a", "supports_adaptive_thinking", true],
  ["m", "supports_mid_conversation_system", true],
  ["s", "supports_sampling_params", false],
  ["f", "supports_assistant_prefill", false],
];

/** The source's entries of these providers, by the name that the provider itself uses. */
export function readLitellm(list: Readonly<Record<string, LitellmEntry>>, providers: readonly string[]): ModelRecord[] {
  const found = new Map<string, ModelRecord>();
  for (const [key, entry] of Object.entries(list)) {
    const id = ownName(key, String(entry.litellm_provider));
    const mode = modes[String(entry.mode)];
    if (!providers.includes(String(entry.litellm_provider)) || mode === undefined || id === undefined || found.has(id.toLowerCase())) {
      continue;
    }
    found.set(id.toLowerCase(), readEntry(id, mode, entry));
  }
  return [...found.values()];
}

/** Undefined for entries that are no model: size classes, and copies of an image model for each picture size. */
function ownName(key: string, provider: string): string | undefined {
  const id = key.replace(new RegExp(`^${provider.split("-")[0]}/`), "");
  return /^(?:fireworks|together)-ai-|\d-x-\d|^(?:standard|hd|low|medium|high)\//.test(id) ? undefined : id;
}

function readEntry(id: string, mode: NonNullable<ModelRecord["mode"]>, entry: LitellmEntry): ModelRecord {
  const price = readPrice(entry, mode);
  const input = count(entry.max_input_tokens);
  const output = count(entry.max_output_tokens);
  const can = capabilities.filter(([, field, value]) => entry[field] === value).map(([letter]) => letter);
  const known = mode === "chat" || mode === "responses";
  return {
    id,
    ...patternsOf(id.toLowerCase()),
    ...(mode === "chat" ? {} : { mode }),
    ...(price === undefined ? {} : { price }),
    ...(input === undefined ? {} : { input }),
    ...(output === undefined ? {} : { output }),
    ...(known ? { in: inputs(entry), out: outputs(entry), can: can.join("") } : {}),
    ...(typeof entry.deprecation_date === "string" && /^\d{4}-\d{2}-\d{2}$/.test(entry.deprecation_date)
      ? { end: entry.deprecation_date }
      : {}),
  };
}

function patternsOf(name: string): Pick<ModelRecord, "is"> {
  // Tuned models carry their owner's name behind the base model's.
  if (name.startsWith("ft:")) {
    return { is: [`^${name}`] };
  }
  // A name with an account before it is also known without.
  return name.startsWith("accounts/") ? { is: [`=${name}`, `=${name.slice(name.lastIndexOf("/") + 1)}`] } : {};
}

function inputs(entry: LitellmEntry): string {
  const listed = (kind: string) => Array.isArray(entry.supported_modalities) && entry.supported_modalities.includes(kind);
  const has = {
    i: entry.supports_vision === true || listed("image"),
    d: entry.supports_pdf_input === true,
    a: entry.supports_audio_input === true || listed("audio"),
    v: entry.supports_video_input === true || listed("video"),
  };
  return `t${Object.entries(has)
    .map(([letter, yes]) => (yes ? letter : ""))
    .join("")}`;
}

function outputs(entry: LitellmEntry): string {
  const listed = (kind: string) => Array.isArray(entry.supported_output_modalities) && entry.supported_output_modalities.includes(kind);
  return `t${listed("image") ? "i" : ""}${entry.supports_audio_output === true || listed("audio") ? "a" : ""}${listed("video") ? "v" : ""}`;
}

function count(value: unknown): number | undefined {
  return typeof value === "number" && Number.isSafeInteger(value) && value > 0 ? value : undefined;
}

type Steps = Map<number, RateRecord>;

function readPrice(entry: LitellmEntry, mode: string): PriceRecord | undefined {
  const tiers = new Map<string, Steps>([["", new Map()]]);
  for (const [field, value] of Object.entries(entry)) {
    const [, name, thousands, tier] = fieldPattern.exec(field) ?? [];
    const key = rateFields[name ?? ""];
    if (key === undefined || typeof value !== "number") {
      continue;
    }
    const steps = tiers.get(tierNames[tier ?? ""] ?? "") ?? new Map();
    const start = Number(thousands ?? 0) * 1000;
    steps.set(start, { ...steps.get(start), [key]: picos(value, 12) });
    tiers.set(tierNames[tier ?? ""] ?? "", steps);
  }
  addRanges(entry.tiered_pricing, tiers.get("")!);
  const search = (entry.search_context_cost_per_query as Record<string, unknown> | undefined)?.search_context_size_medium;
  const base = tiers.get("")!.get(0);
  if (mode === "rerank") return rerankPrice(base);
  // OpenAI documents its moderation as free: here nought means nought.
  if (mode === "moderation" && entry.litellm_provider === "openai" && base?.i === 0) return { i: 0 };
  if (base !== undefined) delete base.rs;
  const units = readUnits(entry, mode);
  if (units !== undefined && (base === undefined || (!base.i && !base.o && !base.oi && !base.oa && !base.ia))) {
    return units;
  }
  // Without a rate for tokens it is not priced by what we count; nought and nought in this source means unknown.
  if (base === undefined || (base.i === undefined && base.o === undefined) || (!base.i && !base.o && !base.oi && !base.oa)) {
    return undefined;
  }
  if (mode === "embedding" && base.o === 0) {
    delete base.o;
  }
  if (base.t === base.o) {
    delete base.t;
  }
  addFastMode(entry.provider_specific_entry, tiers);
  const named = [...tiers].filter(([name, steps]) => name !== "" && steps.has(0)).sort(([one], [other]) => (one < other ? -1 : 1));
  return {
    ...flatten(tiers.get("")!),
    ...(typeof search === "number" ? { s: picos(search, 12) } : {}),
    ...(named.length === 0 ? {} : { tiers: Object.fromEntries(named.map(([name, steps]) => [name, flatten(steps)])) }),
  };
}

/** By searches or by tokens that go in: nought in this source means that the other one counts. */
function rerankPrice(base: RateRecord | undefined): PriceRecord | undefined {
  if (base?.rs) return { rs: base.rs };
  return base?.i ? { i: base.i } : undefined;
}

/** What sound and pictures cost where they are not billed in tokens. Some list what goes in, some what comes out. */
function readUnits(entry: LitellmEntry, mode: string): PriceRecord | undefined {
  const one = (...fields: readonly string[]) => fields.map((field) => entry[field]).find((value) => typeof value === "number" && value > 0);
  const second = one("input_cost_per_second", "output_cost_per_second");
  const character = one("input_cost_per_character");
  const image = one("output_cost_per_image", "input_cost_per_image");
  if (mode === "image" && typeof image === "number") return { im: picos(image, 12) };
  if (mode === "speech" && typeof character === "number") return { ch: picos(character, 12) };
  return (mode === "transcription" || mode === "speech") && typeof second === "number" ? { as: picos(second, 12) } : undefined;
}

/** The faster way to run a model is listed as a multiple of its standard token prices, whatever the size of the prompt. */
function addFastMode(multiples: unknown, tiers: Map<string, Steps>): void {
  const fast = (multiples as { fast?: unknown } | undefined)?.fast;
  if (typeof fast === "number" && Number.isInteger(fast)) {
    const rates = Object.entries(tiers.get("")?.get(0) ?? {}).map(([key, rate]) => [key, rate * fast]);
    tiers.set("fast", new Map([[0, Object.fromEntries(rates)]]));
  }
}

/** Some models are listed by ranges of input size instead of thresholds. */
function addRanges(ranges: unknown, steps: Steps): void {
  for (const range of Array.isArray(ranges) ? (ranges as { range?: unknown[] }[]) : []) {
    const start = range.range?.[0];
    const rates = Object.entries(range).flatMap(([field, value]) =>
      rateFields[field] !== undefined && typeof value === "number" ? [[rateFields[field], picos(value, 12)]] : [],
    );
    if (typeof start === "number" && rates.length > 0) {
      steps.set(start, { ...steps.get(start), ...Object.fromEntries(rates) });
    }
  }
}

function flatten(steps: Steps): RateRecord & { above?: [number, RateRecord][] } {
  const above = [...steps].filter(([start]) => start > 0).sort(([one], [other]) => one - other);
  return { ...steps.get(0), ...(above.length === 0 ? {} : { above }) };
}
