import type { Settled } from "../../accounting/index.ts";
import { totalTokens } from "../../exchange/index.ts";
import type { Counter, Reservation } from "../../policies/index.ts";
import type { Speech } from "../writing/write.ts";

/** Keeps what was set aside for an exchange until its record tells what it came to. */
export function hold(reservation: Reservation, speech: Speech): void {
  if (speech.held) {
    speech.held.push(reservation);
    return;
  }
  const held = [reservation];
  speech.held = held;
  speech.meter.onSettled = (settled) => {
    for (const each of held) each.settle((counter) => used(counter, settled));
  };
}

/** A try that failed: it was a request, and nothing more. */
export function wasTried(reservation: Reservation): void {
  reservation.settle(({ measure }) => (measure === "requests" ? 1 : 0));
}

function used({ measure }: Counter, { usage, costNanos, asked }: Settled): number {
  switch (measure) {
    case "requests":
      return asked ? 1 : 0;
    case "concurrency":
      return 0;
    case "nanos":
      return costNanos ?? 0;
    case "outputTokens":
      return usage?.output ?? 0;
    case "inputTokens":
      return usage ? totalTokens(usage) - usage.output : 0;
    case "tokens":
      return usage ? totalTokens(usage) : 0;
  }
}
