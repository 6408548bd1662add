import type { Extra } from "./items.ts";

/** What is counted where tokens are not: pictures made, seconds of sound (begun ones count whole), characters spoken, searches billed. */
export const unitNames = ["image", "audioSecond", "character", "search"] as const;
export type UnitName = (typeof unitNames)[number];

/**
 * What a call used. Input counts are disjoint (`inputUncached + cacheRead + cacheWrite* = all input`); the splits by
 * modality and `reasoning` are parts of the totals that they stand beside.
 */
export interface Usage {
  readonly source: "reported" | "estimated";
  readonly inputUncached: number;
  readonly cacheRead: number;
  /** Writes whose time to live the provider did not say. */
  readonly cacheWrite: number;
  readonly cacheWrite5m: number;
  readonly cacheWrite30m: number;
  readonly cacheWrite1h: number;
  readonly cacheWrite12h: number;
  /** All output, reasoning included. */
  readonly output: number;
  readonly reasoning: number;
  readonly inputAudio: number;
  readonly inputImage: number;
  readonly cacheReadAudio: number;
  readonly outputAudio: number;
  readonly outputImage: number;
  readonly webSearches: number;
  /** Absent in conversations. */
  readonly units?: Readonly<Partial<Record<UnitName, number>>>;
  /** The tier that the provider says it served from; prices differ. */
  readonly tier?: string;
  /** What else the provider tells of the call (durations, tokens that it does not bill), for its own dialect only. */
  readonly extra?: Extra;
}

export const noUsage: Usage = Object.freeze({
  source: "reported",
  inputUncached: 0,
  cacheRead: 0,
  cacheWrite: 0,
  cacheWrite5m: 0,
  cacheWrite30m: 0,
  cacheWrite1h: 0,
  cacheWrite12h: 0,
  output: 0,
  reasoning: 0,
  inputAudio: 0,
  inputImage: 0,
  cacheReadAudio: 0,
  outputAudio: 0,
  outputImage: 0,
  webSearches: 0,
});

/** Absent counts are zero. Written out: spreading two objects of this size took half a microsecond a request. */
export function usageOf(fields: Partial<Usage>): Usage {
  const usage: Usage = {
    source: fields.source ?? "reported",
    inputUncached: fields.inputUncached ?? 0,
    cacheRead: fields.cacheRead ?? 0,
    cacheWrite: fields.cacheWrite ?? 0,
    cacheWrite5m: fields.cacheWrite5m ?? 0,
    cacheWrite30m: fields.cacheWrite30m ?? 0,
    cacheWrite1h: fields.cacheWrite1h ?? 0,
    cacheWrite12h: fields.cacheWrite12h ?? 0,
    output: fields.output ?? 0,
    reasoning: fields.reasoning ?? 0,
    inputAudio: fields.inputAudio ?? 0,
    inputImage: fields.inputImage ?? 0,
    cacheReadAudio: fields.cacheReadAudio ?? 0,
    outputAudio: fields.outputAudio ?? 0,
    outputImage: fields.outputImage ?? 0,
    webSearches: fields.webSearches ?? 0,
  };
  if (fields.tier === undefined && fields.units === undefined) return usage;
  return { ...usage, ...(fields.tier !== undefined && { tier: fields.tier }), ...(fields.units && { units: fields.units }) };
}

/** All tokens that went in, cached or not. */
export function inputTokens(usage: Usage): number {
  return usage.inputUncached + usage.cacheRead + cacheWriteTokens(usage);
}

export function cacheWriteTokens(usage: Usage): number {
  return usage.cacheWrite + usage.cacheWrite5m + usage.cacheWrite30m + usage.cacheWrite1h + usage.cacheWrite12h;
}

export function totalTokens(usage: Usage): number {
  return inputTokens(usage) + usage.output;
}
