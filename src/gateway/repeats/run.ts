import type { Meter } from "../../accounting/index.ts";
import type { HeldClaim, LostAnswer } from "../../cache/index.ts";
import type { Flow, Head } from "../../exchange/index.ts";
import type { DetachedRequest } from "./detached-request.ts";
import { type KeptAnswer, keptHeaders } from "./kept-answer.ts";
import type { RepeatRules } from "./repeat-rules.ts";
import type { Repeats } from "./repeats.ts";
import { TailFlow } from "./tail-flow.ts";
import { verdictOf } from "./verdict.ts";

type LineAnswer = AsyncGenerator<Head | Uint8Array, void>;

const nothing = new Uint8Array(0);
/** What a reader may be behind once nothing is kept any more. */
const mostBehind = 256 * 1024;

/** What a run needs to know of its request. */
export interface RunOptions {
  /** Of the key; a keyed hash. */
  readonly id: string;
  /** Whose answer it is: its seal is theirs. */
  readonly owner: string;
  /** As its claim says it. */
  readonly request: string;
  readonly first: string;
  readonly until: number;
  /** Its answer goes then, where that is before the key does. */
  readonly answerUntil: number;
  readonly claim: HeldClaim;
  readonly meter: Meter;
  readonly http: DetachedRequest;
  /** Whose keys are counted together. */
  readonly caller: string;
  readonly rules: RepeatRules;
}

/** The first request with its key, under way: it is drawn to its end whether or not its client is still there, and kept. */
export class Run {
  readonly options: RunOptions;
  /** What its repeats in this process get; undefined where that is for the store to say. Never rejects. */
  readonly answered: Promise<KeptAnswer | undefined>;
  readonly #repeats: Repeats;
  #answer: (answer: KeptAnswer | undefined) => void = () => undefined;
  readonly #kept: Uint8Array[] = [];
  #bytes = 0;
  #lost: LostAnswer | undefined;
  #tail: TailFlow | undefined;

  constructor(repeats: Repeats, options: RunOptions) {
    this.#repeats = repeats;
    this.options = options;
    this.answered = new Promise((resolve) => {
      this.#answer = resolve;
    });
    options.http.hold();
    options.meter.detail.repeat = { first: true };
    options.http.onLeft = () => {
      options.meter.detail.repeat = { first: true, clientLeft: true };
      this.#tail?.leave();
    };
  }

  /** @returns what its client gets: a whole answer once it is kept, a stream as it comes */
  async start(line: LineAnswer, head: Head): Promise<Head> {
    if (head.body instanceof Uint8Array) {
      // Nothing follows: the line only tidies up behind it.
      await line.next().catch(() => undefined);
      this.#keep(head.body);
      await this.#conclude(head, false);
      this.#forget();
      return head;
    }
    const tail = this.#tailOf(this.options.http);
    void this.#draw(line, head, head.body, tail);
    return { ...head, body: tail };
  }

  #tailOf(http: DetachedRequest): TailFlow {
    const tail = new TailFlow();
    this.#tail = tail;
    http.signal.addEventListener("abort", tail);
    if (http.signal.aborted) tail.handleEvent();
    if (http.left) tail.leave();
    return tail;
  }

  /** The line said nothing at all. */
  async fail(): Promise<void> {
    await this.#conclude({ status: 500, headers: {}, body: nothing }, true);
    this.#forget();
  }

  async #draw(line: LineAnswer, head: Head, flow: Flow<Uint8Array>, tail: TailFlow): Promise<void> {
    let failure: { readonly error: unknown } | undefined;
    const heard = (bytes: Uint8Array) => {
      const own = new Uint8Array(bytes);
      this.#keep(own);
      tail.push(own);
    };
    try {
      for (let step = await flow.next(); !step.done; step = await flow.next()) {
        heard(step.value);
        // What is not kept is for its client alone, and comes as fast as that reads.
        if (this.#lost) await tail.drained(mostBehind);
      }
    } catch (error) {
      failure = { error };
    }
    try {
      const last = failure ? await line.throw(failure.error) : await line.next();
      if (!last.done) {
        heard(last.value as Uint8Array);
        await line.next();
      }
    } catch (error) {
      failure = { error };
    }
    await this.#conclude(head, true);
    tail.end(failure);
    // What its reader has not taken yet is in memory still.
    this.#kept.length = 0;
    await tail.drained(0);
    this.#forget();
  }

  #keep(bytes: Uint8Array): void {
    if (this.#lost) return;
    const { rules, http } = this.options;
    const isLong = this.#bytes + bytes.length > rules.maxAnswerBytes;
    if (!isLong && this.#repeats.room.take(bytes.length)) {
      this.#kept.push(bytes);
      this.#bytes += bytes.length;
      return;
    }
    this.#lost = isLong ? "large" : "crowded";
    this.#forget();
    // Nobody else will have it.
    http.follow();
  }

  #forget(): void {
    this.#kept.length = 0;
    this.#repeats.room.give(this.#bytes);
    this.#bytes = 0;
  }

  /** The end of the answer waits for this, so that whoever has it whole can have it again. */
  async #conclude(head: Head, begun: boolean): Promise<void> {
    const { meter } = this.options;
    const { fault } = meter;
    const verdict = verdictOf(meter, begun);
    const answer: KeptAnswer = {
      status: head.status,
      headers: keptHeaders(head.headers),
      ...(fault && { fault: fault.code }),
      bytes: this.#kept.length === 1 ? (this.#kept[0] as Uint8Array) : Buffer.concat(this.#kept),
    };
    const isWhole = verdict !== "lost" && !this.#lost;
    await this.#repeats.ended(this, verdict, isWhole ? answer : undefined, this.#lost ?? "broken");
    this.#answer(isWhole ? answer : undefined);
  }
}
