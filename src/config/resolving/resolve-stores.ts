import { Secret } from "../../secrets/index.ts";
import type { StoreConfig } from "../config.ts";
import type { ConfigDocument } from "../document/document.ts";
import { bodyStore } from "./body-store.ts";

type Stores = NonNullable<ConfigDocument["stores"]>;

export function resolveStores({
  control = "sqlite",
  counters = "sqlite",
  records = "sqlite",
  bodies,
  ...options
}: Stores = {}): StoreConfig {
  const places = { control: new Secret(control), counters: new Secret(counters), records: new Secret(records) };
  return { timeoutMs: 50, onLoss: {}, ...options, ...places, bodies: bodyStore(bodies) };
}
