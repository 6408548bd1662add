import { Fault } from "../../exchange/index.ts";
import { NotHttp } from "../../wire/index.ts";

/** Where the call stood: before the answer's head came, or in its body. */
export type CallPhase = "head" | "body";

const tlsCode = /CERT|SELF_SIGNED|^UNABLE_TO_|^ERR_(TLS|SSL|OSSL)|^EPROTO$|^HOSTNAME_MISMATCH|^INVALID_(CA|PURPOSE)/;
const reasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: "refused the connection",
  ECONNRESET: "closed the connection before it answered",
  ENOTFOUND: "has a name that does not resolve",
  EAI_AGAIN: "has a name that could not be resolved just now",
  EHOSTUNREACH: "cannot be reached over the network",
  ENETUNREACH: "cannot be reached over the network",
  ETIMEDOUT: "did not accept the connection in time",
};

/** Redirects are not followed: they could lead a credential and a prompt to anybody. */
export function redirectFault(upstream: string, status: number): Fault {
  return new Fault("upstream_failed", {
    message: `${upstream} answered with a redirect (${status}), which is not followed. Name the final address in the config.`,
  });
}

export function tooLarge(limit: number): Fault {
  return new Fault("upstream_too_large", { message: `The provider's answer is larger than ${limit} bytes.` });
}

/**
 * What a runtime's client threw, as a Fault. The message names the upstream and what happened and nothing of the request;
 * the runtime's own error is the cause.
 */
export function transportFault(error: unknown, upstream: string, phase: CallPhase, secretQuery: string): Fault {
  if (error instanceof Fault) return error;
  const code = codeOf(error);
  const cause = withoutQuery(error, code, secretQuery);
  if (error instanceof NotHttp) {
    return new Fault("upstream_malformed", { message: `${upstream} did not answer in valid HTTP: ${error.message}.`, cause });
  }
  if (phase === "body") {
    return new Fault("upstream_incomplete", { message: `${upstream} broke off its answer before the end.`, cause });
  }
  if (tlsCode.test(code)) {
    return new Fault("upstream_unreachable", { message: `The TLS certificate or handshake of ${upstream} failed (${code}).`, cause });
  }
  const reason = reasons[code] ?? `could not be reached${code === "" ? "" : ` (${code})`}`;
  return new Fault("upstream_unreachable", { message: `${upstream} ${reason}.`, cause });
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "";
}

/** A runtime's message may quote the whole URL, and some providers take their key in the query. */
function withoutQuery(error: unknown, code: string, secretQuery: string): unknown {
  if (secretQuery === "" || !(error instanceof Error) || !error.message.includes(secretQuery)) return error;
  return Object.assign(new Error(error.message.replaceAll(secretQuery, "?…")), { name: error.name, code });
}
