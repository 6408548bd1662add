import { type Claim, HeldClaim } from "../../cache/index.ts";
import { type Exchange, Fault, type GatewayRequest, type Head, type LeaveSignal } from "../../exchange/index.ts";
import { countRepeat } from "../limits/count-repeat.ts";
import { limitHeaders } from "../limits/limit-headers.ts";
import type { Line } from "../line.ts";
import { dollars, requestIdHeader } from "../writing/answer-headers.ts";
import type { Speech } from "../writing/write.ts";
import { DetachedRequest } from "./detached-request.ts";
import { fingerprint } from "./fingerprint.ts";
import type { KeptAnswer } from "./kept-answer.ts";
import { answerEnd, type RepeatRules } from "./repeat-rules.ts";
import type { Repeats } from "./repeats.ts";
import { Run } from "./run.ts";
import { unknownAnswer } from "./verdict.ts";
import { answersOwner, callerOf } from "./whose.ts";

type LineAnswer = AsyncGenerator<Head | Uint8Array, void>;

export const repeatHeader = "idempotency-key";
const goodKey = /^[\x20-\x7e]{1,255}$/;
/** What is under way elsewhere is looked at so often, from the first look to later ones. */
const lookMs = [50, 500] as const;
const retryAfterMs = 2_000;

/** A request that came with a key: the first with it is asked, and each other gets what that one was answered. */
export class Repeat {
  /** What the line answers. */
  readonly http: DetachedRequest;
  readonly #repeats: Repeats;
  readonly #rules: RepeatRules;
  #run: Run | undefined;

  constructor(repeats: Repeats, http: GatewayRequest, rules: RepeatRules) {
    this.#repeats = repeats;
    this.#rules = rules;
    this.http = new DetachedRequest(http);
  }

  /**
   * Begins what was not asked before.
   *
   * @returns undefined: it is the first, or nobody can say and the config lets it pass; else the first's answer
   * @throws Fault `request_malformed` for a key that is none, `repetition_differs`, `repetition_under_way`, `repetition_unknown`,
   *   `rate_limited`, `store_unavailable`
   */
  async begin(asked: Exchange, endpoint: string, line: Line, speech: Speech): Promise<Head | undefined> {
    const key = asked.http.header(repeatHeader) ?? "";
    if (!goodKey.test(key))
      throw new Fault("request_malformed", {
        message: `\`Idempotency-Key\` has 1 to 255 printable ASCII characters; this one ${key.length > 255 ? `has ${key.length}` : key === "" ? "is empty" : "holds others"}.`,
        param: repeatHeader,
      });
    const id = this.#repeats.nameOf(asked.principal, key);
    const request = this.#repeats.hash(await fingerprint(asked, endpoint, speech.array));
    const patience = new Patience(this.#rules, this.http.signal);
    for (;;) {
      const run = this.#repeats.underWay(id);
      if (run) {
        if (run.options.request !== request) throw differs(run.options.first);
        const answer = await patience.waitFor(run.answered);
        if (answer) return this.#given(answer, run.options.first, asked, line, speech);
      }
      const first = await this.#firstWith(id, request, asked, speech);
      if (first === undefined) {
        // Who left while the key was written down is not asked for.
        if (this.http.signal.aborted) throw goneFault(this.http.signal);
        return undefined;
      }
      if (first.request !== request) throw differs(first.first);
      if (first.ended) {
        const answer = await this.#repeats.answerOf(answersOwner(asked.principal.organisation), first.first, first.ended);
        return this.#given(answer, first.first, asked, line, speech);
      }
      if (this.#repeats.claims.isLapsed(first)) throw unknownAnswer(first.first, "its process died before it had answered");
      await patience.look();
    }
  }

  /** @returns undefined where this is the first, which is under way from here on, or passes without a promise */
  async #firstWith(id: string, request: string, asked: Exchange, { meter }: Speech): Promise<Claim | undefined> {
    const { principal, id: first } = asked;
    const rules = this.#rules;
    const { claims } = this.#repeats;
    try {
      const until = asked.startedAt + rules.keepMs;
      const isCrowded = this.#repeats.isCrowded(principal, rules);
      const claim = isCrowded ? await claims.look(id) : await claims.begin(id, { request, first, until });
      if (claim === undefined) throw tooManyKeys(rules);
      if (!(claim instanceof HeldClaim)) return claim;
      const { http } = this;
      const owner = answersOwner(principal.organisation);
      const answerUntil = answerEnd(asked.startedAt, rules);
      const caller = callerOf(principal);
      this.#run = new Run(this.#repeats, { id, owner, request, first, until, answerUntil, claim, meter, http, caller, rules });
      this.#repeats.began(this.#run);
      return undefined;
    } catch (error) {
      if (rules.onLoss !== "pass" || Fault.from(error).code !== "store_unavailable") throw error;
      meter.detail.repeat = { unguarded: true };
      return undefined;
    }
  }

  /** The first's answer, recorded before it leaves. */
  async #given(answer: KeptAnswer, first: string, asked: Exchange, line: Line, speech: Speech): Promise<Head> {
    const { meter, engine } = speech;
    await countRepeat(line, asked, speech);
    meter.repeated(first);
    meter.status = answer.status;
    if (answer.fault !== undefined) meter.failed(new Fault(answer.fault));
    await meter.settle();
    speech.headSent = true;
    const { status, headers, bytes: body } = answer;
    return {
      status,
      headers: {
        ...headers,
        "x-sluice-request-id": meter.id,
        [requestIdHeader(asked.surface)]: meter.id,
        "x-sluice-cache": meter.detail.cache ?? "bypass",
        "x-sluice-overhead-ms": meter.overheadMs().toFixed(1),
        "x-sluice-cost-usd": dollars(0),
        ...(speech.counters && limitHeaders(speech.counters, engine)),
        "idempotent-replayed": "true",
        "x-sluice-first-request-id": first,
      },
      body,
    };
  }

