import { Fault, type Flow, type GatewayRequest, type Head } from "../../exchange/index.ts";
import type { Answer } from "../../gateway/index.ts";
import { NotHttp, type RequestHandler, type RequestHead, RequestParser } from "../../wire/index.ts";
import type { AnswerBytes, AnswerFraming } from "./answer-bytes.ts";
import type { ClientHandler, ClientLink } from "./client-link.ts";
import { type Proxies, ServedRequest } from "./served-request.ts";
import { type Outlet, pump } from "./stream-pump.ts";

/** What a connection needs of the server that it belongs to. */
export interface Serving extends Proxies {
  readonly bytes: AnswerBytes;
  /** Connections end with their answer. */
  readonly draining: boolean;
  /** While draining: a connection that was not told so with its last answer may still ask. */
  readonly lingers: boolean;
  answer(http: GatewayRequest): Answer;
  /** What came was no HTTP. */
  refuse(fault: Fault): Answer;
  /** An answer has left. */
  answered(): void;
  gone(connection: ClientConnection): void;
}

/** So much of the next request waits for the answer to this one. */
const aheadBytes = 64 * 1024;

/** Milliseconds that a connection may stay as it is. */
const patience = {
  /** Between requests. */
  idle: 120_000,
  /** From the first byte of a head to its last. */
  head: 10_000,
  /** Between two pieces of a body. */
  body: 60_000,
  /** Of an answer that nobody takes. */
  untaken: 300_000,
  /** Between two pieces of what a client still sends while we have ended. */
  ended: 2_000,
  /** Of such a client altogether. */
  lingering: 30_000,
};

/** A client's connection: one request after another, each answered before the next is read. */
export class ClientConnection implements ClientHandler, RequestHandler {
  /** Among those of the server, which gives it. */
  place = -1;
  readonly #link: ClientLink;
  readonly #serving: Serving;
  readonly #parser = new RequestParser(this);
  #request: ServedRequest | undefined;
  /** The head was read, the line was not asked yet. */
  #fresh = false;
  /** What came behind the request that is being answered. */
  #ahead: Buffer | undefined;
  #paused = false;
  /** What still comes is dropped: it is no HTTP, or our side has ended. */
  #deaf = false;
  #ended = false;
  /** Since when everything that we had to send has left. */
  #sentMs = 0;
  #gone = false;
  #drained: (() => void) | undefined;
  /** Since when it has been as it is. */
  #sinceMs = performance.now();

  constructor(link: ClientLink, serving: Serving) {
    this.#link = link;
    this.#serving = serving;
  }

  /** An answer is under way, or has not left wholly. */
  get atWork(): boolean {
    return this.#request !== undefined || !this.#link.settled;
  }

