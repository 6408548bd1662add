import { type AnswerSeals, type Claim, KeptAnswers, type LostAnswer, RecentCounts, RepeatClaims } from "../../cache/index.ts";
import type { GatewayRequest, Principal } from "../../exchange/index.ts";
import type { CounterStore, SettledRecord } from "../../storage/index.ts";
import { MemoryRoom } from "../bodies/memory-room.ts";
import { type KeptAnswer, packAnswer, unpackAnswer } from "./kept-answer.ts";
import { Repeat } from "./repeat.ts";
import type { RepeatRules } from "./repeat-rules.ts";
import type { Run } from "./run.ts";
import { lostWords, unknownAnswer, type Verdict } from "./verdict.ts";
import { answersOwner, callerOf } from "./whose.ts";

export interface RepeatsOptions {
  readonly store: CounterStore;
  /** Undefined: keys are remembered without their answers. */
  readonly seals: AnswerSeals | undefined;
  /** Keyed: prompts are among what is hashed. */
  readonly hash: (text: string) => string;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly warn: (message: string) => void;
  /** Default 30,000. */
  readonly leaseMs?: number;
}

/** Of answers that are under way, in this process. */
const mostBytesUnderWay = 128 * 1024 * 1024;
/** An answer that its store does not take is tried to be kept for so long. */
const mostTries = 10;
const pauseMs = 3_000;
const closePatienceMs = 2_000;

/** What was asked with an `Idempotency-Key`: each is asked once, and its answer kept for whoever asks again. */
export class Repeats {
  readonly room = new MemoryRoom(mostBytesUnderWay);
  readonly claims: RepeatClaims;
  readonly now: () => number;
  readonly #options: RepeatsOptions;
  readonly #answers: KeptAnswers | undefined;
  readonly #runs = new Map<string, Run>();
  /** Keys by caller, and the bytes of all answers. */
  readonly #keys = new RecentCounts();
  readonly #bytes = new RecentCounts();
  readonly #beat: ReturnType<typeof setInterval>;
  #troubled = false;
  #isClosed = false;

  constructor(options: RepeatsOptions) {
    const { store, seals, now, leaseMs } = options;
    this.#options = options;
    this.now = now;
    this.claims = new RepeatClaims({ store, now, ...(leaseMs !== undefined && { leaseMs }) });
    this.#answers = seals && new KeptAnswers(store, seals);
    this.#beat = setInterval(() => this.#renew(), this.claims.leaseMs / 3);
    this.#beat.unref?.();
  }

  /** A request that came with a key. */
  of(http: GatewayRequest, rules: RepeatRules): Repeat {
    return new Repeat(this, http, rules);
  }

  /** The name of a key: of one caller alone. */
  nameOf(principal: Principal, key: string): string {
    const { kind, organisation } = principal;
    return this.hash(JSON.stringify(["repeat", kind, organisation ?? null, callerOf(principal), key]));
  }

  hash(text: string): string {
    return this.#options.hash(text);
  }

  /** The first with this key, where this process answers it. */
  underWay(id: string): Run | undefined {
    return this.#runs.get(id);
  }

  began(run: Run): void {
    const { id, caller, rules } = run.options;
    this.#runs.set(id, run);
    this.#keys.add(caller, 1, this.now(), rules.keepMs);
  }

  /** Whether a caller has used as many keys as it may: those are good still. */
  isCrowded(principal: Principal, { keepMs, maxKeysPerCaller }: RepeatRules): boolean {
    return this.#keys.sum(callerOf(principal), this.now(), keepMs) >= maxKeysPerCaller;
  }

  /**
   * Writes down how a run ended. What the store does not take now is tried again beside the requests.
   *
   * @param answer undefined where there is none to give again
   */
  async ended(run: Run, verdict: Verdict, answer: KeptAnswer | undefined, lost: LostAnswer): Promise<void> {
    try {
      await this.#write(run, verdict, answer, lost);
    } catch (error) {
      this.#trouble(error);
      void this.#tryAgain(run, verdict, answer, lost);
    }
  }

