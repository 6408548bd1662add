import type { BunCall } from "./bun-call.ts";

const end: IteratorReturnResult<undefined> = { done: true, value: undefined };

/**
 * The bytes of an answer as they come. One promise is added to a chunk and nothing else: this is the hottest place of
 * the gateway.
 */
export class BunBody implements AsyncIterableIterator<Uint8Array> {
  readonly #call: BunCall;
  readonly #response: Response;
  readonly #whole: boolean;
  #reader: ReadableStreamDefaultReader<Uint8Array> | undefined;
  #over = false;

  /** @param whole the body is small and of a known length: it is taken in one piece */
  constructor(call: BunCall, response: Response, whole: boolean) {
    this.#call = call;
    this.#response = response;
    this.#whole = whole;
    if (response.body === null) this.#finish();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<Uint8Array, undefined>> {
    if (this.#over) return Promise.resolve(end);
    if (this.#whole) return this.#response.bytes().then(this.#onWhole, this.#onError);
    this.#reader ??= this.#response.body?.getReader();
    if (this.#reader === undefined) return Promise.resolve(end);
    this.#call.deadline.awaitChunk();
    return this.#reader.read().then(this.#onChunk, this.#onError);
  }

  /** Frees the socket, also while a read is pending. A body that was read to its end keeps its connection alive. */
  return(): Promise<IteratorResult<Uint8Array, undefined>> {
    if (!this.#over) {
      this.#over = true;
      this.#call.leave();
    }
    return Promise.resolve(end);
  }

  #finish(): void {
    this.#over = true;
    this.#call.finish();
  }

  readonly #onChunk = (step: IteratorResult<Uint8Array, undefined>): IteratorResult<Uint8Array, undefined> => {
    this.#call.deadline.arrived();
    if (this.#call.fault !== undefined) return this.#onError(undefined);
    if (!step.done) return step;
    this.#finish();
    return end;
  };

  readonly #onWhole = (value: Uint8Array): IteratorResult<Uint8Array, undefined> => {
    if (this.#call.fault !== undefined) return this.#onError(undefined);
    this.#finish();
    return value.length === 0 ? end : { done: false, value };
  };

  readonly #onError = (error: unknown): never => {
    this.#finish();
    throw this.#call.faultOf(error, "body");
  };
}
