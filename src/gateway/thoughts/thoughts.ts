import type { Meter } from "../../accounting/index.ts";
import type { AnswerEvent, Piece, Pieces, PieceTap } from "../../exchange/index.ts";
import { Collector } from "../../protocols/index.ts";
import type { Call } from "../../providers/index.ts";
import type { Engine } from "../line.ts";

/**
 * Watches the answer for a caller that cannot hold what was thought, and keeps it for the caller's key once the answer is whole;
 * and notes what is sealed by another provider than the first of the route. All other answers are not looked at.
 */
export function keepThoughts(pieces: Pieces, { thoughts, astray, target }: Call, owner: string, engine: Engine, meter: Meter): Pieces {
  if (astray) pieces.tap({ piece: (piece) => noteSeals(piece, owner, target.upstream.sealName, engine) });
  if (!thoughts) return pieces;
  const { place, putBack } = thoughts;
  if (putBack > 0) meter.detail.thoughts = { putBack, kept: 0 };
  return pieces.tap(
    new ThoughtTap((collector) => {
      const kept = collector.answer().choices.reduce((sum, { items }) => sum + engine.thoughts.keep(place, items), 0);
      if (kept > 0) meter.detail.thoughts = { putBack, kept };
    }),
  );
}

function noteSeals({ events }: Piece, owner: string, upstream: string, { origins }: Engine): undefined {
  for (const event of events) if (event.type === "reasoning-end" && event.sealed) origins.note(owner, event.sealed.value, upstream);
}

class ThoughtTap implements PieceTap {
  readonly #whole: (collector: Collector) => void;
  readonly #collector = new Collector();
  #thinks = false;

  constructor(whole: (collector: Collector) => void) {
    this.#whole = whole;
  }

  piece({ events, last }: Piece): undefined {
    for (const event of events) {
      this.#thinks ||= event.type === "reasoning-start";
      if (isKept(event)) this.#collector.add(event);
    }
    if (last && this.#thinks) this.#whole(this.#collector);
  }
}

/** What was thought, and where: not what was said or asked for. */
function isKept({ type }: AnswerEvent): boolean {
  return type.startsWith("reasoning-") || type === "call-start" || type === "text-start";
}
