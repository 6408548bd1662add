import type { TargetPrice } from "../accounting/index.ts";
import type { Config } from "../config/index.ts";
import type { Catalog } from "../routing/index.ts";
import { findPrice } from "./find-price.ts";

/** What models cost by a config and a catalog, for those who ask outside of a request. @returns no price where the config has no such provider */
export function pricesOf(config: Config, catalog: Catalog): (provider: string, model: string) => TargetPrice {
  const byName = new Map(config.providers.map(({ name, provider }) => [name, provider]));
  const known = new Map<string, TargetPrice>();
  return (name, model) => {
    const target = `${name}/${model}`;
    let price = known.get(target);
    if (price === undefined) {
      const provider = byName.get(name);
      price = provider ? findPrice(name, provider, model, config, catalog) : { price: undefined, version: "" };
      known.set(target, price);
    }
    return price;
  };
}
