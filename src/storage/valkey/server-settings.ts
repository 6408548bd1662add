import { unlessRefused, type ValkeyClient } from "./open-valkey.ts";

/** What is against the server as it is set, and what to do about it. */
export interface Misgiving {
  readonly said: string;
  readonly mend: string;
}

/**
 * A server whose memory is bounded, and which makes room by forgetting: counters end by themselves, so that they are among the first to
 * go, and a budget that was forgotten begins anew. Undefined where none is so, or it may not be asked (`INFO`).
 *
 * @throws Fault `store_unavailable`
 */
export async function misgivingAbout(servers: readonly ValkeyClient[]): Promise<Misgiving | undefined> {
  const told = await Promise.all(servers.map((each) => unlessRefused(each, "INFO", ["memory"])));
  const policy = told.map((text) => evictionIn(String(text))).find((each) => each !== undefined);
  if (policy === undefined) return undefined;
  return {
    said: `it forgets what was used of limits and budgets when its memory is full (maxmemory-policy ${policy})`,
    mend: "Set `maxmemory-policy noeviction` on the server of `stores.counters`; caches belong on another one.",
  };
}

function evictionIn(info: string): string | undefined {
  const policy = /^maxmemory_policy:(\S+)/m.exec(info)?.[1];
  const isBounded = Number(/^maxmemory:(\d+)/m.exec(info)?.[1] ?? 0) > 0;
  return isBounded && policy !== "noeviction" ? policy : undefined;
}
