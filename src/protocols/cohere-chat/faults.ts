import { type Fault, parseJson } from "../../exchange/index.ts";
import type { UpstreamRefusal } from "../dialect.ts";
import { faultOfNames, faultOfStatus, type NativeError } from "../refusal.ts";
import { type Fields, fieldsOf, isFields, wordOf } from "./fields.ts";

const decoder = new TextDecoder();

/** `{id, message}` with a status. 498 says that a word on Cohere's list of denied ones was met, 499 that its own call broke off. */
export function readFault(answer: UpstreamRefusal): Fault {
  const native = nativeError(parsed(answer.body));
  if (answer.status === 498) return faultOfStatus({ ...told(answer), status: 400 }, { ...native, code: "content_filter" });
  if (answer.status === 499) return faultOfStatus({ ...told(answer), status: 500 }, native);
  // A trial's month is used up: waiting a moment does not help.
  const spent = answer.status === 429 && /calls \/ month|per month|monthly/i.test(native.message ?? "");
  return faultOfStatus(answer, spent ? { ...native, code: "insufficient_quota" } : native);
}

/** The same refusal, to be given another status. */
function told(answer: UpstreamRefusal): Omit<UpstreamRefusal, "status"> {
  return { body: answer.body, header: (name) => answer.header(name) };
}

function parsed(body: Uint8Array): unknown {
  try {
    return parseJson(decoder.decode(body));
  } catch {
    return undefined;
  }
}

function nativeError(body: unknown): NativeError {
  const fields = fieldsOf(body);
  return { message: wordOf(fields.message) ?? wordOf(fields.error) ?? wordOf(fieldsOf(fields.error).message) ?? wordOf(fields.detail) };
}

/** An error that stands where an answer, or an event of one, should. */
export function faultIn(native: Fields): Fault | undefined {
  const isError = native.type === "error" || (native.type === undefined && native.delta === undefined && !isFields(native.message));
  const error = nativeError(native);
  return isError && error.message !== undefined ? faultOfNames(error) : undefined;
}

export function errorBody(fault: Fault, requestId: string): Fields {
  return { id: requestId, message: fault.message };
}
