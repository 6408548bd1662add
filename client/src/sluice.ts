import { Operations } from "./generated/operations.ts";
import { Sender, type SluiceOptions } from "./send.ts";

/**
 * Sluice's admin API, one method for each operation: `sluice.keys.create({ name: "support-bot" })`.
 *
 * Every method throws `SluiceProblem` where the gateway refuses, `SluiceUnreachable` where it cannot be reached, and the signal's reason
 * where the caller has aborted.
 */
export class Sluice extends Operations {
  constructor(options: SluiceOptions) {
    super(new Sender(options));
  }
}
