import { Fault } from "../../exchange/index.ts";
import { errorBody, faultIn } from "../openai-chat/faults.ts";
import { isWire, textOf, type Wire } from "./wire.ts";

/** One API, one form of errors: Chat Completions' refusals are these. */
export { readFault } from "../openai-chat/faults.ts";

export function writeFault(fault: Fault): { readonly status: number; readonly body: unknown } {
  return { status: fault.status, body: errorBody(fault) };
}

/** What a failed response says of a fault. */
export function writeFailure(fault: Fault): { readonly code: string; readonly message: string } {
  return { code: textOf(errorBody(fault).error.code) ?? fault.code, message: fault.message };
}

/** The fault of an error that came inside a 200: the `error` of a failed response, or of an error event. */
export function faultInside(error: unknown): Fault {
  return faultIn({ error: error ?? {} }) ?? new Fault("upstream_failed");
}

/** The error of a whole response, where it is one; undefined for any other. */
export function faultOfResponse(response: Wire): Fault | undefined {
  if (response.status === "failed") return faultInside(response.error);
  if (response.status === "cancelled") return new Fault("upstream_incomplete", { message: "The provider cancelled the response." });
  if (response.type === "error") return faultInside(response.error ?? response);
  return response.error && (isWire(response.error) || response.output === undefined) ? faultInside(response.error) : undefined;
}
