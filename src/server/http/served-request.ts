import type { Networks } from "../../auth/index.ts";
import { bodyTooLarge, type ClientCertificate, Fault, type GatewayRequest, type LeaveSignal, Leaving } from "../../exchange/index.ts";
import type { RequestHead } from "../../wire/index.ts";
import { clientAddress } from "./client-address.ts";
import type { ClientLink } from "./client-link.ts";

/** So much of a body waits before anybody has asked for it. */
const unaskedBytes = 64 * 1024;
/** The least memory that a body of several pieces gets. */
const leastRoom = 16 * 1024;

/** What `clientAddress` asks for, as it is when it is asked. */
export interface Proxies {
  readonly trusted: Networks | undefined;
}

/** A request as it comes in from a connection. */
export class ServedRequest implements GatewayRequest {
  readonly head: RequestHead;
  readonly #link: Pick<ClientLink, "peer" | "certificate">;
  readonly #proxies: Proxies;
  /** Asks for more of the body. */
  readonly #pull: () => void;
  readonly #leaving = new Leaving();
  /**
   * The first `#length` bytes are what has come of the body. From the second piece on they are copied: many small views would
   * hold far more memory than they show.
   */
  #room: Buffer = nothing;
  #length = 0;
  #limit = Number.POSITIVE_INFINITY;
  /** Bytes of the body that were handed on already: it is drawn as a stream. */
  #streamed: number | undefined;
  #ended = false;
  #fault: Fault | undefined;
  #asked: PromiseWithResolvers<Uint8Array> | undefined;

  constructor(head: RequestHead, link: Pick<ClientLink, "peer" | "certificate">, proxies: Proxies, pull: () => void) {
    this.head = head;
    this.#link = link;
    this.#proxies = proxies;
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

  /** Asked of the system only where somebody wants to know. */
  get peer(): string | undefined {
    return clientAddress(this.#link.peer, this.head.headers.get("x-forwarded-for"), this.#proxies.trusted);
  }

  get certificate(): ClientCertificate | undefined {
    return this.#link.certificate;
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
    if (Math.max(this.#length, this.head.bodyLength ?? 0) > limit) this.fail(bodyTooLarge(limit));
    if (this.#fault) return Promise.reject(this.#fault);
    if (this.#ended) return Promise.resolve(this.#whole());
    this.#asked = Promise.withResolvers();
    this.#pull();
    return this.#asked.promise;
  }

  async *stream(limit: number): AsyncGenerator<Uint8Array, undefined> {
    this.#limit = limit;
    this.#streamed = 0;
    if (Math.max(this.#length, this.head.bodyLength ?? 0) > limit) this.fail(bodyTooLarge(limit, "maxUploadBytes"));
    for (;;) {
      if (this.#fault) throw this.#fault;
      if (this.#length > 0) {
        this.#streamed += this.#length;
        yield this.#whole();
      } else if (this.#ended) {
        return undefined;
      } else {
        this.#asked = Promise.withResolvers();
        this.#pull();
        await this.#asked.promise;
        this.#asked = undefined;
      }
    }
  }

  add(piece: Buffer): void {
    if (this.#fault) return;
    const before = this.#length;
    this.#length += piece.length;
    const streamed = this.#streamed !== undefined;
    if (this.#length + (this.#streamed ?? 0) > this.#limit) {
      this.fail(bodyTooLarge(this.#limit, streamed ? "maxUploadBytes" : "maxBodyBytes"));
      return;
    }
    if (before === 0) this.#room = piece;
    else this.#append(piece, before);
    if (streamed) this.#asked?.resolve(nothing);
  }

  #append(piece: Buffer, before: number): void {
    if (this.#length > this.#room.length) {
      // Twice as much each time, but no more than was announced: an announcement alone gets no memory.
      const most = this.head.bodyLength ?? Number.POSITIVE_INFINITY;
      const room = Buffer.allocUnsafe(Math.min(most, Math.max(2 * this.#length, leastRoom)));
      room.set(this.#room.subarray(0, before));
      this.#room = room;
    }
    this.#room.set(piece, before);
  }

  end(): void {
    this.#ended = true;
    if (this.#fault || !this.#asked) return;
    this.#asked.resolve(this.#streamed === undefined ? this.#whole() : nothing);
  }

  /** No more of the body is wanted, or can come. */
  fail(fault: Fault): void {
    if (this.#fault) return;
    this.#fault = fault;
    this.#room = nothing;
    this.#asked?.reject(fault);
  }

  #whole(): Uint8Array {
    const whole = this.#room.subarray(0, this.#length);
    this.#room = nothing;
    this.#length = 0;
    return whole;
  }
}

const nothing = Buffer.alloc(0);
