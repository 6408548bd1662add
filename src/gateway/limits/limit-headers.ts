import type { Counter } from "../../policies/index.ts";
import type { Engine } from "../line.ts";

/**
 * The `RateLimit` fields of the IETF's draft: what is left of each counter, and until when.
 * Source: draft-ietf-httpapi-ratelimit-headers.
 */
export function limitHeaders(counters: readonly Counter[], { limiter }: Engine): Record<string, string> {
  const left: string[] = [];
  const policy: string[] = [];
  for (const counter of counters) {
    const { left: rest, resetMs } = limiter.standing(counter);
    const reset = Number.isFinite(resetMs) ? `;t=${Math.max(0, Math.ceil(resetMs / 1000))}` : "";
    left.push(`"${counter.name}";r=${Math.max(0, Math.floor(rest))}${reset}`);
    const length = lengthOf(counter);
    policy.push(`"${counter.name}";q=${counter.limit}${length === undefined ? "" : `;w=${length}`}${unitOf(counter)}`);
  }
  return { ratelimit: left.join(", "), "ratelimit-policy": policy.join(", ") };
}

const seconds: Readonly<Record<string, number>> = { minute: 60, hour: 3600, day: 86_400, week: 604_800 };

/** Of the window, in seconds, where it has always the same. */
function lengthOf({ window }: Counter): number | undefined {
  if (window.kind === "calendar") return seconds[window.unit];
  return window.kind === "standing" ? undefined : window.lengthMs / 1000;
}

function unitOf({ measure }: Counter): string {
  if (measure === "requests") return "";
  return measure === "concurrency" ? ';qu="concurrent-requests"' : measure === "nanos" ? ';qu="nano-usd"' : ';qu="tokens"';
}
