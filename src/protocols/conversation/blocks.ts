import type { AnswerEvent, DialectId, Extra, Seal } from "../../exchange/index.ts";

/** How a block begins; what is left out of an event's own fields is filled in by the bookkeeping. */
export type BlockOpening =
  | { readonly kind: "text" | "refusal"; readonly id?: string; readonly phase?: string }
  | { readonly kind: "reasoning"; readonly dialect: DialectId; readonly id?: string; readonly extra?: Extra }
  | {
      readonly kind: "call";
      readonly callId: string;
      readonly name: string;
      readonly custom?: boolean;
      readonly id?: string;
      readonly extra?: Extra;
    }
  | { readonly kind: "audio"; readonly id?: string };

interface OpenBlock {
  readonly kind: BlockOpening["kind"];
  readonly block: number;
  readonly choice: number;
}

/**
 * The bookkeeping of blocks while a stream is read, once for all dialects: numbers them in the order in which they open,
 * knows which are open under the dialect's own key (an index, an item id), and closes what is left.
 */
export class Blocks {
  #next = 0;
  readonly #open = new Map<string, OpenBlock>();

  /** The number of the block under `key`, opened first where it is new, or where one of another kind stands there. */
  open(key: string, choice: number, opening: BlockOpening, out: AnswerEvent[]): number {
    const known = this.#open.get(key);
    if (known?.kind === opening.kind) return known.block;
    this.close(key, out);
    const { kind, ...details } = opening;
    const block = this.#next++;
    this.#open.set(key, { kind, block, choice });
    out.push({ type: `${kind}-start`, block, choice, ...details } as AnswerEvent);
    return block;
  }

  /** A number for a block that comes whole. */
  take(): number {
    return this.#next++;
  }

  isOpen(key: string): boolean {
    return this.#open.has(key);
  }

  close(key: string, out: AnswerEvent[], sealed?: Seal): void {
    const known = this.#open.get(key);
    if (!known) return;
    this.#open.delete(key);
    const { kind, block, choice } = known;
    if (kind === "reasoning") out.push({ type: "reasoning-end", block, choice, ...(sealed && { sealed }) });
    else out.push({ type: `${kind}-end`, block, choice });
  }

  /** Closes the open blocks of one choice, except those whose key is named. */
  closeChoice(choice: number, out: AnswerEvent[], except?: string): void {
    for (const [key, known] of [...this.#open]) {
      if (known.choice === choice && key !== except) this.close(key, out);
    }
  }

  closeAll(out: AnswerEvent[]): void {
    for (const key of [...this.#open.keys()]) this.close(key, out);
  }
}
