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
  timeoutMs = 50,
  onLoss = {},
  ...options
}: Stores = {}): StoreConfig {
  const places = { control: new Secret(control), counters: new Secret(counters), records: new Secret(records) };
  // A disk that is full is the operator's to mend; that a server is away, who asks cannot help.
  const ofLimits = isServer(counters) ? "local-share" : "refuse";
  const { limits = ofLimits, budgets = "refuse", localShare = 0.1 } = onLoss;
  return { ...options, timeoutMs, onLoss: { limits, budgets, localShare }, ...places, bodies: bodyStore(bodies) };
}

function isServer(counters: string): boolean {
  return counters.includes("://");
}
