import type { Flow } from "../../exchange/index.ts";

/** Where a stream's bytes go. */
export interface Outlet {
  /** Nobody is there any more. */
  isGone(): boolean;
  /** Sends a piece. @param more something follows at once @returns whether the next one may follow at once */
  send(bytes: Uint8Array, more: boolean): boolean;
  /** Calls back once the next piece may follow, or nobody is there any more. */
  whenFree(resume: () => void): void;
}

/**
 * Sends a flow on as fast as the outlet takes it.
 *
 * @returns "left" where the client went before the end
 * @throws what the flow throws
 */
export function pump(flow: Flow<Uint8Array>, outlet: Outlet): Promise<"whole" | "left"> {
  return flow.poll ? new Promise((resolve, reject) => new Pump(flow, outlet, resolve, reject).run()) : pumpByPromises(flow, outlet);
}

/** Polls: a chunk goes from socket to socket within one call, and no promise is made for it. */
class Pump {
  readonly #flow: Flow<Uint8Array>;
  readonly #outlet: Outlet;
  readonly #resolve: (outcome: "whole" | "left") => void;
  readonly #reject: (error: unknown) => void;

  constructor(flow: Flow<Uint8Array>, outlet: Outlet, resolve: (outcome: "whole" | "left") => void, reject: (error: unknown) => void) {
    this.#flow = flow;
    this.#outlet = outlet;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  readonly run = (): void => {
    try {
      while (!this.#outlet.isGone()) {
        const step = this.#flow.poll?.(this.run);
        if (!step) return;
        if (step.done) {
          this.#resolve("whole");
          return;
        }
        if (!this.#outlet.send(step.value, this.#flow.ending === true)) {
          this.#outlet.whenFree(this.run);
          return;
        }
      }
      this.#resolve("left");
    } catch (error) {
      this.#reject(error);
    }
  };
}

async function pumpByPromises(flow: Flow<Uint8Array>, outlet: Outlet): Promise<"whole" | "left"> {
  for (;;) {
    const step = await flow.next();
    if (outlet.isGone()) return "left";
    if (step.done) return "whole";
    if (!outlet.send(step.value, flow.ending === true)) await new Promise<void>((resolve) => outlet.whenFree(resolve));
  }
}
