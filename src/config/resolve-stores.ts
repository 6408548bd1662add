import { Secret } from "../secrets/index.ts";
import type { StoreOptions } from "../storage/options.ts";
import type { StoreConfig } from "./config.ts";

export function resolveStores({ counters = "sqlite", records = "sqlite", ...options }: StoreOptions = {}): StoreConfig {
  return { control: "sqlite", timeoutMs: 50, onLoss: {}, ...options, counters: new Secret(counters), records: new Secret(records) };
}
