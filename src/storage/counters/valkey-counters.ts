import type { ValkeyClient } from "../valkey/open-valkey.ts";
import type { ValkeyServer } from "../valkey/valkey-server.ts";
import type { CounterEntry, CounterStore, CounterSwap, SwapOutcome } from "./counter-store.ts";
import type { AdjustQuestion, HoldAnswer, HoldQuestion } from "./hold.ts";
import {
  adjusting,
  answerOf,
  endingScript,
  holding,
  scriptOf,
  takingOver,
  untilOf,
  using,
  type ValkeyScript,
  wordsOfAdjust,
  wordsOfHold,
} from "./valkey-hold.ts";

/**
 * Writes the next entry where the one that was seen still stands, and tells what stands there where not. What was seen is compared as a
 * whole: a server that lost its last writes may have given the same version to another state.
 */
const swapping = scriptOf(`${endingScript}
local entry = redis.call('HMGET', KEYS[1], 'version', 'state')
if (entry[1] or '0') ~= ARGV[1] or (entry[2] or '') ~= ARGV[2] then return entry end
redis.call('HSET', KEYS[1], 'version', ARGV[3], 'state', ARGV[4])
lastsUntil(ARGV[5], 0)
return 1
`);

/** All that requests may have to wait for. */
export const counterScripts: readonly string[] = [swapping.text, holding.text];

export interface UsedElsewhere {
  readonly startMs: number;
  readonly used: number;
  /** The window that was put aside. */
  readonly aside?: { readonly startMs: number; readonly used: number } | undefined;
  readonly expiresAt: number;
  /** Unlike that of any other. */
  readonly from: string;
}

/** Counters in Valkey or Redis: shared by all processes that reach it. One round trip each; entries end by themselves. */
export class ValkeyCounters implements CounterStore {
  readonly #server: ValkeyServer;

  constructor(server: ValkeyServer) {
    this.#server = server;
  }

  hold(question: HoldQuestion): Promise<HoldAnswer> {
    const key = bookOf(question.id);
    return this.#server.call(key, async (client) => {
      const { answer, clockMs } = answerOf(await run(client, holding, key, wordsOfHold(question, client.clock.aheadMs)));
      client.clock.told(clockMs);
      return answer;
    });
  }

  async used(id: string, startMs: number): Promise<number> {
    return Number(await this.#run(using, bookOf(id), [`${startMs}`]));
  }

  async adjust(question: AdjustQuestion): Promise<number> {
    return Number(await this.#run(adjusting, bookOf(question.id), [wordsOfAdjust(question)]));
  }

  async get(id: string): Promise<CounterEntry | undefined> {
    const key = keyOf(id);
    return entryOf(await this.#server.call(key, (client) => client.send("HMGET", [key, "version", "state"])));
  }

  async swap({ id, version, before = "", state, expiresAt }: CounterSwap): Promise<SwapOutcome> {
    const words = [`${version}`, before, `${version + 1}`, state, `${untilOf(expiresAt)}`];
    const answer = await this.#run(swapping, keyOf(id), words);
    return answer === 1 ? undefined : { entry: entryOf(answer) };
  }

  /** Counts what was used elsewhere, once for each `from`, unless a later window has begun. */
  async takeOver(id: string, { startMs, used, aside, expiresAt, from }: UsedElsewhere): Promise<void> {
    const old = aside ? [aside.startMs, aside.used] : [-1, 0];
    await this.#run(takingOver, bookOf(id), [from, [startMs, used, ...old, untilOf(expiresAt)].join(" ")]);
  }

  sweep(): number {
    return 0;
  }

  #run(script: ValkeyScript, key: string, words: readonly string[]): Promise<unknown> {
    return this.#server.call(key, (client) => run(client, script, key, words));
  }
}

/** The server knows the script by its hash, until somebody has it forget all. One key: of a cluster, each key is somewhere else. */
async function run(client: ValkeyClient, { text, hash }: ValkeyScript, key: string, words: readonly string[]): Promise<unknown> {
  try {
    return await client.send("EVALSHA", [hash, "1", key, ...words]);
  } catch (error) {
    if (!String(error).includes("NOSCRIPT")) throw error;
    return client.send("EVAL", [text, "1", key, ...words]);
  }
}

/** What begins the names of all that stands there. */
export const bookPrefix = "sluice:book:";
export const entryPrefix = "sluice:counter:";

function bookOf(id: string): string {
  return `${bookPrefix}${id}`;
}

function keyOf(id: string): string {
  return `${entryPrefix}${id}`;
}

function entryOf(answer: unknown): CounterEntry | undefined {
  const [version, state] = answer as [string | null, string | null];
  return version === null || state === null ? undefined : { version: Number(version), state };
}
