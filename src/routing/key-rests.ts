import type { Fault } from "../exchange/index.ts";
import type { TargetState } from "./health.ts";

/** What is known of one key, for lists: never the key. */
export interface KeyState {
  readonly status: "usable" | "resting";
  /** Why it rests. */
  readonly why?: KeyRest["why"];
  readonly retryInSeconds?: number;
}

export interface KeyRest {
  readonly forMs: number;
  readonly why: "rate limit" | "credential refused" | "out of credit";
}

interface Rest {
  until: number;
  why: KeyRest["why"];
  /** Refusals in a row: each makes the next rest longer. */
  refusals: number;
}

/** A key of a provider, as the rests are kept. */
export interface RestingKey {
  /** Another value is another key, whatever stood in its place. */
  readonly id: string;
  /** What operators see of it. */
  readonly hint: string;
}

const refusalRestsMs = [5 * 60_000, 15 * 60_000, 60 * 60_000];
/** Where a rate limit says not for how long. */
const plainLimitMs = 10_000;
const longestLimitMs = 5 * 60_000;
const most = 10_000;

/**
 * Which keys of providers rest, and for how long. A key that was refused (401) or is out of credit rests for all models, five minutes
 * and then longer; a limit, and a refusal that may be the model's (403), rest it for one target. Outlives every reload.
 */
export class KeyRests {
  readonly #rests = new Map<string, Rest>();
  readonly #alarm: (message: string) => void;

  /** @param alarm for what somebody has to mend */
  constructor(alarm: (message: string) => void) {
    this.#alarm = alarm;
  }

  get size(): number {
    return this.#rests.size;
  }

  /** Undefined where the key may be used for the target. */
  rest(key: RestingKey, provider: string, target: string, now: number): KeyRest | undefined {
    if (this.#rests.size === 0) return undefined;
    return this.#at(`${provider} ${key.id}`, now) ?? this.#at(`${target} ${key.id}`, now);
  }

  /** Of the key as such, whatever the model. */
  state(key: RestingKey, provider: string, now: number): KeyState {
    const rest = this.#at(`${provider} ${key.id}`, now);
    return rest ? { status: "resting", why: rest.why, retryInSeconds: Math.ceil(rest.forMs / 1000) } : { status: "usable" };
  }

  /** True where the fault is the key's, so that another one may do better. */
  failed(key: RestingKey, provider: string, target: string, fault: Fault, now: number): boolean {
    const why = whyOf(fault);
    if (why === undefined) return false;
    if (why === "rate limit") {
      this.#put(`${target} ${key.id}`, why, now + Math.min(fault.retryAfterMs ?? plainLimitMs, longestLimitMs));
      return true;
    }
    const wide = why === "out of credit" || fault.toldStatus === 401;
    const place = `${wide ? provider : target} ${key.id}`;
    const refusals = this.#rests.get(place)?.refusals ?? 0;
    const forMs = refusalRestsMs[Math.min(refusals, refusalRestsMs.length - 1)] as number;
    // All that were on their way with the key are refused at the same time: that is one refusal.
    if (this.#at(place, now)) return true;
    this.#put(place, why, now + forMs);
    this.#alarm(`The key ${key.hint} of ${wide ? provider : target} is ${words[why]} there; it rests for ${forMs / 60_000} minutes.`);
    return true;
  }

  /** Forgets rests that are over. One that began while this answer was on its way goes on. */
  succeeded(key: RestingKey, provider: string, target: string, now: number): void {
    if (this.#rests.size === 0) return;
    for (const place of [`${provider} ${key.id}`, `${target} ${key.id}`]) {
      const rest = this.#rests.get(place);
      if (rest && rest.until <= now) this.#rests.delete(place);
    }
  }

  #at(place: string, now: number): KeyRest | undefined {
    const rest = this.#rests.get(place);
    return rest && rest.until > now ? { forMs: rest.until - now, why: rest.why } : undefined;
  }

  #put(place: string, why: KeyRest["why"], until: number): void {
    const refusals = (this.#rests.get(place)?.refusals ?? 0) + 1;
    this.#rests.delete(place);
    // Models are named by callers: what they make up must not fill the memory.
    for (const oldest of this.#rests.keys()) {
      if (this.#rests.size < most) break;
      this.#rests.delete(oldest);
    }
    this.#rests.set(place, { until, why, refusals });
  }
}

const words = { "credential refused": "refused", "out of credit": "out of credit" } as const;

function whyOf({ code }: Fault): KeyRest["why"] | undefined {
  switch (code) {
    case "upstream_credentials":
      return "credential refused";
    case "upstream_quota":
      return "out of credit";
    case "upstream_rate_limited":
      return "rate limit";
    default:
      return undefined;
  }
}

/** What is told of a target that no key is left for; undefined where one is. */
export function restingState(
  keys: readonly RestingKey[],
  provider: string,
  target: string,
  rests: KeyRests,
  now: number,
): TargetState | undefined {
  const resting = keys.map((key) => rests.rest(key, provider, target, now));
  if (resting.includes(undefined)) return undefined;
  const all = resting as readonly KeyRest[];
  const refused = all.every(({ why }) => why === "credential refused");
  return {
    status: refused ? "credential refused" : "cooling down",
    retryInSeconds: Math.ceil(Math.min(...all.map(({ forMs }) => forMs)) / 1000),
  };
}
