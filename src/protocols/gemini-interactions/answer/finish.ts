import { Fault, type Finish } from "../../../exchange/index.ts";
import { faultOfNames } from "../../refusal.ts";
import { entryOf, type Fields, fieldsOf, listOf, textOf } from "../fields.ts";

/** How the gateway names, among `errors`, an answer that a filter or the model itself cut off; Google has no status for it. */
const filtered = "content_filter";

/** `status`; undefined while there is none that ends an answer. A call waits for its result, whatever is said. */
export function readFinish(interaction: Fields, hasCall: boolean): Finish | undefined {
  const native = textOf(interaction.status);
  switch (native) {
    case "completed":
      return { reason: hasCall ? "call" : "stop", native };
    case "requires_action":
      return { reason: "call", native };
    case "incomplete":
      return { reason: codeOf(interaction) === filtered ? "filtered" : "length", native };
    case "requires_continuation":
      return { reason: "pause", native };
    default:
      return undefined;
  }
}

function codeOf(interaction: Fields): string | undefined {
  return textOf(fieldsOf(listOf(interaction.errors)[0]).code);
}

const failures = new Set(["failed", "cancelled", "budget_exceeded"]);

/** The failure that an interaction tells of inside a 200. */
export function failureOf(interaction: Fields): Fault | undefined {
  const status = textOf(interaction.status);
  if (status === undefined || !failures.has(status)) return undefined;
  const error = fieldsOf(listOf(interaction.errors)[0]);
  const message = textOf(error.message);
  if (message === undefined) return new Fault("upstream_failed", { message: `The provider ended the interaction with "${status}".` });
  return errorFault(error);
}

const statuses: Readonly<Record<string, number>> = {
  invalid_request: 400,
  invalid_argument: 400,
  unauthenticated: 401,
  permission_denied: 403,
  not_found: 404,
  failed_precondition: 400,
  resource_exhausted: 429,
  rate_limit_exceeded: 429,
  too_many_requests: 429,
  service_unavailable: 503,
  unavailable: 503,
  deadline_exceeded: 504,
  gateway_timeout: 504,
};

/** `{code, message}`, where the code is a word or an HTTP status. */
export function errorFault(error: Fields): Fault {
  const code = typeof error.code === "number" ? String(error.code) : (textOf(error.code) ?? "");
  const status = /^[45]\d\d$/.test(code) ? Number(code) : (entryOf(statuses, code.toLowerCase()) ?? 500);
  return faultOfNames({ type: code, message: textOf(error.message), status });
}

export interface WrittenFinish {
  readonly status: string;
  readonly errors?: readonly { readonly code: string; readonly message: string }[];
}

export function writeFinish(finish: Finish | undefined, hasCall: boolean): WrittenFinish {
  switch (finish?.reason) {
    case "length":
    case "context-full":
    case "pause":
      return { status: "incomplete" };
    case "filtered":
    case "refusal":
      return { status: "incomplete", errors: [{ code: filtered, message: "The answer was cut off by a filter." }] };
    case "call":
      return { status: "requires_action" };
    default:
      return { status: hasCall ? "requires_action" : "completed" };
  }
}
