import { Fault, type GatewayRequest, type LeaveSignal, Leaving, PassedRequest } from "../../exchange/index.ts";

/**
 * A request that goes on without its client once it is held: whoever asks again is to have its answer. The gateway ends it as any
 * other.
 */
export class DetachedRequest extends PassedRequest {
  readonly #leaving = new Leaving();
  #held = false;
  /** Told when the client leaves while it is held. */
  onLeft: (() => void) | undefined;

  constructor(http: GatewayRequest) {
    super(http);
    http.signal.addEventListener("abort", this);
    if (http.signal.aborted) this.handleEvent();
  }

  /** The client left. */
  handleEvent(): void {
    if (this.#held) this.onLeft?.();
    else this.#leave();
  }

  #leave(): void {
    const { reason } = this.http.signal;
    this.#leaving.leave(reason instanceof Fault ? reason : undefined);
  }

  /** The client is gone, whether or not it is held. */
  get left(): boolean {
    return this.http.signal.aborted;
  }

  /** From here on the client may leave. */
  hold(): void {
    this.#held = true;
  }

  /** It ends with its client again, which may be gone already. */
  follow(): void {
    this.#held = false;
    if (this.http.signal.aborted) this.#leave();
  }

  override get signal(): LeaveSignal {
    return this.#leaving;
  }

  override cancel(fault: Fault): void {
    this.#leaving.leave(fault);
  }
}
