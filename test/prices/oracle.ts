import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { scaleDecimal } from "../../src/exchange/index.ts";

/** What the price project says that one recorded usage block costs, at each provider whose reading of it works. */
export interface OracleCase {
  readonly number: number;
  readonly model: string | undefined;
  readonly body: Readonly<Record<string, unknown>>;
  readonly answers: readonly OracleAnswer[];
}

export interface OracleAnswer {
  readonly provider: string;
  readonly flavour: string;
  /** Undefined where the project has no price for the model at this provider. */
  readonly nanos: bigint | undefined;
}

const projectRoot = resolve(import.meta.dirname, "../..");

/** The folder of the price data, used in place; undefined where it is absent. */
export function oracleFolder(): string | undefined {
  const folder = join(process.env.SLUICE_DATA ?? resolve(projectRoot, "../shared/data"), "prices/genai-prices");
  return existsSync(join(folder, "usages.jsonl")) ? folder : undefined;
}

export function readOracle(folder: string): OracleCase[] {
  return readFileSync(join(folder, "usages.jsonl"), "utf8").trim().split("\n").map(readCase);
}

interface Line {
  readonly _case: number;
  readonly model?: string;
  readonly body: Readonly<Record<string, unknown>>;
  readonly extracted: readonly { readonly extractors: readonly Extractor[] }[];
}

interface Extractor {
  readonly provider_id: string;
  readonly api_flavor: string;
  readonly input_price?: string;
  readonly output_price?: string;
  /** Only where it is not the sum of the two: searches. */
  readonly total_price?: string;
}

function readCase(text: string): OracleCase {
  const line = JSON.parse(text) as Line;
  const answers = line.extracted
    .flatMap(({ extractors }) => extractors)
    .map((extractor) => ({ provider: extractor.provider_id, flavour: extractor.api_flavor, nanos: nanosOf(extractor) }));
  return { number: line._case, model: line.model, body: line.body, answers };
}

function nanosOf({ input_price, output_price, total_price }: Extractor): bigint | undefined {
  if (total_price !== undefined) {
    return toNanos(picosOf(total_price));
  }
  return input_price === undefined && output_price === undefined
    ? undefined
    : toNanos(picosOf(input_price ?? "0") + picosOf(output_price ?? "0"));
}

function picosOf(dollars: string): bigint {
  const scaled = scaleDecimal(dollars, 12);
  if (scaled === undefined) {
    throw new Error(`Not an amount: ${dollars}`);
  }
  return BigInt(scaled.value);
}

function toNanos(picos: bigint): bigint {
  return (picos + 500n) / 1000n;
}
