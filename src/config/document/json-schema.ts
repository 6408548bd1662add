import * as z from "zod/mini";
import { providers } from "../../providers/index.ts";
import { documentSchema, type Policies } from "./document.ts";

/** The JSON Schema of the document, for editors (`sluice.schema.json`). */
export function configJsonSchema(policies: Policies): Record<string, unknown> {
  const schema = z.toJSONSchema(documentSchema(policies), {
    io: "input",
    override: ({ jsonSchema }) => {
      if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
      if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
    },
  });
  const type = schemaOfType(schema);
  if (type !== undefined) type.enum = [...providers.keys()];
  return { ...schema, title: "Sluice config", description: "See docs/reference/config.md." };
}

/** `providers.*.type`: the kinds come from the registry, which the schema of one entry does not know. */
function schemaOfType(schema: z.core.JSONSchema.BaseSchema): z.core.JSONSchema.BaseSchema | undefined {
  const group = schema.properties?.providers;
  const entry = typeof group === "object" ? group.additionalProperties : undefined;
  const type = typeof entry === "object" ? entry.properties?.type : undefined;
  return typeof type === "object" ? type : undefined;
}
