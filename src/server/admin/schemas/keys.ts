import * as z from "zod/mini";
import { name, named, names, pageQuery, pageSchema, scopes, time } from "./named.ts";

const keyFields = {
  id: z.string(),
  kind: z.enum(["key", "admin"]),
  name,
  hint: z.string(),
  team: z.nullable(z.string()),
  user: z.nullable(z.string()),
  scopes,
  models: z.nullable(z.array(z.string())),
  state: z.enum(["works", "expired", "revoked"]),
  source: z.enum(["file", "store"]),
  createdAt: z.nullable(time),
  expiresAt: z.nullable(time),
  revokedAt: z.nullable(time),
  lastUsedAt: z.nullable(time),
};
export const keySchema = named("Key", z.object(keyFields));
/** With the key itself, which is shown this once. */
export const issuedKeySchema = named("IssuedKey", z.object({ key: z.string(), ...keyFields }));
export const keyPage = pageSchema("KeyPage", keySchema);
export const keyQuery = z.strictObject({
  ...pageQuery.shape,
  team: z.optional(z.string()),
  state: z.optional(z.enum(["works", "expired", "revoked"])),
});
export const newKeySchema = named(
  "NewKey",
  z.strictObject({
    name,
    kind: z.optional(z.enum(["key", "admin"])),
    team: z.optional(name),
    user: z.optional(name),
    scopes: z.optional(scopes),
    models: z.optional(names),
    expiresAt: z.optional(time),
  }),
);
export const keyChangesSchema = named(
  "KeyChanges",
  z.strictObject({
    name: z.optional(name),
    team: z.optional(z.nullable(name)),
    user: z.optional(z.nullable(name)),
    scopes: z.optional(scopes),
    models: z.optional(z.nullable(names)),
    expiresAt: z.optional(z.nullable(time)),
  }),
);
export const rotationSchema = named(
  "Rotation",
  z.strictObject({ graceSeconds: z.optional(z.int().check(z.gte(0), z.lte(30 * 24 * 3600))) }),
);
