import { Fault, type Flow, type LeaveSignal } from "../../exchange/index.ts";
import type { MessageHead } from "../../wire/index.ts";
import type { AddressGuard } from "./address-guard.ts";
import type { Backlog } from "./backlog.ts";
import type { Connection, ConnectionUser } from "./connection.ts";
import type { Deadline, DeadlineHolder, DeadlineWatch } from "./deadline-watch.ts";
import type { Origin } from "./origin.ts";
import { encodeHead, encodeRequest } from "./request-bytes.ts";
import type { UpstreamAnswer, UpstreamRequest } from "./transport.ts";
import { redirectFault, tooLarge, transportFault } from "./transport-fault.ts";
import { contentEncodings, unpack } from "./unpack.ts";

const end: IteratorReturnResult<undefined> = { done: true, value: undefined };
/** So much of a body waits unread before its connection is paused. */
const highWaterBytes = 32 * 1024;

type Step = IteratorResult<Uint8Array, undefined>;

/** A reader that wants all of the body at once. */
interface Whole {
  readonly limit: number;
  readonly body: PromiseWithResolvers<Uint8Array>;
}

/** One request on its way, and the iterator over its answer's body. It ends with one fault or with none. */
export class UpstreamCall implements ConnectionUser, DeadlineHolder, UpstreamAnswer, AsyncIterableIterator<Uint8Array>, Flow<Uint8Array> {
  readonly #origin: Origin;
  /** Let go once the answer has begun: a slow stream need not hold a long prompt. */
  #request: UpstreamRequest | undefined;
  #requestHead = "";
  readonly #secretQuery: string;
  readonly #stream: boolean;
  readonly #name: string;
  readonly #signal: LeaveSignal;
  readonly #deadline: Deadline;
  readonly #backlog: Backlog;
  /** Of its answer, once that has begun. */
  status = 0;
  #answerHead: MessageHead | undefined;
  readonly #head = Promise.withResolvers<UpstreamAnswer>();
  #connection: Connection | undefined;
  /** Addresses that are still to be tried. */
  #addresses: readonly string[] = [];
  #connected = false;
  #answered = false;
  /** Nothing more comes from the connection. */
  #over = false;
  #fault: Fault | undefined;
  readonly #chunks: Uint8Array[] = [];
  #waitingBytes = 0;
  /** The connection is paused, so that the upstream waits for the reader. */
  #heldBack = false;
  #reading: PromiseWithResolvers<Step> | undefined;
  /** How a reader that polls wants to be told. */
  #ready: (() => void) | undefined;
  /** Once somebody polls, the answer is on its way to the client: before, it may matter what comes first. */
  joins = false;
  #whole: Whole | undefined;

  constructor(origin: Origin, watch: DeadlineWatch, backlog: Backlog, request: UpstreamRequest, signal: LeaveSignal) {
    this.#origin = origin;
    this.#backlog = backlog;
    this.#request = request;
    this.#secretQuery = request.url.search;
    this.#stream = request.stream === true;
    this.#name = request.name ?? origin.name;
    this.#signal = signal;
    this.#deadline = watch.start(request.deadlines, this.#name, this);
    signal.addEventListener("abort", this);
  }

  /** The client left. */
  handleEvent(): void {
    this.#fail(new Fault("client_gone"));
  }

  header(name: string): string | undefined {
    return this.#answerHead?.get(name);
  }

  get body(): this {
    return this;
  }

  send(guard: AddressGuard): Promise<UpstreamAnswer> {
    try {
      // What cannot be sent costs no connection.
      this.#requestHead = encodeHead(this.#request as UpstreamRequest, this.#origin.hostHeader);
    } catch (error) {
      this.#fail(error);
      return this.#head.promise;
    }
    const resting = this.#origin.reuse(this.#stream);
    if (resting !== undefined) {
      this.#connection = resting;
      resting.wake(this);
      return this.#head.promise;
    }
    this.#deadline.awaitConnection();
    this.#connectChecked(guard);
    return this.#head.promise;
  }

  /** Connects to a checked address itself, so that no later answer of a resolver can lead elsewhere. */
  #connectChecked(guard: AddressGuard): void {
    Promise.try(() => guard.vet(this.#origin.hostname)).then(
      (addresses) => {
        const place = this.#origin.preferred % addresses.length;
        this.#connect([...addresses.slice(place), ...addresses.slice(0, place)]);
      },
      // What the resolver said is told as what a connection says is: with the upstream's name.
      (error: unknown) => this.#fail(error instanceof Fault && error.code === "upstream_unreachable" ? error.cause : error),
    );
  }

  #connect(addresses: readonly string[]): void {
    const [address = "", ...others] = addresses;
    this.#addresses = others;
    if (!this.#over) this.#connection = this.#origin.connect(address, this.#stream, this);
  }

