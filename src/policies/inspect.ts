import { type Exchange, Fault, type Piece } from "../exchange/index.ts";
import { refusalOf } from "./admit.ts";
import type { Rule } from "./policy.ts";

/** Leads the answer through every rule that wants to see it, in the order of the config. */
export function inspect(rules: readonly Rule[], pieces: AsyncIterable<Piece>, exchange: Exchange): AsyncIterable<Piece> {
  let stream = pieces;
  for (const rule of rules) if (rule.answer) stream = guarded(rule, rule.answer(stream, exchange));
  return stream;
}

/** What the rule itself throws becomes `policy_failed`; faults of the upstream, which pass through it, stay what they are. */
async function* guarded(rule: Rule, pieces: AsyncIterable<Piece>): AsyncGenerator<Piece> {
  try {
    yield* pieces;
  } catch (error) {
    throw error instanceof Fault ? error : refusalOf(error, rule);
  }
}
