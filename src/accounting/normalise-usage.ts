import { inputTokens, type Usage } from "../exchange/index.ts";

export interface NormalUsage {
  /** Sound: whole counts from 0 to 10^12 tokens or a million searches, no part greater than what it is a part of. */
  readonly usage: Usage;
  /** The counts that the upstream reported wrongly, and that were put right. Absent when it told nothing impossible. */
  readonly clamped?: readonly (keyof Usage)[];
}

/** More is a lie: and with it the cost of one call still fits 64 bits. */
export const maxTokens = 1_000_000_000_000;
export const maxWebSearches = 1_000_000;

const wholes = [
  "inputUncached",
  "cacheRead",
  "cacheWrite",
  "cacheWrite5m",
  "cacheWrite30m",
  "cacheWrite1h",
  "cacheWrite12h",
  "output",
] as const;
const parts = ["reasoning", "inputAudio", "inputImage", "cacheReadAudio", "outputAudio", "outputImage"] as const;
type Count = (typeof wholes)[number] | (typeof parts)[number];

/** The usage that is charged: what the upstream reported, as far as it is possible. */
export function normaliseUsage(reported: Usage): NormalUsage {
  return isSound(reported) ? { usage: reported } : clampUsage(reported);
}

function isSound(usage: Usage): boolean {
  for (const name of wholes) {
    if (!isCount(usage[name], maxTokens)) {
      return false;
    }
  }
  for (const name of parts) {
    if (!isCount(usage[name], maxTokens)) {
      return false;
    }
  }
  return (
    isCount(usage.webSearches, maxWebSearches) &&
    (usage.units === undefined || Object.values(usage.units).every((count) => isCount(count, maxTokens))) &&
    usage.reasoning <= usage.output &&
    usage.outputAudio + usage.outputImage <= usage.output &&
    usage.inputAudio + usage.inputImage <= inputTokens(usage) &&
    usage.cacheReadAudio <= usage.cacheRead
  );
}

function isCount(value: number, max: number): boolean {
  return Number.isInteger(value) && value >= 0 && value <= max && !Object.is(value, -0);
}

function clampUsage(reported: Usage): NormalUsage {
  const usage: { -readonly [Name in keyof Usage]: Usage[Name] } = { ...reported };
  for (const name of [...wholes, ...parts]) {
    usage[name] = clampCount(usage[name], maxTokens);
  }
  usage.webSearches = clampCount(usage.webSearches, maxWebSearches);
  const { units } = reported;
  if (units) usage.units = Object.fromEntries(Object.entries(units).map(([name, count]) => [name, clampCount(count, maxTokens)]));
  const limit = (name: Count, max: number): void => {
    usage[name] = Math.min(usage[name], max);
  };
  limit("reasoning", usage.output);
  limit("outputAudio", usage.output);
  limit("outputImage", usage.output - usage.outputAudio);
  limit("inputAudio", inputTokens(usage));
  limit("inputImage", inputTokens(usage) - usage.inputAudio);
  limit("cacheReadAudio", usage.cacheRead);
  const names = [...wholes, ...parts, "webSearches"] as const;
  return { usage, clamped: names.filter((name) => !Object.is(usage[name], reported[name])) };
}

/** The nearest possible count: what is no number counts nothing, a fraction counts as begun. */
function clampCount(value: unknown, max: number): number {
  return typeof value === "number" && value > 0 ? Math.min(Math.ceil(value), max) : 0;
}
