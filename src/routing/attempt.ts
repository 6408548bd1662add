import { type AnswerEvent, type Attempt, Fault, type LeaveSignal, type Piece, Pieces, type PieceTap } from "../exchange/index.ts";
import type { Health } from "./health.ts";
import type { Belonging, TakenKey } from "./key-ring.ts";
import type { Candidate, Choice } from "./model-route.ts";

const preambleBytes = 64 * 1024;
const firstBackoffMs = 200;
const longestBackoffMs = 5_000;

/** Time and chance, injected so that tests can hold them. */
export interface Clock {
  /** Whole milliseconds of a clock that nobody puts back. */
  now(): number;
  /** In [0, 1). */
  random(): number;
  /** Resolves after the time, rejects when the signal tells that the client has left. */
  sleep(ms: number, signal: LeaveSignal): Promise<void>;
}

export interface AttemptTools {
  readonly clock: Clock;
  readonly health: Health;
  readonly retries: number;
  readonly signal: LeaveSignal;
  /** To which account of a provider the request should go, where it has several. */
  readonly belonging?: Belonging | undefined;
}

/** The answer that was taken, primed up to its first visible piece. */
export interface Attempted<T, C> {
  readonly candidate: Candidate<T>;
  readonly call: C;
  readonly pieces: Pieces;
}

/**
 * Tries the targets in order until one begins to answer. Before the client sees anything a failure moves on to the next
 * target, and where none is left the last one is tried again with full jitter, or after the Retry-After that it asked for.
 * After the first visible piece there is no other try. Where a provider has several keys, what is a key's own fault moves on to the
 * next key, as one of the retries.
 *
 * @param attempts every try is added here as it ends
 * @throws Fault the last one, when nobody answered
 */
export async function attempt<T, C extends { readonly pieces: AsyncIterable<Piece> }>(
  choice: Choice<T>,
  ask: (target: T) => Promise<C>,
  attempts: Attempt[],
  tools: AttemptTools,
): Promise<Attempted<T, C>> {
  const { belonging, clock, health, signal } = tools;
  let position = 0;
  let retriesLeft = tools.retries;
  for (;;) {
    const candidate = choice.order[position] as Candidate<T>;
    const startedAt = clock.now();
    const key = candidate.keys?.take(startedAt, belonging);
    health.started(candidate.name);
    try {
      if (candidate.keys && !key) throw candidate.keys.told(new Fault("no_target"), startedAt, belonging);
      const call = await ask(key ? key.target : candidate.target);
      const pieces = await primed(Pieces.of(call.pieces), {
        ended: () => health.succeeded(candidate.name),
        broken: (error) => judge(health, candidate.name, Fault.from(error), clock.now()),
      });
      health.answered(candidate.name);
      const ended: Attempt = { target: candidate.name, outcome: "answered", ms: clock.now() - startedAt };
      attempts.push(key ? { ...ended, key: key.hint } : ended);
      return { candidate, call, pieces: key ? pieces.tap(releasing(key, clock)) : pieces };
    } catch (error) {
      const now = clock.now();
      const own = Fault.from(error);
      const ofKey = key?.failed(own, now) === true;
      key?.released();
      const ended: Attempt = { target: candidate.name, outcome: own.code, status: own.status, ms: now - startedAt };
      attempts.push(key ? { ...ended, key: key.hint } : ended);
      if (ofKey) health.released(candidate.name);
      else judge(health, candidate.name, own, now);
      const another = ofKey && candidate.keys?.ready(now, belonging);
      const fault = ofKey && candidate.keys && !another ? candidate.keys.told(own, now, belonging) : own;
      if (!fault.retryable || signal.aborted) throw fault;
      if (another && retriesLeft > 0) {
        retriesLeft--;
        continue;
      }
      if (position + 1 < choice.order.length) {
        position++;
        continue;
      }
      const waitMs = retryDelay(fault, tools.retries - retriesLeft, clock.random());
      if (retriesLeft <= 0 || waitMs === undefined || !health.takeRetry(clock.now())) throw fault;
      retriesLeft--;
      await clock.sleep(waitMs, signal);
    }
  }
}

/** The key is free again when the answer is over, whole or not. */
function releasing(key: TakenKey<unknown>, clock: Clock): PieceTap {
  return {
    ended() {
      key.succeeded(clock.now());
      key.released();
    },
    broken: () => key.released(),
    left: () => key.released(),
  };
}

/** Only what the upstream did wrong counts against it. */
function judge(health: Health, name: string, fault: Fault, now: number): void {
  if (fault.blame === "upstream") health.failed(name, fault, now);
  else health.released(name);
}

/** Full jitter, doubling; undefined where another try now cannot help. */
function retryDelay(fault: Fault, tried: number, random: number): number | undefined {
  if (fault.code === "upstream_credentials" || fault.code === "upstream_quota" || fault.code === "provider_exhausted") return undefined;
  if (fault.retryAfterMs !== undefined) return fault.retryAfterMs <= longestBackoffMs ? fault.retryAfterMs : undefined;
  return random * Math.min(longestBackoffMs, firstBackoffMs * 2 ** tried);
}

/**
 * Pulls until something of the answer would be seen, holding the preamble back; an in-band error before that is thrown.
 *
 * @param verdict told of how it went on after that: how an answer ends counts for the target's health too
 */
async function primed(pieces: Pieces, verdict: PieceTap): Promise<Pieces> {
  const held: Piece[] = [];
  let bytes = 0;
  for (;;) {
    const next = await pieces.next();
    if (next.done) break;
    const failure = next.value.events.find(isFailure);
    if (failure) {
      await pieces.return();
      throw failure.fault;
    }
    held.push(next.value);
    bytes += next.value.raw?.length ?? 0;
    if (next.value.visible || next.value.last || bytes > preambleBytes) break;
  }
  return pieces.unread(held).tap(verdict);
}

function isFailure(event: AnswerEvent): event is Extract<AnswerEvent, { type: "answer-error" }> {
  return event.type === "answer-error";
}
