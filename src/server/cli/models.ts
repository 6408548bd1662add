import type { Config } from "../../config/index.ts";
import type { Price } from "../../exchange/index.ts";
import { type ListedModel, listModels } from "../../gateway/index.ts";
import { openCatalog } from "../../routing/index.ts";
import { columns } from "./columns.ts";
import type { Run } from "./command-line/command.ts";
import { configOf, jsonLine } from "./places.ts";

/** The operator's own eyes: no key limits what is listed. */
const operator = { kind: "admin", keyId: "", keyName: "operator", scopes: [] } as const;

/** `sluice models`: names, targets, context and prices. */
export const models: Run = async (invocation) => {
  const { flags, terminal } = invocation;
  const [config, catalog] = await Promise.all([configOf(invocation), openCatalog()]);
  const named = listModels(operator, config, { catalog });
  const others = flags.is("all") ? listModels(operator, withoutNames(config), { catalog }) : [];
  const ids = new Set(named.map(({ id }) => id));
  const text = invocation.arguments[0]?.toLowerCase() ?? "";
  const found = [...named, ...others.filter(({ id }) => !ids.has(id))].filter(({ id }) => id.toLowerCase().includes(text));
  if (flags.is("json")) {
    terminal.write(jsonLine({ models: found, catalog: catalog.version }));
    return 0;
  }
  if (found.length === 0) {
    const elsewhere = flags.is("all") ? "" : " `sluice models --all` lists everything that the providers are known to have.";
    terminal.write(`No model${text === "" ? "" : ` whose name holds ${JSON.stringify(text)}`} is there.${elsewhere}\n`);
    return 0;
  }
  const head = ["model", "goes to", "context", "USD per million in", "cached", "out"];
  terminal.write(`${columns([head, ...found.map(rowOf)], [2, 3, 4, 5])}\n`);
  return 0;
};

function withoutNames(config: Config): Config {
  return { ...config, models: [], providers: config.providers.map((provider) => ({ ...provider, models: undefined })) };
}

function rowOf(model: ListedModel): readonly string[] {
  const targets = model.targets.length === 1 && model.targets[0] === model.id ? "" : model.targets.join(", ");
  const context = model.contextTokens === undefined ? "" : String(model.contextTokens);
  const ends = model.endsOn === undefined ? "" : ` (ends ${model.endsOn})`;
  return [`${model.id}${ends}`, targets, context, ...pricesOf(model.price)];
}

/** A model without a price is not free: it says so. */
function pricesOf(price: Price | undefined): readonly string[] {
  if (price === undefined) return ["no price", "", ""];
  const usd = (picos: number | undefined) => (picos === undefined ? "" : String(picos / 1_000_000));
  return [usd(price.rates.input), usd(price.rates.cacheRead), usd(price.rates.output)];
}
