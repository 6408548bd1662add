import type { IncomingHttpHeaders } from "node:http";
import type { Dispatcher } from "undici";
import { Fault } from "../../exchange/index.ts";
import type { Deadline, DeadlineWatch } from "./deadline-watch.ts";
import type { UpstreamAnswer, UpstreamRequest } from "./transport.ts";
import { redirectFault, transportFault } from "./transport-fault.ts";
import { contentEncodings, unpack } from "./unpack.ts";

const end: IteratorReturnResult<undefined> = { done: true, value: undefined };
/** So much of a body waits unread before its socket is paused. */
const highWaterBytes = 64 * 1024;

type Reading = PromiseWithResolvers<IteratorResult<Uint8Array, undefined>>;

/** One request on its way through undici: the handler of its frames, and the iterator over its body. */
export class NodeCall implements Dispatcher.DispatchHandler, AsyncIterableIterator<Uint8Array> {
  readonly #agent: Dispatcher;
  readonly #request: UpstreamRequest;
  readonly #signal: AbortSignal;
  readonly #name: string;
  readonly #deadline: Deadline;
  readonly #head = Promise.withResolvers<UpstreamAnswer>();
  readonly #chunks: Uint8Array[] = [];
  #waitingBytes = 0;
  #controller: Dispatcher.DispatchController | undefined;
  #reading: Reading | undefined;
  #fault: Fault | undefined;
  #answered = false;
  #ended = false;

  constructor(agent: Dispatcher, watch: DeadlineWatch, request: UpstreamRequest, signal: AbortSignal) {
    this.#agent = agent;
    this.#request = request;
    this.#signal = signal;
    const { url } = request;
    this.#name = `${url.hostname}:${url.port !== "" ? url.port : url.protocol === "https:" ? 443 : 80}`;
    this.#deadline = watch.start(request.deadlines, this.#name, (fault) => this.#stop(fault));
    this.#deadline.awaitConnection();
    signal.addEventListener("abort", this);
  }

  /** The client left. */
  handleEvent(): void {
    this.#stop(new Fault("client_gone"));
  }

  send(vetting: readonly string[] | Promise<readonly string[]> | undefined): Promise<UpstreamAnswer> {
    if (vetting instanceof Promise)
      vetting.then(
        () => this.#dispatch(),
        (error: unknown) => this.#fail(error),
      );
    else this.#dispatch();
    return this.#head.promise;
  }

  #dispatch(): void {
    if (this.#fault !== undefined) return;
    const { url, method, headers, body } = this.#request;
    this.#agent.dispatch(
      { origin: url.origin, path: url.pathname + url.search, method, headers: { "accept-encoding": "identity", ...headers }, body },
      this,
    );
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#fault !== undefined) controller.abort(this.#fault);
    else this.#deadline.awaitAnswer();
  }

  onResponseStart(controller: Dispatcher.DispatchController, status: number, headers: IncomingHttpHeaders): void {
    if (status < 200) return;
    if (status >= 300 && status < 400) {
      this.#stop(redirectFault(this.#name, status));
      controller.abort(this.#fault ?? new Fault("upstream_failed"));
      return;
    }
    this.#answered = true;
    const header = (name: string): string | undefined => {
      const value = headers[name];
      return Array.isArray(value) ? value.join(", ") : value;
    };
    const encodings = contentEncodings(header("content-encoding"));
    this.#head.resolve({ status, header, body: encodings.length === 0 ? this : unpack(this, encodings, this.#name) });
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Uint8Array): void {
    this.#deadline.arrived();
    const reading = this.#reading;
    if (reading !== undefined) {
      this.#reading = undefined;
      reading.resolve({ done: false, value: chunk });
      return;
    }
    this.#chunks.push(chunk);
    this.#waitingBytes += chunk.length;
    if (this.#waitingBytes > highWaterBytes && !controller.paused) controller.pause();
  }

  onResponseEnd(): void {
    this.#ended = true;
    this.#finish();
    this.#reading?.resolve(end);
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.#fail(error);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<Uint8Array, undefined>> {
    if (this.#fault !== undefined) return this.#ended ? Promise.resolve(end) : this.#throwOnce(this.#fault);
    const chunk = this.#chunks.shift();
    if (chunk !== undefined) {
      this.#waitingBytes -= chunk.length;
      if (this.#waitingBytes <= highWaterBytes && this.#controller?.paused === true) this.#controller.resume();
      return Promise.resolve({ done: false, value: chunk });
    }
    if (this.#ended) return Promise.resolve(end);
    this.#deadline.awaitChunk();
    this.#reading = Promise.withResolvers();
    return this.#reading.promise;
  }

  return(): Promise<IteratorResult<Uint8Array, undefined>> {
    if (!this.#ended) this.#stop(new Fault("client_gone"));
    this.#ended = true;
    this.#chunks.length = 0;
    return Promise.resolve(end);
  }

  #throwOnce(fault: Fault): Promise<never> {
    this.#ended = true;
    return Promise.reject(fault);
  }

  #stop(fault: Fault): void {
    this.#fail(fault);
    this.#controller?.abort(fault);
  }

  #fail(error: unknown): void {
    if (this.#fault !== undefined || this.#ended) return;
    this.#finish();
    this.#chunks.length = 0;
    const fault = transportFault(error, this.#name, this.#answered ? "body" : "head", this.#request.url.search);
    this.#fault = fault;
    if (!this.#answered) this.#head.reject(fault);
    const reading = this.#reading;
    if (reading === undefined) return;
    this.#ended = true;
    reading.reject(fault);
  }

  #finish(): void {
    this.#deadline.finish();
    this.#signal.removeEventListener("abort", this);
  }
}
