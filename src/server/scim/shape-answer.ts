import { Fault } from "../../exchange/index.ts";
import { type AttributePath, parseAttributePath } from "./filter.ts";
import { isObject, type Resource } from "./match.ts";
import { attributeIn, type ScimSchema, subAttributeIn } from "./schemas.ts";

/** Which attributes are wanted (RFC 7644 3.9). */
export interface Shape {
  readonly attributes: readonly string[] | undefined;
  readonly excludedAttributes: readonly string[] | undefined;
}

/** The resource with only those attributes, or without those; what always comes always comes. @throws Fault `request_malformed` */
export function shaped(resource: Resource, { attributes, excludedAttributes }: Shape, schema: ScimSchema): Resource {
  if (attributes !== undefined && excludedAttributes !== undefined)
    throw new Fault("request_malformed", {
      message: "`attributes` and `excludedAttributes` do not go together.",
      nativeCode: "invalidValue",
    });
  if (attributes !== undefined) return only(resource, attributes.map(parseAttributePath), schema);
  if (excludedAttributes === undefined) return resource;
  const shown: Record<string, unknown> = { ...resource };
  for (const path of excludedAttributes.map(parseAttributePath)) {
    const attribute = attributeIn(schema, path.name);
    if (attribute === undefined || attribute.returned === "always") continue;
    if (path.sub === undefined) delete shown[attribute.name];
    else shown[attribute.name] = inner(shown[attribute.name], ([name]) => name.toLowerCase() !== path.sub?.toLowerCase());
  }
  return shown;
}

function only(resource: Resource, paths: readonly AttributePath[], schema: ScimSchema): Resource {
  const shown: Record<string, unknown> = { schemas: resource.schemas, id: resource.id };
  for (const { name, sub } of paths) {
    const attribute = attributeIn(schema, name);
    const value = attribute && resource[attribute.name];
    if (attribute === undefined || value === undefined) continue;
    const wanted = sub === undefined ? undefined : subAttributeIn(attribute, sub);
    if (sub === undefined) shown[attribute.name] = value;
    else if (wanted !== undefined)
      shown[attribute.name] = together(
        shown[attribute.name],
        inner(value, ([own]) => own === wanted.name),
      );
  }
  return shown;
}

/** Two parts of the same value. */
function together(one: unknown, other: unknown): unknown {
  if (Array.isArray(one) && Array.isArray(other)) return one.map((each, at) => together(each, other[at]));
  return isObject(one) && isObject(other) ? { ...one, ...other } : other;
}

function inner(value: unknown, keep: (entry: readonly [string, unknown]) => boolean): unknown {
  if (Array.isArray(value)) return value.map((each) => inner(each, keep));
  return isObject(value) ? Object.fromEntries(Object.entries(value).filter(keep)) : value;
}
