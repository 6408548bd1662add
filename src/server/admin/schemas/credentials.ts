import * as z from "zod/mini";
import { count, named, pageQuery, pageSchema, time } from "./named.ts";

const credentialName = z.string().check(z.regex(/^(?!cred_)[A-Za-z0-9][\w.@-]{0,99}$/));
const value = z.string().check(z.minLength(1), z.maxLength(65_536));

/** A credential of the vault: never its value. */
export const credentialSchema = named(
  "Credential",
  z.object({
    id: z.string(),
    name: credentialName,
    /** From 1; one more with each new value. */
    version: count,
    hint: z.string(),
    masterKey: z.string(),
    createdAt: time,
    changedAt: time,
  }),
);
export const credentialPage = pageSchema("CredentialPage", credentialSchema);
export const credentialQuery = pageQuery;
export const newCredentialSchema = named("NewCredential", z.strictObject({ name: credentialName, value }));
export const credentialRotationSchema = named("CredentialRotation", z.strictObject({ value }));

export const vaultSchema = named(
  "Vault",
  z.object({
    secrets: count,
    masterKeys: z.array(
      z.object({
        id: z.string(),
        /** Where it is kept; null where this process does not have it. */
        from: z.nullable(z.string()),
        seals: z.boolean(),
        secrets: count,
      }),
    ),
  }),
);
export const rekeySchema = named(
  "VaultRekey",
  z.strictObject({
    /** First makes a new master key, where the gateway makes its own. */
    newKey: z.optional(z.boolean()),
  }),
);
export const rekeyedSchema = named("VaultRekeyed", z.object({ rewrapped: count, vault: vaultSchema }));
