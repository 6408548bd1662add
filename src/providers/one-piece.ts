import { type Piece, Pieces } from "../exchange/index.ts";

type Step = IteratorResult<Piece, undefined>;

/** An answer of one piece, read when it is asked for. */
export class OnePiece extends Pieces {
  #read: (() => Promise<Piece>) | undefined;

  constructor(read: () => Promise<Piece>) {
    super();
    this.#read = read;
  }

  protected override get single(): boolean {
    return true;
  }

  protected draw(): Promise<Step> {
    const read = this.#read;
    this.#read = undefined;
    return read ? read().then((value) => this.passed({ done: false, value }), this.broken) : Promise.resolve(this.passed(ended));
  }

  protected async leave(): Promise<void> {
    this.#read = undefined;
  }
}

const ended: IteratorReturnResult<undefined> = { done: true, value: undefined };
