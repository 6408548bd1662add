import { ConfigError, type Finding } from "../../config/index.ts";
import { type Fault, type FaultRow, faultTable, type Head } from "../../exchange/index.ts";
import { browserHeaders } from "../../gateway/index.ts";

const encoder = new TextEncoder();

/** A fault as a problem (RFC 9457). */
export function problemOf(fault: Fault, id: string): Head {
  const row: FaultRow = faultTable[fault.code];
  const body = {
    type: `/docs/faults#${fault.code}`,
    title: row.doc.split(/(?<=[.:]) /)[0],
    status: fault.status,
    detail: fault.message,
    code: fault.code,
    instance: id,
    ...(fault.cause instanceof SchemaProblem && { errors: fault.cause.errors }),
    ...(fault.cause instanceof ConfigError && { errors: fault.cause.issues.map(({ path, ...issue }) => ({ path, message: said(issue) })) }),
  };
  return {
    status: fault.status,
    headers: {
      ...ownHeaders(id),
      "content-type": "application/problem+json",
      ...(fault.retryAfterMs !== undefined && { "retry-after": String(Math.max(1, Math.ceil(fault.retryAfterMs / 1000))) }),
      ...(fault.allow && { allow: fault.allow.join(", ") }),
      ...(fault.status === 401 && { "www-authenticate": 'Bearer realm="sluice"' }),
    },
    body: encoder.encode(JSON.stringify(body)),
  };
}

/** What is served here is for programs: no page may hold it, and nobody on the way keeps it. */
export function ownHeaders(id: string): Record<string, string> {
  return {
    ...browserHeaders,
    "cross-origin-resource-policy": "same-origin",
    "x-sluice-request-id": id,
    "cache-control": "no-store",
  };
}

/** Every place that is wrong, for the answer. */
export class SchemaProblem extends Error {
  readonly errors: readonly { readonly path: string; readonly message: string }[];

  constructor(errors: SchemaProblem["errors"]) {
    super("The request is not as its schema says.");
    this.errors = errors;
  }
}

/** What is wrong with one place, in one line. */
export function said({ problem, expected, nearest }: Pick<Finding, "problem" | "expected" | "nearest">): string {
  return `${problem}${expected === undefined ? "" : `; expected ${expected}`}${nearest === undefined ? "" : `; did you mean ${nearest}?`}`;
}
