import { refName, type Schema } from "./read-document.ts";

/** A JSON Schema as a TypeScript type, as closely as types can say it. */
export function typeScriptType(schema: Schema, indent = ""): string {
  const { $ref, const: constant, enum: choices, anyOf, oneOf, allOf, type } = schema;
  if (typeof $ref === "string") return refName($ref);
  if (constant !== undefined) return JSON.stringify(constant);
  if (Array.isArray(choices)) return choices.map((each) => JSON.stringify(each)).join(" | ");
  const either = (anyOf ?? oneOf) as readonly Schema[] | undefined;
  if (either) return [...new Set(either.map((each) => typeScriptType(each, indent)))].join(" | ");
  if (Array.isArray(allOf)) return (allOf as readonly Schema[]).map((each) => `(${typeScriptType(each, indent)})`).join(" & ");
  if (Array.isArray(type)) return type.map((each) => typeScriptType({ ...schema, type: each }, indent)).join(" | ");
  if (type === "array") return arrayType(schema, indent);
  if (type === "object") return objectType(schema, indent);
  if (type === "integer") return "number";
  return typeof type === "string" ? type : "unknown";
}

function arrayType({ items, prefixItems }: Schema, indent: string): string {
  if (Array.isArray(prefixItems))
    return `readonly [${(prefixItems as readonly Schema[]).map((each) => typeScriptType(each, indent)).join(", ")}]`;
  const inner = typeScriptType((items ?? {}) as Schema, indent);
  return /^[\w"]+$/.test(inner) ? `readonly ${inner}[]` : `readonly (${inner})[]`;
}

function objectType({ properties, required, additionalProperties }: Schema, indent: string): string {
  if (!properties) {
    const values = typeof additionalProperties === "object" && additionalProperties !== null ? (additionalProperties as Schema) : {};
    return `{ readonly [name: string]: ${typeScriptType(values, indent)} }`;
  }
  return `{\n${membersOf(properties as Readonly<Record<string, Schema>>, (required ?? []) as readonly string[], `${indent}  `)}${indent}}`;
}

function membersOf(properties: Readonly<Record<string, Schema>>, required: readonly string[], indent: string): string {
  return Object.entries(properties)
    .map(([name, schema]) => {
      const wanted = required.includes(name);
      const told = typeof schema.description === "string" ? `${indent}/** ${commentText(schema.description)} */\n` : "";
      const key = /^[A-Za-z_$][\w$]*$/.test(name) ? name : JSON.stringify(name);
      return `${told}${indent}readonly ${key}${wanted ? "" : "?"}: ${typeScriptType(schema, indent)}${wanted ? "" : " | undefined"};\n`;
    })
    .join("");
}

/** Nothing ends the comment that it stands in. */
export function commentText(text: string): string {
  return text.replace(/\s+/g, " ").replaceAll("*/", "*\\/");
}
