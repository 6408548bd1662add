import { Fault } from "../exchange/index.ts";
import type { KeyRest, KeyRests, RestingKey } from "./key-rests.ts";

/** One key of a provider, and the target as it is asked with that key. */
export interface RingKey<T> extends RestingKey {
  readonly target: T;
  /** Its share of the requests, relative to the others. */
  readonly weight: number;
  /** Whose it is: what an account has sealed or cached is good with the keys of that account only. Default: one that has no name. */
  readonly account?: string;
}

/** Which account a request should go to, where a provider's keys are of several. */
export interface Belonging {
  /** Something in the request was sealed by it: no other one will do. */
  account(provider: string): string | undefined;
  /** In [0, 1): the same for every turn of a conversation. Undefined where the request is no conversation. */
  readonly seed: number | undefined;
}

/** A key that was taken for one try. */
export interface TakenKey<T> {
  readonly hint: string;
  readonly target: T;
  /** True where the fault is the key's, and not the target's. */
  failed(fault: Fault, now: number): boolean;
  succeeded(now: number): void;
  /** The try is over, however it ended. */
  released(): void;
}

interface Seat<T> {
  readonly key: RingKey<T>;
  /** Of smooth weighted round robin: what it is owed. */
  owed: number;
  inFlight: number;
}

/** The keys with which one target may be asked, taken in turn. Those that rest are passed over. */
export class KeyRing<T> {
  readonly #provider: string;
  readonly #target: string;
  readonly #seats: readonly Seat<T>[];
  readonly #order: "round-robin" | "least-used";
  readonly #rests: KeyRests;
  /** The weights of all keys of each account. */
  readonly #accounts: ReadonlyMap<string, number>;

  /** @param target `provider/model` */
  constructor(provider: string, target: string, keys: readonly RingKey<T>[], order: "round-robin" | "least-used", rests: KeyRests) {
    this.#provider = provider;
    this.#target = target;
    this.#seats = keys.map((key) => ({ key, owed: 0, inFlight: 0 }));
    this.#order = order;
    this.#rests = rests;
    const weights = new Map<string, number>();
    for (const { account = "", weight } of keys) weights.set(account, (weights.get(account) ?? 0) + weight);
    this.#accounts = weights;
  }

  /** There is more than one account. */
  get accounts(): boolean {
    return this.#accounts.size > 1;
  }

  ready(now: number, belonging?: Belonging): boolean {
    return this.#allowed(belonging).some(({ key }) => this.#restOf(key, now) === undefined);
  }

  /** Undefined where all are resting. */
  take(now: number, belonging?: Belonging): TakenKey<T> | undefined {
    const ready = this.#allowed(belonging).filter(({ key }) => this.#restOf(key, now) === undefined);
    const seat = this.#next(this.accounts && belonging?.seed !== undefined ? this.#ofOneAccount(ready, belonging.seed) : ready);
    return seat && this.#taken(seat);
  }

  /** The rest that ends first; a limit's before that of a refusal, since it is what a caller can wait for. */
  rest(now: number, belonging?: Belonging): KeyRest {
    const rests = this.#allowed(belonging).map(({ key }) => this.#restOf(key, now) ?? { forMs: 0, why: "rate limit" as const });
    const limits = rests.filter(({ why }) => why === "rate limit");
    const [soonest] = (limits.length > 0 ? limits : rests).sort((a, b) => a.forMs - b.forMs);
    return soonest ?? { forMs: 0, why: "credential refused" };
  }

  /** What a caller hears of a key's fault when all keys are resting: for how long, where that is known. */
  told(fault: Fault, now: number, belonging?: Belonging): Fault {
    const { forMs, why } = this.rest(now, belonging);
    if (why !== "rate limit") return fault;
    return fault.code === "upstream_rate_limited" && fault.retryAfterMs !== undefined && fault.retryAfterMs <= forMs
      ? fault
      : new Fault("upstream_rate_limited", { retryAfterMs: Math.max(1000, forMs), cause: fault });
  }

  #allowed(belonging: Belonging | undefined): readonly Seat<T>[] {
    const account = this.accounts ? belonging?.account(this.#provider) : undefined;
    return account === undefined ? this.#seats : this.#seats.filter(({ key }) => (key.account ?? "") === account);
  }

  #restOf(key: RingKey<T>, now: number): KeyRest | undefined {
    return this.#rests.rest(key, this.#provider, this.#target, now);
  }

  /** Each conversation has accounts in an order of its own, so that all its turns go to the same one as long as that can be. */
  #ofOneAccount(ready: readonly Seat<T>[], seed: number): readonly Seat<T>[] {
    const ranked = new Set(ready.map(({ key }) => key.account ?? ""));
    const [best] = [...ranked].sort((one, other) => this.#rank(other, seed) - this.#rank(one, seed));
    return ready.filter(({ key }) => (key.account ?? "") === best);
  }

  /** Weighted rendezvous hashing: when an account rests, only its own conversations move. */
  #rank(account: string, seed: number): number {
    const share = Math.max(mixed(seed, account), Number.EPSILON);
    return -(this.#accounts.get(account) ?? 1) / Math.log(share);
  }

  #next(ready: readonly Seat<T>[]): Seat<T> | undefined {
    if (ready.length <= 1) return ready[0];
    const [first] = ready as [Seat<T>, ...Seat<T>[]];
    if (this.#order === "least-used") {
      const used = ({ inFlight, key, owed }: Seat<T>) => [(inFlight + 1) / key.weight, -owed] as const;
      const least = ready.reduce((best, seat) => (isBefore(used(seat), used(best)) ? seat : best), first);
      least.owed--;
      return least;
    }
    let sum = 0;
    for (const seat of ready) {
      seat.owed += seat.key.weight;
      sum += seat.key.weight;
    }
    const most = ready.reduce((best, seat) => (seat.owed > best.owed ? seat : best), first);
    most.owed -= sum;
    return most;
  }

  #taken(seat: Seat<T>): TakenKey<T> {
    const { key } = seat;
    let released = false;
    seat.inFlight++;
    return {
      hint: key.hint,
      target: key.target,
      failed: (fault, now) => this.#rests.failed(key, this.#provider, this.#target, fault, now),
      succeeded: (now) => this.#rests.succeeded(key, this.#provider, this.#target, now),
      released() {
        if (!released) seat.inFlight--;
        released = true;
      },
    };
  }
}

/** A number in [0, 1) of both. */
function mixed(seed: number, text: string): number {
  let hash = Math.floor(seed * 2 ** 32) >>> 0;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193) >>> 0;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b) >>> 0;
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35) >>> 0;
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
}

function isBefore(one: readonly [number, number], other: readonly [number, number]): boolean {
  return one[0] < other[0] || (one[0] === other[0] && one[1] < other[1]);
}