  /** The line's answer. What the first with its key is answered goes on without its client. */
  async *answer(line: LineAnswer): LineAnswer {
    let drawn = true;
    try {
      for (let step = await line.next(); !step.done; ) {
        if (this.#run) {
          drawn = false;
          yield await this.#run.start(line, step.value as Head);
          return;
        }
        let failure: { readonly error: unknown } | undefined;
        try {
          yield step.value;
        } catch (error) {
          failure = { error };
        }
        step = failure ? await line.throw(failure.error) : await line.next();
      }
    } finally {
      if (drawn) {
        await line.return();
        await this.#run?.fail();
      }
    }
  }
}

/** How long a repeat waits for the first. */
class Patience {
  readonly #rules: RepeatRules;
  readonly #signal: LeaveSignal;
  readonly #until: number;
  #pauseMs: number = lookMs[0];

  constructor(rules: RepeatRules, signal: LeaveSignal) {
    this.#rules = rules;
    this.#signal = signal;
    this.#until = performance.now() + rules.waitMs;
  }

  /** @throws Fault `repetition_under_way` where it takes too long, or the config does not let it wait; `client_gone` */
  waitFor<Thing>(promise: Promise<Thing>): Promise<Thing> {
    if (this.#rules.whileUnderWay === "refuse") return Promise.reject(stillUnderWay());
    return new Promise((resolve, reject) => {
      const signal = this.#signal;
      if (signal.aborted) return reject(goneFault(signal));
      const over = () => {
        clearTimeout(timer);
        signal.removeEventListener("abort", gone);
      };
      const failed = (error: unknown) => {
        over();
        reject(error);
      };
      const gone = () => failed(goneFault(signal));
      const timer = setTimeout(() => failed(stillUnderWay()), Math.max(0, this.#until - performance.now()));
      signal.addEventListener("abort", gone);
      promise.then((thing) => {
        over();
        resolve(thing);
      }, failed);
    });
  }

  /** Until the store is worth another look. */
  async look(): Promise<void> {
    const pauseMs = this.#pauseMs;
    this.#pauseMs = Math.min(lookMs[1], 2 * pauseMs);
    await this.waitFor(new Promise<void>((resolve) => setTimeout(resolve, pauseMs)));
  }
}

function tooManyKeys({ keepMs, maxKeysPerCaller }: RepeatRules): Fault {
  const hours = keepMs / 3_600_000;
  const message = `${maxKeysPerCaller} Idempotency-Keys came within ${hours} hours (idempotency.maxKeysPerCaller). Wait, or send requests without the header.`;
  return new Fault("rate_limited", { message, param: repeatHeader, retryAfterMs: keepMs / 24 });
}

function differs(first: string): Fault {
  return new Fault("repetition_differs", {
    message: `This \`Idempotency-Key\` came before, with ${first}, which was another request: its body, model, endpoint or end user is not the same. Use a new key.`,
  });
}

function goneFault({ reason }: LeaveSignal): Fault {
  return reason instanceof Fault ? reason : new Fault("client_gone");
}

function stillUnderWay(): Fault {
  return new Fault("repetition_under_way", { retryAfterMs });
}
