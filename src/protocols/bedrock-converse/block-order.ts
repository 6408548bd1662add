import type { AnswerEvent } from "../../exchange/index.ts";

export type BlockEvent = Extract<AnswerEvent, { readonly block: number }>;

const endings: ReadonlySet<AnswerEvent["type"]> = new Set([
  ...(["text-end", "refusal-end", "reasoning-end", "call-end", "audio-end", "opaque-item"] as const),
]);

/** Blocks strictly one after another: what an upstream interleaves waits, whole, for the block before it to end. */
export class BlockOrder {
  #current: number | undefined;
  readonly #waiting = new Map<number, BlockEvent[]>();

  /** The events whose turn it is, this one or those that it lets through. */
  *next(event: BlockEvent): Generator<BlockEvent> {
    if (this.#current !== undefined && this.#current !== event.block) {
      const waiting = this.#waiting.get(event.block);
      if (waiting) waiting.push(event);
      else this.#waiting.set(event.block, [event]);
      return;
    }
    yield* this.#take(event);
    yield* this.#release();
  }

  /** What still waits when the answer ends. */
  *all(): Generator<BlockEvent> {
    this.#current = undefined;
    for (const events of this.#waiting.values()) yield* events;
    this.#waiting.clear();
  }

  *#take(event: BlockEvent): Generator<BlockEvent> {
    this.#current = endings.has(event.type) ? undefined : event.block;
    yield event;
  }

  *#release(): Generator<BlockEvent> {
    while (this.#current === undefined) {
      const first = this.#waiting.entries().next();
      if (first.done) return;
      const [block, events] = first.value;
      this.#waiting.delete(block);
      for (const event of events) yield* this.#take(event);
    }
  }
}
