import type { AnswerEvent, Usage } from "../exchange/index.ts";

/** A whole answer as the meter hears it: what it used, where that is told, and its end. */
export function metered(usage: Usage | undefined): AnswerEvent[] {
  return usage ? [{ type: "usage-report", usage }, { type: "answer-end" }] : [{ type: "answer-end" }];
}
