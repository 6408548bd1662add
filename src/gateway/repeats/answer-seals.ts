import type { AnswerSeals } from "../../cache/index.ts";
import type { BodySeals } from "../../secrets/index.ts";

export function answerSeals(seals: BodySeals): AnswerSeals {
  return {
    seal: (owner, name, pieces) => seals.seal(owner, name, pieces),
    open: (owner, name, sealed) => seals.openUnlessForgotten(owner, name, sealed),
    forget: (owner) => seals.forget(owner),
  };
}

/** Nobody administers what is in memory alone, and so removes no organisation there. */
export const unsealed: AnswerSeals = {
  seal: async (_owner, _name, pieces) => Buffer.concat(pieces),
  open: async (_owner, _name, sealed) => sealed,
  forget: async () => undefined,
};
