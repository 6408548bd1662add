import { type AnswerEvent, Fault, type Piece, Pieces } from "../exchange/index.ts";

const nothing = new Uint8Array(0);

/** An answer that is bytes and no frames, as it comes. Its end is that of its body, which the transport vouches for. */
export class ByteStream extends Pieces {
  readonly #chunks: AsyncIterator<Uint8Array>;
  /** What is known of it besides: goes with the last piece. */
  readonly #known: readonly AnswerEvent[];
  #begun = false;
  #ended = false;

  constructor(chunks: AsyncIterable<Uint8Array>, known: readonly AnswerEvent[] = []) {
    super();
    this.#chunks = chunks[Symbol.asyncIterator]();
    this.#known = known;
  }

  protected draw(): Promise<IteratorResult<Piece, undefined>> {
    if (this.#ended) return Promise.resolve(this.passed({ done: true, value: undefined }));
    return this.#chunks.next().then(this.#read, this.broken);
  }

  readonly #read = (step: IteratorResult<Uint8Array>): IteratorResult<Piece, undefined> => {
    if (!step.done) {
      this.#begun ||= step.value.length > 0;
      return this.passed({ done: false, value: { raw: step.value, events: [], visible: this.#begun, last: false } });
    }
    if (!this.#begun) return this.broken(new Fault("upstream_incomplete"));
    this.#ended = true;
    const events: readonly AnswerEvent[] = [...this.#known, { type: "answer-end" }];
    return this.passed({ done: false, value: { raw: nothing, events, visible: true, last: true } });
  };

  protected async leave(): Promise<void> {
    await this.#chunks.return?.();
  }
}
