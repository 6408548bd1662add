import * as z from "zod/mini";

type Json = Record<string, unknown>;

/** A value that a schema takes, with as little in it as there may be. */
export function sampleOf(schema: z.ZodMiniType): unknown {
  return sampled(z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }) as Json);
}

function sampled(schema: Json): unknown {
  if (Array.isArray(schema.enum)) return schema.enum[0];
  if ("const" in schema) return schema.const;
  const alternatives = (schema.anyOf ?? schema.oneOf) as readonly Json[] | undefined;
  if (alternatives) return sampled(alternatives[0] as Json);
  switch (schema.type) {
    case "object": {
      const properties = (schema.properties ?? {}) as Record<string, Json>;
      return Object.fromEntries(((schema.required ?? []) as string[]).map((name) => [name, sampled(properties[name] ?? {})]));
    }
    case "array":
      return Array.from({ length: Number(schema.minItems ?? 0) }, () => sampled((schema.items ?? {}) as Json));
    case "integer":
    case "number":
      return schema.minimum ?? 1;
    case "boolean":
      return true;
    case "string":
      return schema.format === "date-time" ? "2030-01-01T00:00:00Z" : "sample".padEnd(Number(schema.minLength ?? 0), "x");
    default:
      return {};
  }
}