  onConnected(): void {
    this.#connected = true;
    this.#deadline.awaitAnswer();
    if (this.#request !== undefined) this.#connection?.send(encodeRequest(this.#requestHead, this.#request.body));
  }

  onSent(): void {
    if (!this.#answered) this.#deadline.sent();
  }

  onBroken(error: unknown): void {
    this.#connection = undefined;
    if (this.#connected || this.#addresses.length === 0) {
      this.#fail(error ?? new ClosedEarly("the connection was closed"));
      return;
    }
    // Nothing was sent yet, so that the name's next address may be tried.
    this.#origin.preferred += 1;
    this.#connect(this.#addresses);
  }

  onHead(status: number, head: MessageHead): void {
    if (status >= 300 && status < 400) {
      this.#fail(redirectFault(this.#name, status));
      return;
    }
    this.#answered = true;
    this.#request = undefined;
    this.#requestHead = "";
    this.status = status;
    this.#answerHead = head;
    const encodings = contentEncodings(head.get("content-encoding"));
    if (encodings.length === 0) this.#head.resolve(this);
    else this.#head.resolve({ status, header: (name) => head.get(name), body: unpack(this, encodings, this.#name) });
  }

  onBody(bytes: Uint8Array): void {
    if (this.#over) return;
    this.#deadline.arrived();
    this.#backlog.passed(bytes.length);
    if (this.#whole !== undefined) {
      this.#addToWhole(bytes, this.#whole);
      return;
    }
    const reading = this.#reading;
    if (reading !== undefined) {
      this.#reading = undefined;
      reading.resolve({ done: false, value: bytes });
      return;
    }
    this.#chunks.push(bytes);
    this.#waitingBytes += bytes.length;
    if (this.#ready !== undefined) this.#wake();
    if (this.#waitingBytes > highWaterBytes && !this.#heldBack) this.#holdBack();
  }

  /** Tells the reader that polls. */
  #wake(): void {
    const ready = this.#ready;
    this.#ready = undefined;
    ready?.();
  }

  onEnd(): void {
    if (this.#over) return;
    this.#finish();
    this.#reading?.resolve(end);
    this.#wake();
    this.#whole?.body.resolve(this.#joined());
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<Step> {
    try {
      const here = this.#here();
      if (here !== undefined) return Promise.resolve(here);
    } catch (fault) {
      return Promise.reject(fault);
    }
    this.#deadline.awaitChunk();
    this.#reading = Promise.withResolvers();
    return this.#reading.promise;
  }

  poll(ready: () => void): Step | undefined {
    this.joins = true;
    const here = this.#here();
    if (here !== undefined) return here;
    this.#deadline.awaitChunk();
    this.#ready = ready;
    return undefined;
  }

  /** The next step, if it need not be waited for. @throws Fault with which the answer broke off, once */
  #here(): Step | undefined {
    const chunk = this.#chunks.shift();
    if (chunk !== undefined) {
      this.#waitingBytes -= chunk.length;
      if (this.#waitingBytes === 0 && this.#heldBack) this.#goOn();
      return { done: false, value: chunk };
    }
    const fault = this.#fault;
    if (fault !== undefined) {
      this.#fault = undefined;
      throw fault;
    }
    return this.#over ? end : undefined;
  }

  whole(limit: number): Promise<Uint8Array> {
    if (this.#fault !== undefined) return Promise.reject(this.#fault);
    if (this.#waitingBytes > limit) {
      this.#fail(tooLarge(limit));
      return Promise.reject(tooLarge(limit));
    }
    if (this.#over) return Promise.resolve(this.#joined());
    this.#whole = { limit, body: Promise.withResolvers() };
    if (this.#heldBack) this.#goOn();
    this.#deadline.awaitChunk();
    return this.#whole.body.promise;
  }

  #addToWhole(bytes: Uint8Array, { limit }: Whole): void {
    this.#chunks.push(bytes);
    this.#waitingBytes += bytes.length;
    if (this.#waitingBytes > limit) this.#fail(tooLarge(limit));
    else this.#deadline.awaitChunk();
  }

  #joined(): Uint8Array {
    const chunks = this.#chunks.splice(0);
    return chunks.length === 1 ? (chunks[0] as Uint8Array) : Buffer.concat(chunks, this.#waitingBytes);
  }

  /** Frees the socket, also while a read is pending. A body that was read to its end keeps its connection alive. */
  return(): Promise<Step> {
    this.#chunks.length = 0;
    if (!this.#over) {
      const connection = this.#connection;
      this.#finish();
      connection?.destroy();
      this.#reading?.resolve(end);
    }
    this.#fault = undefined;
    return Promise.resolve(end);
  }

  #holdBack(): void {
    this.#heldBack = true;
    this.#connection?.pause();
    this.#backlog.enter();
  }

  #goOn(): void {
    this.#heldBack = false;
    this.#connection?.resume();
    this.#backlog.leave();
  }

  onMissed(fault: Fault): void {
    if (!this.#connected) this.#origin.preferred += 1;
    this.#fail(fault);
  }

  /** What came before the upstream broke off is still read; a client that left or a missed deadline drops it. */
  #fail(error: unknown): void {
    if (this.#over) return;
    const connection = this.#connection;
    this.#finish();
    connection?.destroy();
    const fault = transportFault(error, this.#name, this.#answered ? "body" : "head", this.#secretQuery);
    if (fault === error) this.#chunks.length = 0;
    if (!this.#answered) this.#head.reject(fault);
    else if (this.#whole !== undefined) this.#whole.body.reject(fault);
    else if (this.#reading !== undefined) this.#reading.reject(fault);
    else {
      this.#fault = fault;
      this.#wake();
    }
  }

  #finish(): void {
    this.#over = true;
    this.#connection = undefined;
    if (this.#heldBack) this.#backlog.leave();
    this.#heldBack = false;
    this.#deadline.finish();
    this.#signal.removeEventListener("abort", this);
  }
}

/** An orderly end where there should have been more. */
class ClosedEarly extends Error {
  readonly code = "ECONNRESET";
}
