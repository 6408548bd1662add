import { Fault, type GatewayRequest, type LeaveSignal, Leaving } from "../../exchange/index.ts";
import type { RequestHead } from "../../wire/index.ts";

/** So much of a body waits before anybody has asked for it. */
const unaskedBytes = 64 * 1024;

/** A request as it comes in from a connection. */
export class ServedRequest implements GatewayRequest {
  readonly head: RequestHead;
  readonly peer: string | undefined;
  /** Asks for more of the body. */
  readonly #pull: () => void;
  readonly #leaving = new Leaving();
  #pieces: Buffer[] = [];
  #length = 0;
  #limit = Number.POSITIVE_INFINITY;
  #ended = false;
  #fault: Fault | undefined;
  #asked: PromiseWithResolvers<Uint8Array> | undefined;

  constructor(head: RequestHead, peer: string | undefined, pull: () => void) {
    this.head = head;
    this.peer = peer;
    this.#pull = pull;
  }

  get method(): string {
    return this.head.method;
  }

  get path(): string {
    return this.head.path;
  }

  get query(): string {
    return this.head.query;
  }

  get signal(): LeaveSignal {
    return this.#leaving;
  }

  /** The body has come whole. */
  get ended(): boolean {
    return this.#ended;
  }

  /** Nobody has asked for what waits here: the client may wait too. */
  get sated(): boolean {
    return this.#asked === undefined && this.#length > unaskedBytes;
  }

  header(name: string): string | undefined {
    return this.head.headers.get(name);
  }

  headerNames(): Iterable<string> {
    return this.head.headers.names();
  }

  cancel(fault: Fault): void {
    this.#leaving.leave(fault);
  }

  /** The client left. */
  leave(): void {
    this.fail(new Fault("client_gone"));
    this.#leaving.leave();
  }

  body(limit: number): Promise<Uint8Array> {
    this.#limit = limit;
    if (Math.max(this.#length, this.head.bodyLength ?? 0) > limit) this.fail(tooLarge(limit));
    if (this.#fault) return Promise.reject(this.#fault);
    if (this.#ended) return Promise.resolve(this.#whole());
    this.#asked = Promise.withResolvers();
    this.#pull();
    return this.#asked.promise;
  }

  add(piece: Buffer): void {
    if (this.#fault) return;
    this.#length += piece.length;
    this.#pieces.push(piece);
    if (this.#length > this.#limit) this.fail(tooLarge(this.#limit));
  }

  end(): void {
    this.#ended = true;
    if (!this.#fault) this.#asked?.resolve(this.#whole());
  }

  /** No more of the body is wanted, or can come. */
  fail(fault: Fault): void {
    if (this.#fault) return;
    this.#fault = fault;
    this.#pieces = [];
    this.#asked?.reject(fault);
  }

  #whole(): Uint8Array {
    const pieces = this.#pieces;
    this.#pieces = [];
    return pieces.length === 1 ? (pieces[0] as Uint8Array) : Buffer.concat(pieces, this.#length);
  }
}

function tooLarge(limit: number): Fault {
  return new Fault("request_too_large", { message: `The body is larger than ${limit} bytes (maxBodyBytes).` });
}
