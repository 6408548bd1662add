import * as z from "zod/mini";
import { count, named, pageSchema } from "./named.ts";

export const providerSchema = named(
  "Provider",
  z.object({
    id: z.string(),
    type: z.string(),
    title: z.string(),
    baseUrl: z.nullable(z.string()),
    region: z.nullable(z.string()),
    surfaces: z.array(z.string()),
    /** Whether there is one; the credential itself never leaves. */
    credential: z.enum(["key", "fetched", "none"]),
    source: z.enum(["file"]),
  }),
);
export const providerPage = pageSchema("ProviderPage", providerSchema);

export const modelSchema = named(
  "Model",
  z.object({
    id: z.string(),
    provider: z.string(),
    targets: z.array(z.string()),
    contextTokens: z.nullable(count),
    maxOutputTokens: z.nullable(count),
    inputs: z.array(z.string()),
    outputs: z.array(z.string()),
    priced: z.boolean(),
  }),
);
export const modelPage = pageSchema("ModelPage", modelSchema);
