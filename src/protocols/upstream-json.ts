import { Fault } from "../exchange/index.ts";

const decoder = new TextDecoder("utf-8", { fatal: true });

/** A whole answer. @throws Fault `upstream_malformed` */
export function readJsonObject(bytes: Uint8Array): Record<string, unknown> {
  try {
    const json: unknown = JSON.parse(decoder.decode(bytes));
    if (typeof json === "object" && json !== null && !Array.isArray(json)) return json as Record<string, unknown>;
  } catch (cause) {
    throw new Fault("upstream_malformed", { message: "The provider's answer is not JSON.", cause });
  }
  throw new Fault("upstream_malformed", { message: "The provider's answer is not a JSON object." });
}
