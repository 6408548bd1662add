import * as z from "zod/mini";
import { count, named, needs, pageSchema } from "./named.ts";
import { originFields } from "./objects.ts";

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
    /** Where there are several: each by its place and its last four characters. */
    keys: z.array(
      z.object({
        hint: z.string(),
        account: z.nullable(z.string()),
        status: z.enum(["usable", "resting"]),
        why: z.nullable(z.enum(["rate limit", "credential refused", "out of credit"])),
        retryInSeconds: z.nullable(count),
      }),
    ),
    ...originFields,
  }),
);
export const providerPage = pageSchema("ProviderPage", providerSchema);

/** Models are shown to everybody who may see names; who made them and how they are written is the operators'. */
const ofOperators = {
  definition: needs("config:read", z.optional(z.unknown())),
  author: needs("config:read", z.optional(originFields.author)),
  reason: needs("config:read", z.optional(originFields.reason)),
  misfit: needs("config:read", z.optional(originFields.misfit)),
  drift: needs("config:read", z.optional(originFields.drift)),
};

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
    ...originFields,
    ...ofOperators,
    /** `provider`: a provider's own name, which no entry of the config stands for. */
    source: z.enum([...originFields.source.options, "provider"]),
  }),
);
export const modelPage = pageSchema("ModelPage", modelSchema);
