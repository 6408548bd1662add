import { Secret } from "../secrets/index.ts";
import { bodyStore } from "./body-store.ts";
import type { StoreConfig } from "./config.ts";
import type { ConfigDocument } from "./document.ts";

type Stores = NonNullable<ConfigDocument["stores"]>;

export function resolveStores({ counters = "sqlite", records = "sqlite", bodies, ...options }: Stores = {}): StoreConfig {
  const plain = { control: "sqlite", timeoutMs: 50, onLoss: {}, ...options } as const;
  return { ...plain, counters: new Secret(counters), records: new Secret(records), bodies: bodyStore(bodies) };
}
