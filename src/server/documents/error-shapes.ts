import { Fault, type FaultCode, faultTable } from "../../exchange/index.ts";
import type { Codec } from "../../protocols/index.ts";
import type { Shape } from "./request-shapes.ts";

export interface ErrorForm {
  /** In their order, each once. */
  readonly statuses: readonly number[];
  readonly shape: Shape;
}

/** Statuses that a row of the table takes where the truth is more exact than the row: a provider's own, and the listener's. */
const closer = [400, 404, 405, 408, 413, 422];

/** What a fault may know of its place and of what a provider said. */
const everything = { param: "model", retryAfterMs: 1000, policy: "a-policy", nativeCode: "code", nativeType: "type" };

/** How a surface tells what the gateway refuses, read off its own codec: every fault of the table as it writes it. */
export function errorForm(codec: Codec, codes: readonly FaultCode[]): ErrorForm {
  const bare = codes.map((code) => codec.writeFault(new Fault(code), "req_0"));
  const full = codes.map((code) => codec.writeFault(new Fault(code, everything), "req_0"));
  const written = [...bare, ...full];
  const exact = closer.map((status) => codec.writeFault(new Fault("upstream_rejected", { status }), "req_0"));
  return {
    statuses: [...new Set([...written, ...exact].map(({ status }) => status))].toSorted((one, other) => one - other),
    shape: shapeOf([...written, ...exact].map(({ body }) => body)),
  };
}

/** Everything that can go wrong with a call of a model; nobody is left to hear that the client has gone. */
export const callFaults = (Object.keys(faultTable) as FaultCode[]).filter(
  (code) => code !== "client_gone" && code !== "audit_failed" && !code.startsWith("object_"),
);

/**
 * What all samples have in common, as a schema. Below its first level no member must be there, and any may be null: where the caller
 * speaks the provider's dialect, the provider's own words pass as they came.
 */
function shapeOf(samples: readonly unknown[], depth = 0): Shape {
  const types = [...new Set([...samples.map(typeOf), ...(depth > 1 ? ["null"] : [])])].toSorted();
  const objects = samples.filter((each): each is Readonly<Record<string, unknown>> => typeOf(each) === "object");
  const names = [...new Set(objects.flatMap((each) => Object.keys(each)))].toSorted();
  const valuesOf = (name: string) => objects.filter((each) => name in each).map((each) => each[name]);
  return {
    type: types.length === 1 ? types[0] : types,
    ...(names.length > 0 && {
      properties: Object.fromEntries(names.map((name) => [name, shapeOf(valuesOf(name), depth + 1)])),
      ...(depth === 0 && { required: names.filter((name) => objects.every((each) => name in each)) }),
    }),
  };
}

function typeOf(value: unknown): string {
  if (value === null) return "null";
  return Array.isArray(value) ? "array" : typeof value;
}
