import type { Piece } from "./events.ts";
import type { Fault } from "./fault.ts";
import { Awaited, type Flow } from "./flow.ts";

type Step = IteratorResult<Piece, undefined>;

/** Watches pieces as they pass. */
export interface PieceTap {
  /** @returns the failure that the piece holds: thrown to the reader once what stands in bytes already has passed */
  piece?(piece: Piece): Fault | undefined;
  /** The pieces came to their end. */
  ended?(): void;
  /** They broke off. */
  broken?(error: unknown): void;
  /** The reader wants no more. */
  left?(): void;
}

const end: IteratorReturnResult<undefined> = { done: true, value: undefined };

/**
 * The pieces of an answer on their way, with everything that only watches them: one object and one promise a piece,
 * however many watch, because this stands in the way of every chunk.
 */
export abstract class Pieces implements AsyncIterableIterator<Piece>, Flow<Piece> {
  readonly #taps: PieceTap[] = [];
  #unread: Piece[] = [];
  readonly #awaited = new Awaited<Step>();
  #failure: Fault | undefined;
  /** Nothing can follow the failure but what stands in bytes already. */
  #cut = false;

  static of(pieces: AsyncIterable<Piece>): Pieces {
    return pieces instanceof Pieces ? pieces : new Iterated(pieces[Symbol.asyncIterator]());
  }

  /** Draws the next piece, and leads it through `passed` or `broken`. */
  protected abstract draw(): Promise<Step>;

  /** What is there of the next piece, as `poll` has it. Sources that can tell without a promise say so. */
  protected look(ready: () => void): Step | undefined {
    const awaited = this.#awaited.take();
    if (awaited) return awaited.value;
    if (!this.#awaited.waiting) this.#awaited.wait(this.draw(), ready);
    return undefined;
  }

  /** Lets the source go. */
  protected abstract leave(): Promise<void>;

  /** True where the first piece is all of them. */
  protected get single(): boolean {
    return false;
  }

  tap(tap: PieceTap): this {
    this.#taps.push(tap);
    return this;
  }

  /** Puts pieces back in front, to be read again. Only before there is a tap. */
  unread(pieces: Piece[]): this {
    this.#unread = pieces;
    return this;
  }

  /** The one piece that is all of the answer, where it is here already. @throws Fault that it holds */
  sole(): Piece | undefined {
    const piece = this.single && this.#unread.length === 1 ? this.#unread.pop() : undefined;
    if (!piece) return undefined;
    this.passed({ done: false, value: piece });
    this.passed(end);
    return piece;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<Step> {
    if (this.#cut) return Promise.reject(this.#failure);
    const piece = this.#unread.shift();
    return piece ? Promise.resolve(this.passed({ done: false, value: piece })) : this.draw();
  }

  poll(ready: () => void): Step | undefined {
    if (this.#cut) throw this.#failure;
    const piece = this.#unread.shift();
    return piece ? this.passed({ done: false, value: piece }) : this.look(ready);
  }

  async return(): Promise<Step> {
    for (const tap of this.#taps) tap.left?.();
    await this.leave();
    return end;
  }

  protected readonly passed = (step: Step): Step => {
    if (step.done) {
      for (const tap of this.#taps) tap.ended?.();
      if (this.#failure) throw this.#failure;
      return step;
    }
    for (const tap of this.#taps) this.#failure ??= tap.piece?.(step.value);
    if (this.#failure && step.value.raw === undefined) this.#cutOff();
    return step;
  };

  protected readonly broken = (error: unknown): never => {
    for (const tap of this.#taps) tap.broken?.(error);
    throw error;
  };

  #cutOff(): void {
    this.#cut = true;
    // How the source takes it changes nothing: the failure is told already.
    this.leave().catch(() => undefined);
  }
}

/** Pieces of any other source. */
class Iterated extends Pieces {
  readonly #pieces: AsyncIterator<Piece>;

  constructor(pieces: AsyncIterator<Piece>) {
    super();
    this.#pieces = pieces;
  }

  protected draw(): Promise<Step> {
    return this.#pieces.next().then(this.passed as (step: IteratorResult<Piece>) => Step, this.broken);
  }

  protected async leave(): Promise<void> {
    await this.#pieces.return?.();
  }
}
