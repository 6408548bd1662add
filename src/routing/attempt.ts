import { type AnswerEvent, type Attempt, Fault, type LeaveSignal, type Piece, Pieces, type PieceTap } from "../exchange/index.ts";
import type { Health } from "./health.ts";
import type { Candidate, Choice } from "./model-route.ts";

const preambleBytes = 64 * 1024;
const firstBackoffMs = 200;
const longestBackoffMs = 5_000;

/** Time and chance, injected so that tests can hold them. */
export interface Clock {
  /** Milliseconds since the epoch. */
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
 * After the first visible piece there is no other try.
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
  const { clock, health, signal } = tools;
  let position = 0;
  let retriesLeft = tools.retries;
  for (;;) {
    const candidate = choice.order[position] as Candidate<T>;
    const startedAt = clock.now();
    health.started(candidate.name);
    try {
      const call = await ask(candidate.target);
      const pieces = await primed(Pieces.of(call.pieces), {
        ended: () => health.succeeded(candidate.name),
        broken: (error) => judge(health, candidate.name, Fault.from(error), clock.now()),
      });
      health.answered(candidate.name);
      attempts.push({ target: candidate.name, outcome: "answered", ms: clock.now() - startedAt });
      return { candidate, call, pieces };
    } catch (error) {
      const fault = Fault.from(error);
      attempts.push({ target: candidate.name, outcome: fault.code, status: fault.status, ms: clock.now() - startedAt });
      judge(health, candidate.name, fault, clock.now());
      if (!fault.retryable || signal.aborted) throw fault;
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

/** Only what the upstream did wrong counts against it. */
function judge(health: Health, name: string, fault: Fault, now: number): void {
  if (fault.blame === "upstream") health.failed(name, fault, now);
  else health.released(name);
}

/** Full jitter, doubling; undefined where another try now cannot help. */
function retryDelay(fault: Fault, tried: number, random: number): number | undefined {
  if (fault.code === "upstream_credentials" || fault.code === "upstream_quota") return undefined;
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
