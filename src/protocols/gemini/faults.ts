import { type Fault, parseJson } from "../../exchange/index.ts";
import type { UpstreamRefusal } from "../dialect.ts";
import { entryOf } from "../json-fields.ts";
import { faultOfStatus, type NativeError } from "../refusal.ts";
import { type Fields, fieldsOf, isFields, listOf, type Native, numberOf, textOf } from "./fields.ts";

/** Google's canonical codes and the HTTP status that goes with each. */
const statuses: Readonly<Record<string, number>> = {
  INVALID_ARGUMENT: 400,
  FAILED_PRECONDITION: 400,
  OUT_OF_RANGE: 400,
  UNAUTHENTICATED: 401,
  PERMISSION_DENIED: 403,
  NOT_FOUND: 404,
  ALREADY_EXISTS: 409,
  ABORTED: 409,
  RESOURCE_EXHAUSTED: 429,
  CANCELLED: 499,
  UNKNOWN: 500,
  INTERNAL: 500,
  DATA_LOSS: 500,
  UNIMPLEMENTED: 501,
  UNAVAILABLE: 503,
  DEADLINE_EXCEEDED: 504,
};

/** What the table of refusals goes by, read out of Google's error. */
interface GoogleError {
  readonly native: NativeError;
  readonly status: number;
  readonly retryAfterMs?: number;
}

/** An error answer of Google's; a body in another form leaves the status to speak. */
export function readFault(answer: UpstreamRefusal): Fault {
  return faultOf(googleError(parsed(answer.body), answer.status), answer);
}

/** The error inside a 200, whole or as an event of a stream; undefined where there is none. */
export function faultIn(chunk: Fields): Fault | undefined {
  if (chunk.error === undefined || chunk.error === null) return undefined;
  const body = new TextEncoder().encode(JSON.stringify({ error: chunk.error }));
  return faultOf(googleError(chunk, undefined), { status: 500, header: () => undefined, body });
}

function faultOf({ native, status, retryAfterMs }: GoogleError, answer: UpstreamRefusal): Fault {
  const header = (name: string) =>
    answer.header(name) ??
    (name === "retry-after-ms" && retryAfterMs !== undefined && !answer.header("retry-after") ? String(retryAfterMs) : undefined);
  return faultOfStatus({ status, header, body: answer.body }, native);
}

function parsed(body: Uint8Array): unknown {
  try {
    return parseJson(new TextDecoder().decode(body));
  } catch {
    return undefined;
  }
}

/** @param told the HTTP status, where the error has one of its own */
function googleError(body: unknown, told: number | undefined): GoogleError {
  // Streams that are no event streams wrap the error in a list.
  const given = fieldsOf(Array.isArray(body) ? body[0] : body).error;
  if (typeof given === "string") return { native: { message: given }, status: told ?? 500 };
  const error = fieldsOf(given);
  const name = textOf(error.status);
  const code = numberOf(error.code);
  const known = code !== undefined && code >= 400 && code < 600 ? code : entryOf(statuses, name ?? "");
  const details = listOf(error.details).filter(isFields);
  const delay = retryDelay(details);
  const message = textOf(error.message);
  const reason = reasonOf(details, name, message);
  return {
    native: { type: name, message, code: reason },
    status: meantStatus(told ?? known ?? 500, name, message),
    ...(delay !== undefined && { retryAfterMs: delay }),
  };
}

const overlong = /input token count.*exceeds the maximum number of tokens|token count.*exceeds/i;
const unbilled = /billing|free (quota )?tier is not available/i;
const elsewhere = /location is not supported/i;

/** The reason of `ErrorInfo`: a bad API key of ours comes as a 400 and is told by it alone. */
function reasonOf(details: readonly Fields[], name: string | undefined, message: string | undefined): string | undefined {
  if (name === "INVALID_ARGUMENT" && overlong.test(message ?? "")) return "context_length_exceeded";
  if (details.some(isDailyQuota)) return "insufficient_quota";
  return textOf(details.find((detail) => typeOf(detail) === "ErrorInfo")?.reason);
}

/** Where Google's status says something else than the table would read in it. */
function meantStatus(status: number, name: string | undefined, message = ""): number {
  if (name === "FAILED_PRECONDITION" && unbilled.test(message)) return 402;
  if (name === "FAILED_PRECONDITION" && elsewhere.test(message)) return 403;
  if (status === 504) return 408;
  return status === 499 ? 500 : status;
}

function typeOf(detail: Fields): string {
  return (textOf(detail["@type"]) ?? "").replace(/^.*\./, "");
}

/** A quota of the day: waiting a minute does not help, another target may. */
function isDailyQuota(detail: Fields): boolean {
  const violations = typeOf(detail) === "QuotaFailure" ? listOf(detail.violations) : [];
  return violations.some((violation) => /PerDay/i.test(textOf(fieldsOf(violation).quotaId) ?? ""));
}

/** `RetryInfo.retryDelay`: seconds with an `s`. */
function retryDelay(details: readonly Fields[]): number | undefined {
  const delay = textOf(details.find((detail) => typeOf(detail) === "RetryInfo")?.retryDelay);
  const seconds = /^(\d+(?:\.\d+)?)s$/.exec(delay ?? "")?.[1];
  return seconds === undefined ? undefined : Math.ceil(Number(seconds) * 1000);
}

/** The fault as Google's SDKs know it. */
export function writeFault(fault: Fault, requestId: string): { readonly status: number; readonly body: { readonly error: Native } } {
  return { status: fault.status, body: errorBody(fault, requestId) };
}

const typeHead = "type.googleapis.com/google.rpc.";

export function errorBody(fault: Fault, requestId: string): { readonly error: Native } {
  const wait = fault.retryAfterMs;
  return {
    error: {
      code: fault.status,
      message: fault.message,
      status: nameOf(fault.status),
      details: [
        { "@type": `${typeHead}ErrorInfo`, reason: fault.code.toUpperCase(), domain: "sluice" },
        { "@type": `${typeHead}RequestInfo`, requestId },
        ...(wait === undefined ? [] : [{ "@type": `${typeHead}RetryInfo`, retryDelay: `${wait / 1000}s` }]),
      ],
    },
  };
}

function nameOf(status: number): string {
  switch (status) {
    case 401:
      return "UNAUTHENTICATED";
    case 403:
      return "PERMISSION_DENIED";
    case 404:
      return "NOT_FOUND";
    case 408:
    case 504:
      return "DEADLINE_EXCEEDED";
    case 409:
      return "ABORTED";
    case 429:
      return "RESOURCE_EXHAUSTED";
    case 499:
      return "CANCELLED";
    case 503:
      return "UNAVAILABLE";
    default:
      return status >= 400 && status < 500 ? "INVALID_ARGUMENT" : "INTERNAL";
  }
}