  async #write(run: Run, verdict: Verdict, answer: KeptAnswer | undefined, lost: LostAnswer): Promise<void> {
    const { caller, claim, rules } = run.options;
    if (verdict === "free") {
      await claim.free();
      this.#keys.add(caller, -1, this.now(), rules.keepMs);
    } else await claim.end(answer ? await this.#keep(run, answer) : { lost });
    this.#gone(run);
    this.#troubled = false;
  }

  /** Its claim is renewed as long as this goes on. */
  async #tryAgain(run: Run, verdict: Verdict, answer: KeptAnswer | undefined, lost: LostAnswer): Promise<void> {
    for (let tries = 0; tries < mostTries && !this.#isClosed; tries++) {
      await new Promise((resolve) => setTimeout(resolve, pauseMs).unref?.());
      try {
        return await this.#write(run, verdict, answer, lost);
      } catch (error) {
        this.#trouble(error);
      }
    }
    const { claim } = run.options;
    await (verdict === "free" ? claim.free() : claim.end({ lost: "unsealed" })).catch(() => undefined);
    this.#gone(run);
  }

  /** Where its store forgot the claim, another may be under way with the key by now. */
  #gone(run: Run): void {
    const { id } = run.options;
    if (this.#runs.get(id) === run) this.#runs.delete(id);
  }

  async #keep({ options }: Run, answer: KeptAnswer): Promise<NonNullable<Claim["ended"]>> {
    if (!this.#answers) return { lost: "unsealed" };
    const { owner, first, until, answerUntil, rules } = options;
    const pieces = packAnswer(answer);
    const bytes = pieces.reduce((sum, { length }) => sum + length, 0);
    if (this.#bytes.sum("", this.now(), rules.keepMs) + bytes > rules.maxBytes) return { lost: "crowded" };
    const parts = await this.#answers.put(owner, first, pieces, answerUntil);
    this.#bytes.add("", bytes, this.now(), rules.keepMs);
    return { parts, ...(answerUntil < until && { until: answerUntil }) };
  }

  /** What the first was answered. @throws Fault `repetition_unknown`, `store_unavailable`, `vault_locked` */
  async answerOf(owner: string, first: string, ended: NonNullable<Claim["ended"]>): Promise<KeptAnswer> {
    if ("lost" in ended) throw unknownAnswer(first, lostWords[ended.lost]);
    if (ended.until !== undefined && ended.until <= this.now())
      throw unknownAnswer(first, "its answer went with its record (`records.keepDays`)");
    const packed = await this.#answers?.get(owner, first, ended.parts);
    if (packed === undefined) throw unknownAnswer(first, "its answer is not there any more: it was erased, or its store forgot it");
    return unpackAnswer(packed);
  }

  /** Forgets the answer of a record, which was the first with its key, or a repeat. @returns whether there was one @throws Fault `store_unavailable` */
  async erase({ id, detail }: Pick<SettledRecord, "id" | "detail">): Promise<boolean> {
    const { repeat } = detail;
    if (repeat === undefined || !this.#answers) return false;
    return this.#answers.erase("of" in repeat ? repeat.of : id);
  }

  /** What an organisation was answered is given to nobody again, by no process. @throws Fault `store_unavailable`, `vault_locked` */
  async forget(organisation: string): Promise<void> {
    await this.#answers?.forget(answersOwner(organisation));
  }

  #renew(): void {
    const lease = this.now() + this.claims.leaseMs;
    for (const { options } of this.#runs.values()) options.claim.renew(lease).catch((error: unknown) => this.#trouble(error));
  }

  #trouble(error: unknown): void {
    if (!this.#troubled && !this.#isClosed)
      this.#options.warn(
        `What came with an Idempotency-Key cannot be written down now; it is tried again. ${error instanceof Error ? error.message : ""}`,
      );
    this.#troubled = true;
  }

  /** What is under way has little time to be written down. */
  async close(): Promise<void> {
    const runs = Array.from(this.#runs.values(), ({ answered }) => answered);
    if (runs.length > 0) {
      const { promise, resolve } = Promise.withResolvers<void>();
      const timer = setTimeout(resolve, closePatienceMs);
      await Promise.race([Promise.all(runs), promise]);
      clearTimeout(timer);
    }
    this.#isClosed = true;
    clearInterval(this.#beat);
  }
}
