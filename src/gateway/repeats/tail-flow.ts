import { Fault, type Flow } from "../../exchange/index.ts";

type Step = IteratorResult<Uint8Array, undefined>;

const ended: IteratorReturnResult<undefined> = { done: true, value: undefined };

/** Bytes that somebody else draws, for a reader that may be slower, or leave. */
export class TailFlow implements Flow<Uint8Array> {
  readonly #chunks: Uint8Array[] = [];
  #bytes = 0;
  #left = false;
  #hurried = false;
  #end: { readonly failure?: { readonly error: unknown } } | undefined;
  #wake: (() => void) | undefined;
  #drained: (() => void) | undefined;

  /** Whose reader is gone takes nothing. */
  push(bytes: Uint8Array): void {
    if (this.#left || bytes.length === 0) return;
    this.#chunks.push(bytes);
    this.#bytes += bytes.length;
    this.#wake?.();
  }

  end(failure?: { readonly error: unknown }): void {
    this.#end ??= failure ? { failure } : {};
    this.#wake?.();
  }

  /** Its exchange is being ended: that waits for no reader. */
  handleEvent(): void {
    this.#hurried = true;
    this.#drained?.();
  }

  /** Resolves once the reader has taken all but so many bytes, or is gone, or not to be waited for. */
  async drained(bytes: number): Promise<void> {
    while (this.#bytes > bytes && !this.#left && !this.#hurried)
      await new Promise<void>((resolve) => {
        this.#drained = resolve;
      });
  }

  async next(): Promise<Step> {
    for (;;) {
      const chunk = this.#chunks.shift();
      if (chunk) {
        this.#bytes -= chunk.length;
        this.#drained?.();
        return { done: false, value: chunk };
      }
      if (this.#end?.failure) throw this.#end.failure.error;
      if (this.#end || this.#left) return ended;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  /** The client is gone: whoever reads on is not to take what it has for whole. */
  leave(): void {
    if (this.#chunks.length > 0) this.#end = undefined;
    this.end({ error: new Fault("client_gone") });
    void this.return();
  }

  async return(): Promise<Step> {
    this.#left = true;
    this.#chunks.length = 0;
    this.#bytes = 0;
    this.#drained?.();
    return ended;
  }
}
