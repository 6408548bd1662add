import { isRefusal, type Limiter, type Reservation } from "../../../src/policies/index.ts";
import { heldSpan, questionOf } from "../../../src/policies/limits/share-out.ts";
import { MemoryCounters } from "../../../src/storage/index.ts";
import { drawing } from "./draw.ts";
import { EventQueue } from "./event-queue.ts";
import { Fleet, type FleetNode, type FleetOptions } from "./fleet.ts";
import { Load, type LoadOptions, type SimulatedCounter } from "./load.ts";

export interface SimulationOptions extends LoadOptions, FleetOptions {
  readonly seed: number;
  /** Of `seconds`. */
  readonly warmUpSeconds: number;
  /** The part of round trips that is lost or late. */
  readonly trouble: number;
}

export interface SimulationOutcome {
  readonly requests: number;
  readonly passed: number;
  readonly refused: number;
  /** Refused while a hundredth of the budget and more was neither used nor set aside: other nodes held it. */
  readonly refusedTooSoon: number;
  /** Not answered by the store in time, and refused for that. */
  readonly unanswered: number;
  /** Requests that waited for the store. */
  readonly waited: number;
  /** Until the last request was asked, as all that follows. */
  readonly trips: number;
  readonly operations: number;
  readonly bytes: number;
  /** Without the first seconds, when every node meets its keys. */
  readonly steady: { readonly requests: number; readonly trips: number };
  /** Budgets of which more was set aside and used than they had, at any moment; and that a dead node took more from than is counted. */
  readonly overspent: readonly string[];
  readonly died: number;
  readonly ended: number;
  readonly joined: number;
  /** Of all that was used or lost: counted as used because a dead node may have used it. */
  readonly lostPart: number;
  readonly exhausted: number;
  /** Held by nobody at the end. */
  readonly unheld: boolean;
}

const noon = Date.UTC(2026, 10, 21, 12);
const shortestMs = 200;
const meanMs = 1_500;
const noticeable = 0.01;

/** Many nodes that share many budgets, in a time that is only counted. The same seed is the same run. */
export async function simulate(options: SimulationOptions): Promise<SimulationOutcome> {
  const { seed, nodes: count, seconds, warmUpSeconds, requestsPerNodeAndSecond } = options;
  const random = drawing(seed);
  const events = new EventQueue();
  const store = new MemoryCounters();
  const load = new Load(options, drawing(seed + 1));
  const seen = { trips: 0, operations: 0, bytes: 0 };
  const used = new Float64Array(load.counters.length);
  const reserved = new Float64Array(load.counters.length);
  const overspent = new Set<string>();
  const tally = { requests: 0, passed: 0, refused: 0, unanswered: 0, waited: 0 };
  let trouble = options.trouble;
  /** Refusals while something was left: of which counter, and how much more than goes unnoticed. */
  const early: number[] = [];
  const fleet = new Fleet(options, { events, store, random, seen, trouble: () => trouble }, noon);

  const note = (counter: SimulatedCounter) => {
    const { at, limit, name } = counter;
    if ((used[at] as number) + (reserved[at] as number) > limit) overspent.add(name);
  };
  const settle = (node: FleetNode, needs: readonly SimulatedCounter[], amount: number, reservation: Reservation) => {
    // Of a dead node's requests nobody knows what they came to: they may have used everything.
    const actual = node.lives ? load.actual(amount, random) : amount;
    if (node.lives) reservation.settle(() => actual);
    for (const { at } of needs) {
      reserved[at]! -= amount;
      used[at]! += actual;
    }
  };
  const ask = () => {
    const key = load.key(random);
    const node = fleet.at(load.node(key, random));
    const needs = load.needsOf(key);
    const amount = load.amount(random);
    tally.requests++;
    const answered = (outcome: Awaited<ReturnType<Limiter["reserve"]>>) => {
      if (isRefusal(outcome)) {
        tally.refused++;
        const { at, limit } = outcome.counter as SimulatedCounter;
        const left = limit - (used[at] as number) - (reserved[at] as number);
        if (left >= Math.max(amount, limit * noticeable)) early.push(at, left - Math.max(amount, limit * noticeable));
        return;
      }
      tally.passed++;
      for (const counter of needs) {
        reserved[counter.at]! += amount;
        note(counter);
      }
      const tookMs = shortestMs - meanMs * Math.log(1 - random());
      events.after(tookMs, () => settle(node, needs, amount, outcome));
    };
    const outcome = node.limiter.reserve(needs.map((counter) => ({ counter, amount })));
    if (!(outcome instanceof Promise)) return answered(outcome);
    tally.waited++;
    outcome.then(answered, () => tally.unanswered++);
    return undefined;
  };

  /** Until then. What waits for the store goes on as soon as it has answered. */
  const play = async (untilMs: number, asking: boolean) => {
    const gapMs = 1000 / (count * requestsPerNodeAndSecond);
    let nextMs = asking ? events.now : Number.POSITIVE_INFINITY;
    for (;;) {
      const operations = seen.operations;
      const at = Math.min(nextMs, events.nextAt);
      if (at > untilMs) break;
      if (nextMs <= events.nextAt) {
        events.now = nextMs;
        nextMs -= gapMs * Math.log(1 - random());
        ask();
        if (seen.operations !== operations) events.stirred = true;
      } else events.step();
      if (events.stirred) {
        events.stirred = false;
        await new Promise(setImmediate);
      }
    }
    events.now = untilMs;
  };
  await play(warmUpSeconds * 1000, true);
  const warm = { requests: tally.requests, trips: seen.trips };
  await play(seconds * 1000, true);
  const steady = { requests: tally.requests - warm.requests, trips: seen.trips - warm.trips };
  const asked = { ...seen };
  trouble = 0;
  // All requests end, those of dead nodes too, and dead nodes are taken for dead.
  await play((seconds + 75) * 1000, false);
  const closing = fleet.close();
  await play((seconds + 85) * 1000, false);
  await closing;
  const { lost, ...atEnd } = judge(load.counters, store, used, overspent, noon + events.now);
  // What was lost with dead nodes is not left.
  const refusedTooSoon = early.filter((left, place) => place % 2 === 1 && left >= (lost[early[place - 1] as number] as number)).length;
  const { died, ended, joined } = fleet;
  return { ...tally, ...asked, died, ended, joined, refusedTooSoon, steady, ...atEnd, overspent: [...overspent] };
}

/** What stands in the store at the end, beside what was used: whoever asks then buries the dead. */
function judge(counters: readonly SimulatedCounter[], store: MemoryCounters, used: Float64Array, overspent: Set<string>, endMs: number) {
  let [counted, exhausted, unheld] = [0, 0, true];
  const lost = new Float64Array(counters.length);
  for (const counter of counters) {
    const { at, limit, name } = counter;
    const ask = { holder: "judge", used: 0, give: 0, need: 0, wish: 0, spare: 0, keep: 0, leave: true, now: endMs };
    const span = heldSpan(counter, endMs);
    if (!span) throw new Error(`${name} is no budget`);
    const { used: standing, others } = store.hold(questionOf(counter, span, ask, 1));
    unheld &&= others === 0;
    if (standing < (used[at] as number) || standing > limit) overspent.add(`${name}, at the end`);
    counted += standing;
    lost[at] = standing - (used[at] as number);
    if (limit - standing < limit * noticeable) exhausted++;
  }
  return { lost, lostPart: lost.reduce((sum, each) => sum + each, 0) / counted, exhausted, unheld };
}
