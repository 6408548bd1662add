import type { Flow } from "../../exchange/index.ts";

type Step = IteratorResult<Uint8Array, undefined>;

/** Told of what passes. */
export interface Listener {
  add(bytes: Uint8Array): void;
  /** It came to its end. */
  ended(): void;
}

/** A flow that somebody listens to; it is drawn as the flow itself is. */
export class HeardFlow implements Flow<Uint8Array> {
  readonly #flow: Flow<Uint8Array>;
  readonly #listener: Listener;
  readonly poll?: (ready: () => void) => Step | undefined;

  constructor(flow: Flow<Uint8Array>, listener: Listener) {
    this.#flow = flow;
    this.#listener = listener;
    if (flow.poll) this.poll = (ready) => this.#heard(flow.poll?.(ready));
  }

  get ending(): boolean {
    return this.#flow.ending === true;
  }

  async next(): Promise<Step> {
    return this.#heard(await this.#flow.next()) as Step;
  }

  async return(): Promise<Step> {
    await this.#flow.return?.();
    return { done: true, value: undefined };
  }

  #heard(step: Step | undefined): Step | undefined {
    if (step?.done) this.#listener.ended();
    else if (step) this.#listener.add(step.value);
    return step;
  }
}