  onData(bytes: Uint8Array): void {
    if (this.#deaf) this.#stillSends();
    else if (this.#request && !this.#parser.inBody) this.#keepAhead(bytes);
    else this.#read(bytes);
  }

  /** What a client sends shows that it is there, but not that it takes what we send. */
  #stillSends(): void {
    if (this.#link.flushed) this.#sinceMs = performance.now();
  }

  /** Pipelined requests wait for their turn. */
  #keepAhead(bytes: Uint8Array): void {
    this.#ahead = this.#ahead ? Buffer.concat([this.#ahead, bytes]) : Buffer.from(bytes);
    if (this.#ahead.length > aheadBytes) this.#pause();
  }

  #read(bytes: Uint8Array): void {
    if (!this.#parser.inHead) this.#sinceMs = performance.now();
    try {
      const rest = this.#parser.take(bytes);
      if (rest && rest.length > 0) this.#ahead = rest;
    } catch (error) {
      this.#misread(error);
      return;
    }
    if (this.#fresh) {
      this.#fresh = false;
      void this.#answer(this.#request as ServedRequest);
    }
    if (this.#request?.sated && !this.#request.ended) this.#pause();
  }

  onRequest(head: RequestHead): void {
    this.#fresh = true;
    let asked = false;
    this.#request = new ServedRequest(head, this.#link, this.#serving, () => {
      this.#wantBody(head.expectsContinue && !asked);
      asked = true;
    });
  }

  onBody(bytes: Buffer): void {
    this.#request?.add(bytes);
  }

  onBodyEnd(): void {
    this.#request?.end();
  }

  onFull(): void {
    this.#sinceMs = performance.now();
  }

  onDrain(): void {
    this.#sinceMs = performance.now();
    this.#sentMs = this.#sinceMs;
    const drained = this.#drained;
    this.#drained = undefined;
    drained?.();
  }

  onClose(): void {
    if (this.#gone) return;
    this.#gone = true;
    this.#serving.gone(this);
    this.#request?.leave();
    this.onDrain();
  }

  /** Ends the connection if it waits for a request, and has since then. */
  endIdle(sinceMs = Number.POSITIVE_INFINITY): void {
    if (this.#sinceMs <= sinceMs && !this.#ended && !this.atWork && !this.#parser.inHead) this.#end();
  }

  destroy(): void {
    this.#link.destroy();
    this.onClose();
  }

  /** Ends what has been as it is for too long. */
  sweep(nowMs: number): void {
    const restedMs = nowMs - this.#sinceMs;
    if (!this.#link.flushed && (this.#ended || !this.#parser.inBody)) {
      if (restedMs > patience.untaken) this.destroy();
    } else if (this.#ended) {
      if (restedMs > patience.ended || nowMs - this.#sentMs > patience.lingering) this.destroy();
    } else if (this.#parser.inBody) {
      if (restedMs > patience.body) this.#request?.fail(timedOut());
    } else if (!this.#request && restedMs > (this.#parser.inHead ? patience.head : patience.idle)) {
      this.destroy();
    }
  }

  /** @param waits the client waits for a word before it sends the body */
  #wantBody(waits: boolean): void {
    if (waits && !this.#gone) this.#link.write(goOn, 0, goOn.length);
    this.#resume();
  }

  /** What came is no HTTP: the line hears of it where it waits for a body, else the client at once. */
  #misread(error: unknown): void {
    this.#deaf = true;
    const { message, status } = error instanceof NotHttp ? error : new NotHttp("its bytes cannot be read");
    const fault = new Fault("request_malformed", { message: `The request is not valid HTTP/1.1: ${message}.`, status });
    if (this.#request && !this.#fresh) this.#request.fail(fault);
    else void this.#tell(this.#serving.refuse(fault));
  }

  async #tell(answer: Answer): Promise<void> {
    const head = (await answer.next()).value as Head;
    this.#serving.bytes.whole(this.#link, head, head.body as Uint8Array, { keepAlive: false, bodiless: false });
    this.#end();
  }

  async #answer(request: ServedRequest): Promise<void> {
    const answer = this.#serving.answer(request);
    try {
      const head = (await answer.next()).value as Head;
      // What is left of a body that nobody wants would be taken for the next request.
      const keepAlive = request.head.keepAlive && request.ended && !this.#serving.draining;
      if (head.body instanceof Uint8Array) {
        if (!this.#gone) {
          this.#serving.bytes.whole(this.#link, head, head.body, { keepAlive, bodiless: request.method === "HEAD" });
        }
        // Nothing follows: the line only tidies up behind it.
        void answer.next();
      } else {
        await this.#stream(answer, head, head.body, request, keepAlive);
      }
      // A client that takes no answers gets no further ones.
      if (keepAlive && !this.#link.flushed) await new Promise<void>((resolve) => this.#whenDrained(resolve));
      this.#answered(keepAlive);
    } catch {
      // The line has told, recorded and logged what happened. What was sent, the error event above all, still arrives; the end
      // that its framing would have does not, so that nobody takes it for whole.
      this.#end();
    }
  }

  /** As fast as the client reads. */
  async #stream(answer: Answer, head: Head, flow: Flow<Uint8Array>, request: ServedRequest, keepAlive: boolean): Promise<void> {
    const { bytes } = this.#serving;
    const framing: AnswerFraming = request.head.chunksKnown ? "chunks" : "close";
    bytes.begin(this.#link, head, keepAlive, framing);
    const outlet: Outlet = {
      isGone: () => this.#gone,
      send: (piece, more) => {
        bytes.piece(this.#link, piece, framing, more);
        return this.#link.flushed;
      },
      whenFree: (resume) => this.#whenDrained(resume),
    };
    try {
      if ((await pump(flow, outlet)) === "left") {
        await flow.return?.();
        await answer.return();
        return;
      }
    } catch (error) {
      const last = await answer.throw(error);
      if (!last.done) bytes.piece(this.#link, last.value as Uint8Array, framing);
    }
    // What the line itself still has to do, or to say; it throws where the stream was not whole.
    const last = await answer.next();
    if (!last.done) bytes.piece(this.#link, last.value as Uint8Array, framing);
    bytes.end(this.#link, framing);
  }

  #whenDrained(resume: () => void): void {
    this.#sinceMs = performance.now();
    if (this.#gone) resume();
    else this.#drained = resume;
  }

  #answered(keepAlive: boolean): void {
    if (this.#gone) return;
    if (!keepAlive) {
      this.#end();
      return;
    }
    this.#request = undefined;
    this.#serving.answered();
    this.#sinceMs = performance.now();
    const ahead = this.#ahead;
    this.#ahead = undefined;
    this.#resume();
    if (ahead) this.#read(ahead);
    else if (this.#serving.draining && !this.#serving.lingers) this.#end();
  }

  /** Closing with bytes unread would reset the connection, and the answer could be lost: those that come are dropped for a while. */
  #end(): void {
    this.#request = undefined;
    this.#ahead = undefined;
    this.#deaf = true;
    this.#ended = true;
    this.#sinceMs = performance.now();
    this.#sentMs = this.#sinceMs;
    if (this.#gone) return;
    this.#resume();
    this.#link.end();
  }

  #pause(): void {
    if (this.#paused) return;
    this.#paused = true;
    this.#link.pause();
  }

  #resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    this.#link.resume();
  }
}

const goOn = Buffer.from("HTTP/1.1 100 Continue\r\n\r\n");

function timedOut(): Fault {
  return new Fault("request_malformed", { message: "The body stopped coming.", status: 408 });
}
