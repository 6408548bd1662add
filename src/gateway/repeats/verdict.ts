import type { Meter } from "../../accounting/index.ts";
import { Fault, type FaultCode } from "../../exchange/index.ts";

/** `keep`: the answer is given again. `free`: nothing was asked for, or the provider said no. `lost`: nobody has it whole. */
export type Verdict = "keep" | "free" | "lost";

/** After these nobody knows whether the provider did what it was asked for. */
const silent: ReadonlySet<string> = new Set<FaultCode>([
  "upstream_timeout",
  "upstream_incomplete",
  "upstream_malformed",
  "upstream_too_large",
  "client_gone",
]);
/** The gateway ended it, and an answer may have been on its way: what the client got is no answer to give again. */
const cut: ReadonlySet<string> = new Set<FaultCode>(["client_gone", "gateway_draining", "credentials_expired"]);

/**
 * What becomes of a key whose first request has ended.
 *
 * @param begun the client had its head before the fault: a stream
 */
export function verdictOf(meter: Pick<Meter, "fault" | "attempts" | "usage" | "asked">, begun: boolean): Verdict {
  const { fault, attempts, asked } = meter;
  if (!fault) return "keep";
  const isSure = meter.usage() === undefined && !attempts.some(({ outcome }) => silent.has(outcome)) && !mayHaveArrived(fault);
  const isCut = cut.has(fault.code);
  if (!asked || (isSure && !isCut)) return "free";
  // An answer that could not be recorded was withheld.
  return begun || isCut || fault.code === "journal_failed" ? "lost" : "keep";
}

/** What a runtime says where there was no connection yet, or none that a request could have gone through. */
const unconnected = /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH)$|CERT|SELF_SIGNED|^UNABLE_TO_|^HOSTNAME_MISMATCH/;

function mayHaveArrived({ code, cause }: Fault): boolean {
  if (silent.has(code)) return true;
  // A connection that was there and broke before it answered.
  return code === "upstream_unreachable" && cause instanceof Error && "code" in cause && !unconnected.test(`${cause.code}`);
}

export const lostWords = {
  large: "its answer was longer than `idempotency.maxAnswerBytes`",
  crowded: "there was no room to keep its answer",
  unsealed: "its answer could not be sealed",
  broken: "its answer broke off",
} as const;

/** The first was asked, may have been billed, and cannot be given again. */
export function unknownAnswer(first: string, why: string): Fault {
  return new Fault("repetition_unknown", {
    message: `The request ${first} came with this Idempotency-Key and ${why}. It may have been billed, so it is not asked again; a new key asks anew.`,
  });
}
