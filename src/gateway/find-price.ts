import type { TargetPrice } from "../accounting/index.ts";
import type { Config } from "../config/index.ts";
import { freePrice } from "../exchange/index.ts";
import { matchesGlob } from "../policies/index.ts";
import { catalogId, type Provider } from "../providers/index.ts";
import type { Catalog } from "../routing/index.ts";

/** The config's first price that fits, else the catalog's. @param name the provider's in the config */
export function findPrice(name: string, provider: Provider, model: string, config: Config, catalog: Catalog): TargetPrice {
  const written = config.prices.find(({ pattern }) => matchesGlob(pattern, `${name}/${model}`));
  if (written) return { price: written.price, version: "config" };
  if (provider.free) return { price: freePrice, version: "free" };
  return { price: catalog.find(catalogId(provider), model)?.price, version: catalog.version };
}
