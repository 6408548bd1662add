import { Fault, Places } from "../../exchange/index.ts";
import type { Deadlines } from "./transport.ts";

const tickMs = 50;
/** A tick that comes later than this tells of a busy process, not of a silent upstream: the rest is not counted. */
const longestTickMs = 500;

/** Whose deadline it is. */
export interface DeadlineHolder {
  /** It has passed, once. */
  onMissed(fault: Fault): void;
}

/**
 * Watches every deadline of a transport with one timer. Its clock counts only time in which the process was alive to
 * receive, is exact to about 100 ms and never early. The timer stops by itself when nothing is watched.
 */
export class DeadlineWatch {
  /** Milliseconds on the watch's own clock; stands still while nothing is watched. */
  nowMs = 0;
  #lastTickMs = 0;
  /** Nothing can be missed before: thousands of slow calls are not looked at one by one at every tick. */
  #earliestMs = Number.POSITIVE_INFINITY;
  #timer: ReturnType<typeof setInterval> | undefined;
  readonly #watched = new Places<Deadline>();

  start(deadlines: Deadlines, upstream: string, holder: DeadlineHolder): Deadline {
    if (this.#timer === undefined) {
      this.#lastTickMs = performance.now();
      this.#timer = setInterval(() => this.#tick(), tickMs);
    }
    const deadline = new Deadline(this, deadlines, upstream, holder);
    deadline.place = this.#watched.add(deadline);
    return deadline;
  }

  /** Called by the deadline itself: it can be missed at that moment. */
  expect(dueMs: number): void {
    if (dueMs < this.#earliestMs) this.#earliestMs = dueMs;
  }

  /** Called by the deadline itself. */
  drop(deadline: Deadline): void {
    this.#watched.leave(deadline.place);
  }

  #tick(): void {
    const realMs = performance.now();
    this.nowMs += Math.min(realMs - this.#lastTickMs, longestTickMs);
    this.#lastTickMs = realMs;
    if (this.nowMs >= this.#earliestMs) this.#check();
    if (this.#watched.size > 0 || this.#timer === undefined) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #check(): void {
    this.#earliestMs = Number.POSITIVE_INFINITY;
    for (const deadline of this.#watched) deadline.check();
  }
}

/** The deadlines of one call. The one that is waited for can be missed; the total always can. */
export class Deadline {
  /** Among those of the watch, which gives it. */
  place = -1;
  readonly #watch: DeadlineWatch;
  readonly #deadlines: Deadlines;
  readonly #upstream: string;
  readonly #holder: DeadlineHolder;
  readonly #totalDueMs: number;
  #firstDueMs: number;
  #dueMs: number;
  #awaited: keyof Deadlines = "firstEventMs";
  #begun = false;
  #over = false;

  constructor(watch: DeadlineWatch, deadlines: Deadlines, upstream: string, holder: DeadlineHolder) {
    this.#watch = watch;
    this.#deadlines = deadlines;
    this.#upstream = upstream;
    this.#holder = holder;
    const startMs = watch.nowMs + tickMs;
    this.#totalDueMs = startMs + deadlines.totalMs;
    this.#firstDueMs = startMs + deadlines.firstEventMs;
    this.#dueMs = this.#firstDueMs;
    watch.expect(Math.min(this.#dueMs, this.#totalDueMs));
  }

  /** The connection is being made. */
  awaitConnection(): void {
    this.#awaited = "connectMs";
    this.#dueMs = this.#watch.nowMs + tickMs + this.#deadlines.connectMs;
    this.#watch.expect(this.#dueMs);
  }

  /** The request is on its way. */
  awaitAnswer(): void {
    this.#awaited = "firstEventMs";
    this.#dueMs = this.#firstDueMs;
    this.#watch.expect(this.#dueMs);
  }

  /** A piece of the request has left: the upstream has the whole time from here on. */
  sent(): void {
    if (this.#over || this.#begun) return;
    this.#firstDueMs = this.#watch.nowMs + tickMs + this.#deadlines.firstEventMs;
    this.#dueMs = this.#firstDueMs;
    this.#watch.expect(this.#dueMs);
  }

  /** The reader asks for the next chunk. */
  awaitChunk(): void {
    this.#dueMs = this.#begun ? this.#watch.nowMs + tickMs + this.#deadlines.idleMs : this.#firstDueMs;
    this.#watch.expect(this.#dueMs);
  }

  /** A chunk came. Until the reader asks again it is the reader's time that passes. */
  arrived(): void {
    this.#begun = true;
    this.#awaited = "idleMs";
    this.#dueMs = Number.POSITIVE_INFINITY;
  }

  finish(): void {
    if (this.#over) return;
    this.#over = true;
    this.#watch.drop(this);
  }

  check(): void {
    const now = this.#watch.nowMs;
    if (now < this.#dueMs && now < this.#totalDueMs) {
      this.#watch.expect(Math.min(this.#dueMs, this.#totalDueMs));
      return;
    }
    const missed = now >= this.#totalDueMs ? "totalMs" : this.#awaited;
    this.finish();
    this.#holder.onMissed(missedDeadline(missed, this.#deadlines[missed], this.#upstream));
  }
}

/** The fault of a deadline that passed. */
function missedDeadline(missed: keyof Deadlines, afterMs: number, upstream: string): Fault {
  const after = `${afterMs} ms`;
  switch (missed) {
    case "connectMs":
      return new Fault("upstream_unreachable", { message: `No connection to ${upstream} within ${after}.` });
    case "firstEventMs":
      return new Fault("upstream_timeout", { message: `${upstream} did not begin its answer within ${after}.` });
    case "idleMs":
      return new Fault("upstream_timeout", { message: `${upstream} fell silent for ${after} in the middle of its answer.` });
    case "totalMs":
      return new Fault("upstream_timeout", { message: `${upstream} did not finish its answer within ${after}.` });
  }
}
