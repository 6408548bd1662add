import * as z from "zod/mini";
import type { Exchange, Piece } from "../../src/exchange/index.ts";
import { type Policy, policies } from "../../src/policies/index.ts";

// Loaded before the gateway: a policy that fails in the way that the model's name asks for.
const throws: Policy = {
  id: "throws",
  doc: "Fails as the model's name says; for tests.",
  kinds: ["model"],
  schema: z.strictObject({}),
  setup: () => ({
    id: "throws",
    reads: "both",
    async request({ model }: Exchange) {
      if (model.includes("throw-at-once")) throw new TypeError("secret detail of the policy");
      if (model.includes("throw-later")) await Promise.reject(new Error("secret detail of the policy"));
      if (model.includes("throw-nothing")) throw undefined;
    },
    async *answer(pieces: AsyncIterable<Piece>, { model }: Exchange) {
      let shown = 0;
      for await (const piece of pieces) {
        if (model.includes("throw-in-answer")) throw new Error("secret detail of the policy");
        if (model.includes("throw-mid-answer") && shown > 1) throw new Error("secret detail of the policy");
        yield piece;
        if (piece.visible) shown++;
      }
    },
  }),
};

if (policies instanceof Map) policies.set(throws.id, throws);
