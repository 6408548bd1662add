import { type Exchange, Fault } from "../../exchange/index.ts";
import type { Counter, Need, Refusal } from "../../policies/index.ts";
import { outputBound } from "../../protocols/index.ts";
import type { Target } from "../../providers/index.ts";
import type { Line } from "../line.ts";
import type { Speech } from "../writing/write.ts";

/** Of models that nobody has told the longest answer of. */
const unknownOutput = 32_768;
/** A shorter answer than this is none. */
const leastOutput = 16;
/** What a request grows by when the bound is written into it. */
const boundBytes = 64;

/** How long a request and its answers may be, in tokens. */
export interface Bounds {
  /** No token of what the request carries is shorter than a byte; what it only names is not in it. */
  readonly input: number;
  readonly output: number;
  /** The request itself says how long the answer may be. */
  readonly told: boolean;
  readonly answers: number;
}

export function boundsOf({ surface, body, files }: Exchange, targets: readonly Target[]): Bounds {
  const input = body.bytes.length + (files ?? []).reduce((sum, { size }) => sum + size, 0);
  const bound = outputBound(surface, body);
  if (!bound) return { input, output: 0, told: true, answers: 1 };
  const { tokens, answers } = bound;
  const longest = Math.max(...targets.map(({ traits }) => traits.maxOutputTokens ?? unknownOutput));
  return { input, output: tokens ?? longest * answers, told: tokens !== undefined, answers };
}

/** The same request, held to an answer of no length. */
export function shortest(bounds: Bounds): Bounds {
  return { ...bounds, input: bounds.input + boundBytes, output: 0 };
}

/** What the request may use at most of each counter, whichever of the targets answers. @throws Fault `budget_unpriced` */
export function needsOf(
  counters: readonly Counter[],
  targets: readonly Target[],
  { input, output }: Bounds,
  line: Line,
  { foreseen, startedAt }: Exchange,
  { engine }: Speech,
): Need[] {
  let nanos: number | undefined;
  const cost = () => {
    nanos ??= Math.max(...targets.map(costAtMost));
    return nanos;
  };
  const costAtMost = (target: Target): number => {
    const { price } = line.price(target);
    const most = price && engine.worstCase.cost(price, { input, output }, foreseen, startedAt);
    if (most !== undefined) return most;
    throw new Fault("budget_unpriced", {
      message: `${target.upstream.name}/${target.model} has no price, so nobody can say what it takes of a budget. Set one under \`prices\` in the config.`,
      param: "model",
    });
  };
  const amountOf = ({ measure }: Counter): number => {
    if (measure === "nanos") return cost();
    if (measure === "tokens") return input + output;
    if (measure === "inputTokens") return input;
    return measure === "outputTokens" ? output : 1;
  };
  return counters.map((counter) => ({ counter, amount: amountOf(counter) }));
}

/**
 * How long each answer may be for what is left, of a request that leaves it open. Undefined where that is too little, or no matter of
 * length.
 */
export function affordable({ counter, left }: Refusal, bounds: Bounds, needs: readonly Need[], least: readonly Need[]): number | undefined {
  const at = needs.findIndex((each) => each.counter.id === counter.id);
  const [most, none] = [needs[at]?.amount ?? 0, least[at]?.amount ?? 0];
  // Of several targets the dearest counts, whichever that is at a length: between the ends the straight line lies above it.
  const perToken = (most - none) / bounds.output;
  if (!(perToken > 0)) return undefined;
  const output = Math.floor((left - none) / perToken / bounds.answers);
  return output >= leastOutput && output * bounds.answers < bounds.output ? output : undefined;
}
