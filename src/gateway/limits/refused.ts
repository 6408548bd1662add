import { Fault } from "../../exchange/index.ts";
import type { Counter, Need, Refusal } from "../../policies/index.ts";

const nanosPerUsd = 1_000_000_000;

/**
 * Why a request does not pass, in words, and when it may, where that is ever.
 *
 * @param least what it takes with the shortest of answers
 * @param elsewhere another provider may have room
 */
export function refused({ retryAfterMs, left }: Refusal, { counter, amount }: Need, least: number, elsewhere = false): Fault {
  const { measure, whose, name, limit } = counter;
  const endless = least > limit || (counter.window.kind === "calendar" && counter.window.unit === "ever");
  const retry = endless ? {} : { retryAfterMs };
  if (measure === "nanos") {
    return new Fault(elsewhere ? "provider_exhausted" : "budget_exhausted", {
      message: `The budget of ${whose} (${usd(limit)} ${per(counter.window)}) has ${usd(left)} left, and this request may cost up to ${usd(amount)}.`,
      policy: name,
      ...retry,
    });
  }
  const asked = amount > 1 ? `, and this request may use up to ${amount}` : "";
  return new Fault(elsewhere ? "provider_exhausted" : "rate_limited", {
    message: `The limit ${name} of ${whose} (${limit}) has ${Math.floor(Math.max(0, left))} left${asked}.`,
    policy: name,
    ...retry,
  });
}

function per(window: Counter["window"]): string {
  if (window.kind !== "calendar") return "at a time";
  if (window.unit === "ever") return "for ever";
  return `${window.unit === "hour" ? "an" : "a"} ${window.unit}`;
}

function usd(nanos: number): string {
  return `${(nanos / nanosPerUsd).toFixed(6).replace(/\.?0+$/, "")} USD`;
}
