import type { Fault } from "../../../src/exchange/index.ts";

const room = 16;

/** A bounded queue between one writer and one reader: whoever puts waits while it is full, whoever reads waits while it is empty. */
export class Mailbox<T> implements AsyncIterable<T> {
  readonly #held: T[] = [];
  #wakeReader: (() => void) | undefined;
  #wakeWriters: (() => void)[] = [];
  #over = false;
  #fault: Fault | undefined;

  get full(): boolean {
    return this.#held.length >= room;
  }

  /** Takes a letter although it is full: for sources that can be paused only behind what they already hold. */
  push(value: T): void {
    if (this.#over) return;
    this.#held.push(value);
    this.#wake();
  }

  async put(value: T): Promise<void> {
    while (this.full && !this.#over) await new Promise<void>((resolve) => this.#wakeWriters.push(resolve));
    this.push(value);
  }

  /** What is held is still read, then it ends. */
  end(): void {
    this.#over = true;
    this.#wake();
    this.#release();
  }

  /** What is held is still read, then the reader gets the fault. */
  fail(fault: Fault): void {
    if (this.#over) return;
    this.#fault = fault;
    this.end();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T> {
    for (;;) {
      const next = this.#held.shift();
      if (next !== undefined) {
        if (!this.full) this.#release();
        yield next;
      } else if (this.#fault) throw this.#fault;
      else if (this.#over) return;
      else
        await new Promise<void>((resolve) => {
          this.#wakeReader = resolve;
        });
    }
  }

  #wake(): void {
    this.#wakeReader?.();
    this.#wakeReader = undefined;
  }

  #release(): void {
    const waiting = this.#wakeWriters;
    this.#wakeWriters = [];
    for (const wake of waiting) wake();
  }
}
