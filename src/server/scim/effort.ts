import { Fault } from "../../exchange/index.ts";

/** Values that one request may have compared: some seconds of work would be everybody's seconds. */
const most = 2_000_000;

/** What a request may still cost. */
export class Effort {
  #left = most;

  /** @throws Fault `request_malformed` (`tooMany`) */
  spend(values: number): void {
    this.#left -= values;
    if (this.#left < 0)
      throw new Fault("request_malformed", {
        message: "This asks for too many comparisons at once: send it in parts, or with a shorter filter.",
        nativeCode: "tooMany",
      });
  }
}
