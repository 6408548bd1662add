import { createHash } from "node:crypto";
import type { Exchange, Item } from "../../exchange/index.ts";
import type { Belonging } from "../../routing/index.ts";
import type { Engine } from "../line.ts";

const seedChars = 16_384;

/**
 * To which account of a provider a conversation belongs: the one that has sealed what is in it, else one that its beginning chooses, so
 * that its prompt is cached where the next turn goes. Undefined where the request is no conversation.
 */
export function belongingOf(exchange: Exchange, engine: Pick<Engine, "origins" | "codecs">): Belonging | undefined {
  if (!engine.codecs.dialect(exchange.surface)) return undefined;
  let items: readonly Item[];
  try {
    ({ items } = exchange.read());
  } catch {
    // It passes as it is, if its provider takes it.
    return undefined;
  }
  const owner = exchange.principal.keyId;
  const sealer = sealerIn(items, (seal) => engine.origins.of(owner, seal));
  return {
    seed: seedOf(owner, items),
    account: (provider) => (sealer?.startsWith(`${provider}@`) ? sealer.slice(provider.length + 1) : undefined),
  };
}

/** Who sealed the newest of the thoughts, as `provider@account`, where that is known. */
function sealerIn(items: readonly Item[], originOf: (seal: string) => string | undefined): string | undefined {
  for (let at = items.length - 1; at >= 0; at--) {
    const item = items[at];
    if (item?.type !== "reasoning" || !item.sealed) continue;
    // Through clients of another dialect a seal bears the name itself.
    const sealer = /^~([^~]+)~/.exec(item.sealed.value)?.[1] ?? originOf(item.sealed.value);
    if (sealer !== undefined) return sealer;
  }
  return undefined;
}

/** Of the caller and of all up to the first thing that a user says: later turns add to its end only. */
function seedOf(owner: string, items: readonly Item[]): number {
  const first = items.findIndex((item) => "role" in item && item.role === "user");
  const beginning = JSON.stringify(items.slice(0, first + 1)).slice(0, seedChars);
  return createHash("sha256").update(`${owner}\n${beginning}`).digest().readUInt32BE(0) / 2 ** 32;
}
