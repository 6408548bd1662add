import { setMember } from "../../json-fields.ts";
import { type Fields, isFields, type Native } from "../fields.ts";

/** Members whose value is a schema, a list of schemas, or schemas by name. */
const single = new Set(["items", "additionalProperties", "not"]);
const lists = new Set(["anyOf", "any_of", "oneOf", "allOf", "prefixItems"]);
const named = new Set(["properties", "$defs", "defs"]);
/** For Gemini alone, and 64-bit limits in quotes. */
const dropped = new Set(["nullable", "propertyOrdering", "property_ordering"]);
const counts = new Set(["minItems", "maxItems", "minLength", "maxLength", "minProperties", "maxProperties"]);

/** For those who send enums as numbers, as older SDKs of Vertex do. */
const numberedTypes = [undefined, "string", "number", "integer", "boolean", "array", "object", "null"];

/**
 * Gemini's own schemas (a part of OpenAPI 3.0: types in capitals, `nullable`) as the JSON Schema that everybody else
 * reads. What is JSON Schema already stays what it is.
 */
export function jsonSchema(native: unknown): unknown {
  if (!isFields(native)) return native;
  const out: Native = {};
  for (const name in native) {
    if (!dropped.has(name)) setMember(out, name === "any_of" ? "anyOf" : name, memberOf(name, native[name]));
  }
  return native.nullable === true ? nullable(out) : out;
}

function memberOf(name: string, value: unknown): unknown {
  if (name === "type" && typeof value === "number") return numberedTypes[value] ?? value;
  if (name === "type") return typeof value === "string" ? value.toLowerCase() : value;
  if (single.has(name)) return jsonSchema(value);
  if (lists.has(name)) return Array.isArray(value) ? value.map(jsonSchema) : value;
  if (named.has(name) && isFields(value)) {
    return Object.fromEntries(Object.entries(value).map(([key, schema]) => [key, jsonSchema(schema)]));
  }
  return counts.has(name) && typeof value === "string" && /^\d+$/.test(value) ? Number(value) : value;
}

function nullable(schema: Fields): Native {
  if (typeof schema.type === "string") {
    const choices = Array.isArray(schema.enum) ? { enum: [...schema.enum, null] } : {};
    return { ...schema, type: [schema.type, "null"], ...choices };
  }
  return Array.isArray(schema.anyOf) ? { ...schema, anyOf: [...schema.anyOf, { type: "null" }] } : { ...schema };
}
