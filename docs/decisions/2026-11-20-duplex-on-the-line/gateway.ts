import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { WorstCase } from "../../../src/accounting/index.ts";
import { KeptThoughts, SealOrigins } from "../../../src/cache/index.ts";
import { Fault, Places, type Principal } from "../../../src/exchange/index.ts";
import type { Engine } from "../../../src/gateway/line.ts";
import { requestIds } from "../../../src/gateway/request-ids.ts";
import { Limiter, modelAccess, policies, type Rule } from "../../../src/policies/index.ts";
import { Codecs } from "../../../src/protocols/index.ts";
import { FetchedMedia, openTransport } from "../../../src/providers/index.ts";
import { Health, KeyRests } from "../../../src/routing/index.ts";
import { DiskSpool, MemoryCounters, type SettledRecord } from "../../../src/storage/index.ts";
import type { DuplexExchange } from "./additions.ts";
import type { SpikeGateway } from "./walk.ts";

export interface OpenedSpike extends SpikeGateway {
  readonly records: readonly SettledRecord[];
  close(): Promise<void>;
}

export interface SpikeOptions {
  readonly denyWords?: readonly string[];
  /** Inner exchanges that one session may have. */
  readonly mostInner?: number;
}

const people: Readonly<Record<string, Principal>> = {
  "sk-ann": { kind: "key", keyId: "key_ann", keyName: "ann", scopes: [], models: ["gpt-realtime*", "files/*", "writer", "client/*"] },
  "sk-bob": { kind: "key", keyId: "key_bob", keyName: "bob", scopes: [], models: ["small"] },
};

/** An engine of the real parts (transport, health, ids, clock) and the real rules; only the ledger is an array. */
export async function openSpike(options: SpikeOptions = {}): Promise<OpenedSpike> {
  const records: SettledRecord[] = [];
  const transport = await openTransport();
  const now = Date.now;
  const engine: Engine = {
    transport,
    ledger: { append: (record) => void records.push(record) },
    log: () => undefined,
    spool: new DiskSpool({ folder: join(tmpdir(), "sluice-uploads") }),
    fetched: new FetchedMedia(transport),
    health: new Health(),
    limiter: new Limiter({ store: new MemoryCounters(), holder: "spike", now }),
    worstCase: new WorstCase(),
    rests: new KeyRests(() => undefined),
    thoughts: new KeptThoughts(now),
    origins: new SealOrigins(now),
    underway: new Places(),
    nextId: requestIds(now),
    now,
    tick: () => performance.now(),
    steady: () => performance.now(),
    random: Math.random,
    clock: { now, random: Math.random, sleep: (ms) => delay(ms) },
    codecs: new Codecs(),
  };
  return {
    engine,
    records,
    rules: rulesOf(options),
    identify(http) {
      const key = http.header("authorization")?.replace(/^Bearer /, "");
      if (key === undefined) throw new Fault("credentials_missing");
      const principal = people[key];
      if (!principal) throw new Fault("credentials_unknown");
      return principal;
    },
    close: () => transport.close(),
  };
}

function rulesOf({ denyWords, mostInner }: SpikeOptions): Rule[] {
  const rules = [modelAccess(new Map())];
  const policy = policies.get("deny-words");
  if (denyWords && policy) {
    rules.push(policy.setup({ words: denyWords, in: "both", match: "word" }, { now: Date.now, log: () => undefined }));
  }
  if (mostInner !== undefined) rules.push(innerLimit(mostInner));
  return rules;
}

/** A limit of the kind that a budget is: it needs to know the session, and nothing else that is new. */
function innerLimit(most: number): Rule {
  const counts = new Map<string, number>();
  return {
    id: "inner-limit",
    reads: "nothing",
    request(exchange) {
      const { parent } = exchange as DuplexExchange;
      if (parent === undefined) return;
      const count = (counts.get(parent) ?? 0) + 1;
      counts.set(parent, count);
      if (count > most) throw new Fault("budget_exhausted", { policy: "inner-limit" });
    },
  };
}
