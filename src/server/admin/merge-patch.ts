import type * as z from "zod/mini";
import { Fault, type GatewayRequest } from "../../exchange/index.ts";
import { checked } from "./read-request.ts";

/** What a PATCH may be sent as, the best one first. */
export const patchTypes = ["application/merge-patch+json", "application/json"] as const;

/** What the document says of a PATCH of fields. */
export const patchSummary = "Changes what is named, by a JSON merge patch (RFC 7396): null takes a value away, objects are merged.";

/** A JSON merge patch (RFC 7396): null takes a member away, objects are merged member by member, everything else takes the place of what was. */
export function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return patch;
  const merged = new Map(isObject(target) ? Object.entries(target) : []);
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) merged.delete(name);
    else merged.set(name, mergePatch(merged.get(name), value));
  }
  return Object.fromEntries(merged);
}

/**
 * What a patch makes of the fields that it names, each of them whole: null where it takes one away. What is allowed is judged by these,
 * so that a member of a field counts as the field.
 *
 * @param before the object's fields as they are
 * @throws Fault `request_malformed` where what comes out is not as the schema says
 */
export function mergedFields<Schema extends z.ZodMiniType<object>>(changes: Schema, before: object, patch: object): z.output<Schema> {
  const fields = Object.entries(patch).map(([name, value]) => [name, mergePatch(Reflect.get(before, name), value)]);
  return checked(changes, Object.fromEntries(fields)) as z.output<Schema>;
}

/** Another kind of patch (RFC 6902, say) means something else by the same members. @throws Fault `request_malformed` with the status 415 */
export function refuseOtherPatches(http: GatewayRequest): void {
  const type = http.header("content-type")?.split(";")[0]?.trim().toLowerCase();
  if (type === undefined || !type.endsWith("+json") || (patchTypes as readonly string[]).includes(type)) return;
  throw new Fault("request_malformed", { message: `PATCH takes ${patchTypes.join(" and ")}, not ${type.slice(0, 100)}.`, status: 415 });
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
