import { type Fault, parseJson } from "../../exchange/index.ts";
import type { UpstreamRefusal } from "../dialect.ts";
import { sseFrame } from "../framing/sse.ts";
import { entryOf } from "../json-fields.ts";
import { faultOfNames, faultOfStatus, type NativeError } from "../refusal.ts";
import { type Fields, isFields, textOf } from "./fields.ts";

const statuses: Readonly<Record<string, number>> = {
  invalid_request_error: 400,
  authentication_error: 401,
  billing_error: 402,
  permission_error: 403,
  not_found_error: 404,
  conflict_error: 409,
  request_too_large: 413,
  rate_limit_error: 429,
  api_error: 500,
  timeout_error: 504,
  overloaded_error: 529,
};

/** An error answer of an Anthropic upstream; a body in another form leaves the status to speak. */
export function readFault(answer: UpstreamRefusal): Fault {
  return faultOfStatus(answer, nativeError(parsed(answer.body)));
}

/** `{type: "error", error: {…}}` inside a 200, whole or as an event of a stream. */
export function readError(event: Fields): Fault {
  const native = nativeError(event);
  const status = entryOf(statuses, native.type ?? "");
  return faultOfNames({ ...native, ...(status !== undefined && { status }), body: new TextEncoder().encode(JSON.stringify(event)) });
}

function parsed(body: Uint8Array): unknown {
  try {
    return parseJson(new TextDecoder().decode(body));
  } catch {
    return undefined;
  }
}

function nativeError(body: unknown): NativeError {
  const error = isFields(body) ? body.error : undefined;
  if (typeof error === "string") return { message: error };
  if (!isFields(error)) return { message: isFields(body) ? textOf(body.message) : undefined };
  const details = isFields(error.details) ? error.details : {};
  return { type: textOf(error.type), message: textOf(error.message), code: textOf(details.error_code) };
}

interface WrittenError {
  readonly type: "error";
  readonly error: { readonly type: string; readonly message: string };
  readonly request_id: string;
}

/** The fault as Anthropic's SDKs know it; overload is 529 there. */
export function writeFault(fault: Fault, requestId: string): { readonly status: number; readonly body: WrittenError } {
  return { status: fault.code === "upstream_overloaded" ? statuses.overloaded_error! : fault.status, body: errorBody(fault, requestId) };
}

/** The error event that ends a stream without a success marker. */
export function writeFaultEvent(fault: Fault, requestId: string): string {
  return sseFrame(JSON.stringify(errorBody(fault, requestId)), "error");
}

function errorBody(fault: Fault, requestId: string): WrittenError {
  return { type: "error", error: { type: errorType(fault), message: messageOf(fault) }, request_id: requestId };
}

/** Clients that shorten their history by themselves look for these words. */
function messageOf(fault: Fault): string {
  const words = "prompt is too long";
  return fault.nativeCode === "context_length_exceeded" && !fault.message.includes(words) ? `${words}: ${fault.message}` : fault.message;
}

function errorType(fault: Fault): string {
  switch (fault.status) {
    case 401:
      return "authentication_error";
    case 402:
      return "billing_error";
    case 403:
      return "permission_error";
    case 404:
      return "not_found_error";
    case 413:
      return "request_too_large";
    case 429:
      return fault.code === "budget_exhausted" ? "billing_error" : "rate_limit_error";
    case 503:
      return fault.code === "upstream_quota" ? "api_error" : "overloaded_error";
    case 408:
    case 504:
      return "timeout_error";
    default:
      return fault.status >= 400 && fault.status < 500 ? "invalid_request_error" : "api_error";
  }
}
