import { type ClientCertificate, Fault, type GatewayRequest, type LeaveSignal, Leaving } from "../../exchange/index.ts";

/**
 * A request that goes on without its client once it is held: whoever asks again is to have its answer. The gateway ends it as any
 * other.
 */
export class DetachedRequest implements GatewayRequest {
  readonly #http: GatewayRequest;
  readonly #leaving = new Leaving();
  #held = false;
  /** Told when the client leaves while it is held. */
  onLeft: (() => void) | undefined;

  constructor(http: GatewayRequest) {
    this.#http = http;
    http.signal.addEventListener("abort", this);
    if (http.signal.aborted) this.handleEvent();
  }

  /** The client left. */
  handleEvent(): void {
    if (this.#held) this.onLeft?.();
    else this.#leave();
  }

  #leave(): void {
    const { reason } = this.#http.signal;
    this.#leaving.leave(reason instanceof Fault ? reason : undefined);
  }

  /** The client is gone, whether or not it is held. */
  get left(): boolean {
    return this.#http.signal.aborted;
  }

  /** From here on the client may leave. */
  hold(): void {
    this.#held = true;
  }

  /** It ends with its client again, which may be gone already. */
  follow(): void {
    this.#held = false;
    if (this.#http.signal.aborted) this.#leave();
  }

  get signal(): LeaveSignal {
    return this.#leaving;
  }

  cancel(fault: Fault): void {
    this.#leaving.leave(fault);
  }

  get method(): string {
    return this.#http.method;
  }

  get path(): string {
    return this.#http.path;
  }

  get query(): string {
    return this.#http.query;
  }

  get peer(): string | undefined {
    return this.#http.peer;
  }

  get certificate(): ClientCertificate | undefined {
    return this.#http.certificate;
  }

  header(name: string): string | undefined {
    return this.#http.header(name);
  }

  headerNames(): Iterable<string> {
    return this.#http.headerNames();
  }

  body(limit: number): Promise<Uint8Array> {
    return this.#http.body(limit);
  }

  stream(limit: number): AsyncIterable<Uint8Array> {
    return this.#http.stream(limit);
  }
}
