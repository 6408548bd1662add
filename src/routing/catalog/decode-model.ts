import type { Price, PriceWindow, RateName, Rates } from "../../exchange/index.ts";
import {
  capabilityLetters,
  type ModelRecord,
  modalityLetters,
  type modelModes,
  type PriceRecord,
  type RateRecord,
  rateKeys,
} from "./catalog-format.ts";

export type ModelMode = (typeof modelModes)[number];
export type Modality = (typeof modalityLetters)[keyof typeof modalityLetters];
export type Capability = (typeof capabilityLetters)[keyof typeof capabilityLetters];

/** What the catalog knows of one model of one provider. Absent means that the sources do not say. */
export interface CatalogModel {
  /** The provider asked for, also where the price comes from another one whose models it sells. */
  readonly provider: string;
  /** The catalog's name for the model, not always the one that was asked for. */
  readonly id: string;
  readonly mode: ModelMode;
  /** Absent means unpriced: the cost is unknown, not nothing. */
  readonly price?: Price;
  /** Tokens that fit the model, input and output together where the provider counts them so. */
  readonly contextTokens?: number;
  readonly maxInputTokens?: number;
  readonly maxOutputTokens?: number;
  readonly inputs?: readonly Modality[];
  readonly outputs?: readonly Modality[];
  readonly capabilities?: ReadonlySet<Capability>;
  readonly deprecated: boolean;
  /** The day on which the provider ends or ended the model, as `2026-11-20`. */
  readonly endsOn?: string;
}

export function decodeModel(provider: string, record: ModelRecord): CatalogModel {
  const { price, context, input, output, can, end } = record;
  return {
    provider,
    id: record.id,
    mode: record.mode ?? "chat",
    ...(price === undefined ? {} : { price: decodePrice(price) }),
    ...(context === undefined ? {} : { contextTokens: context }),
    ...(input === undefined ? {} : { maxInputTokens: input }),
    ...(output === undefined ? {} : { maxOutputTokens: output }),
    ...(record.in === undefined ? {} : { inputs: decodeLetters(record.in, modalityLetters) }),
    ...(record.out === undefined ? {} : { outputs: decodeLetters(record.out, modalityLetters) }),
    ...(can === undefined ? {} : { capabilities: new Set(decodeLetters(can, capabilityLetters)) }),
    deprecated: record.deprecated === 1,
    ...(end === undefined ? {} : { endsOn: end }),
  };
}

export function decodePrice(record: PriceRecord): Price {
  const price = decodeStandard(record);
  const windows = (record.windows ?? []).map((window): PriceWindow => {
    const { from, daily } = window;
    return {
      ...(from === undefined ? {} : { fromMs: Date.parse(`${from}T00:00:00Z`) }),
      ...(daily === undefined ? {} : { daily: { fromSeconds: daily[0], untilSeconds: daily[1] } }),
      price: decodeStandard(window),
    };
  });
  return windows.length === 0 ? price : { ...price, windows };
}

function decodeStandard(record: Omit<PriceRecord, "windows">): Price {
  const base = decodeRates(record, {});
  const price = withAbove(base, record);
  const tiers = Object.entries(record.tiers ?? {}).map(([name, tier]) => [name, withAbove(decodeRates(tier, base), tier)] as const);
  return tiers.length === 0 ? price : { ...price, tiers: Object.fromEntries(tiers) };
}

function withAbove(rates: Rates, record: { readonly above?: readonly (readonly [number, RateRecord])[] | undefined }): Price {
  if (record.above === undefined) {
    return { rates };
  }
  let rung = rates;
  const above = record.above.map(([inputTokens, differences]) => {
    rung = decodeRates(differences, rung);
    return { inputTokens, rates: rung };
  });
  return { rates, above };
}

function decodeRates(record: RateRecord, onto: Rates): Rates {
  const rates: Partial<Record<RateName, number>> = { ...onto };
  for (const [key, name] of Object.entries(rateKeys)) {
    const rate = record[key as keyof typeof rateKeys];
    if (rate !== undefined) {
      rates[name] = rate;
    }
  }
  return rates;
}

function decodeLetters<Name extends string>(letters: string, names: Readonly<Record<string, Name>>): readonly Name[] {
  return [...letters].flatMap((letter) => names[letter] ?? []);
}
