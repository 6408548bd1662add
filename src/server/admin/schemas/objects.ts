import * as z from "zod/mini";
import { definitionSchema, objectKinds, objectPatchSchema, objectSchema } from "../../../config/index.ts";
import { policies } from "../../../policies/index.ts";
import { count, named, pageQuery, pageSchema, partOf, time } from "./named.ts";

export const reason = z.string().check(z.minLength(1), z.maxLength(500));

/** Says what would change, and changes nothing. */
export const dryRunQuery = z.strictObject({ dryRun: z.optional(z.enum(["true", "false"])) });

export const author = named("Author", z.object({ id: z.string(), name: z.string() }));

const provider = named("ProviderDefinition", definitionSchema("providers"));
named("CredentialOptions", partOf(provider, "credential"));
named("ProviderKey", partOf(provider, "apiKeys", "*"));
named("TimeoutOptions", partOf(provider, "timeouts"));
const model = named("ModelDefinition", definitionSchema("models"));
named("ModelTarget", partOf(model, 1, "targets", "*"));
named("CacheOptions", partOf(model, 1, "cache"));
const price = named("PriceDefinition", definitionSchema("prices"));
named("PriceStep", partOf(price, "above", "*"));
named("PriceTier", partOf(price, "tiers", "*"));
named("TeamDefinition", definitionSchema("teams"));

const yesOrNo = z.optional(z.enum(["true", "false"]));
/** Of one name or a glob of names, one source; only those that do not fit (`misfit`) or that a file has over them (`drift`), or none of these. */
export const objectQuery = z.strictObject({
  ...pageQuery.shape,
  name: z.optional(z.string().check(z.minLength(1), z.maxLength(200))),
  source: z.optional(z.enum(["file", "environment", "api", "apply", "provider"])),
  misfit: yesOrNo,
  drift: yesOrNo,
});
/** Versions that changed an object (`kind`, `name`), or that somebody made (`author`, by id). */
export const versionQuery = z.strictObject({
  ...pageQuery.shape,
  kind: z.optional(z.enum(objectKinds)),
  name: z.optional(z.string().check(z.minLength(1), z.maxLength(200))),
  author: z.optional(z.string().check(z.minLength(1), z.maxLength(200))),
});

/** What the API says of every object of the config: where it comes from, and how it is written. */
export const originFields = {
  /** As the config has it: secrets are references, or hidden where the file holds them itself. */
  definition: z.unknown(),
  source: z.enum(["file", "environment", "api", "apply"]),
  owner: z.nullable(z.string()),
  revision: z.nullable(count),
  changedAt: z.nullable(time),
  author: z.nullable(author),
  reason: z.nullable(z.string()),
  /** Why it is left out, and what it governs refused; null where it is served. */
  misfit: z.nullable(z.string()),
  drift: z.nullable(
    named("Drift", z.object({ source: z.enum(["api", "apply"]), owner: z.nullable(z.string()), revision: count, definition: z.unknown() })),
  ),
};

/** Bodies that make and change objects of a kind. */
function bodiesOf(kind: "providers" | "models" | "prices" | "policies", id: string) {
  const { name, definition } = objectSchema(kind, policies);
  return {
    made: named(`New${id}`, z.strictObject({ name, definition, reason: z.optional(reason) })),
    /** After merging. */
    changes: z.strictObject({ definition }),
    patch: named(`${id}Changes`, z.strictObject({ definition: z.optional(objectPatchSchema(kind)), reason: z.optional(reason) })),
  };
}

export const providerBodies = bodiesOf("providers", "Provider");
export const modelBodies = bodiesOf("models", "Model");
export const priceBodies = bodiesOf("prices", "Price");
export const policyBodies = bodiesOf("policies", "Policy");

export const priceSchema = named("Price", z.object({ id: z.string(), ...originFields }));
export const pricePage = pageSchema("PricePage", priceSchema);
export const policySchema = named("Policy", z.object({ id: z.string(), use: z.string(), ...originFields }));
export const policyPage = pageSchema("PolicyPage", policySchema);
