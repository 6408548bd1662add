import * as z from "zod/mini";
import { isNetwork } from "../../../auth/index.ts";
import { budget, limits, metadata, name, named, names, needs, pageQuery, pageSchema, scopes, time } from "./named.ts";
import { patchSchema } from "./patches.ts";

/** `suspended`: whom it belongs to is gone or not active. */
const state = z.enum(["works", "expired", "revoked", "suspended"]);
const networks = z
  .array(z.string().check(z.refine(isNetwork, "a network, as 10.0.0.0/8 or 2001:db8::/32, or an address")))
  .check(z.minLength(1), z.maxLength(100));
const keyFields = {
  id: z.string(),
  kind: z.enum(["key", "admin"]),
  name,
  hint: z.string(),
  organisation: z.nullable(z.string()),
  team: z.nullable(z.string()),
  user: z.nullable(z.string()),
  application: z.nullable(z.string()),
  serviceAccount: z.nullable(z.string()),
  role: z.nullable(z.string()),
  scopes,
  models: z.nullable(z.array(z.string())),
  networks: z.nullable(z.array(z.string())),
  metadata: z.nullable(metadata),
  limits: needs("limits:read", z.optional(z.nullable(limits))),
  budget: needs("limits:read", z.optional(z.nullable(budget))),
  mayPassUser: z.nullable(z.boolean()),
  state,
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
  name: z.optional(z.string()),
  kind: z.optional(z.enum(["key", "admin"])),
  organisation: z.optional(z.string()),
  team: z.optional(z.string()),
  user: z.optional(z.string()),
  application: z.optional(z.string()),
  serviceAccount: z.optional(z.string()),
  state: z.optional(z.enum(["works", "expired", "revoked"])),
});
export const newKeySchema = named(
  "NewKey",
  z.strictObject({
    name,
    kind: z.optional(z.enum(["key", "admin"])),
    organisation: z.optional(name),
    team: z.optional(name),
    user: z.optional(name),
    application: z.optional(name),
    serviceAccount: z.optional(name),
    role: needs("roles:grant", z.optional(name)),
    networks: z.optional(networks),
    metadata: z.optional(metadata),
    limits: needs("limits:write", z.optional(limits)),
    budget: needs("limits:write", z.optional(budget)),
    mayPassUser: needs("end-users:trust", z.optional(z.boolean())),
    scopes: z.optional(scopes),
    models: z.optional(names),
    expiresAt: z.optional(time),
  }),
);
export const keyChangesSchema = z.strictObject({
  name: z.optional(name),
  team: z.optional(z.nullable(name)),
  user: z.optional(z.nullable(name)),
  application: z.optional(z.nullable(name)),
  role: needs("roles:grant", z.optional(name)),
  networks: z.optional(z.nullable(networks)),
  metadata: z.optional(z.nullable(metadata)),
  limits: needs("limits:write", z.optional(z.nullable(limits))),
  budget: needs("limits:write", z.optional(z.nullable(budget))),
  mayPassUser: needs("end-users:trust", z.optional(z.nullable(z.boolean()))),
  scopes: z.optional(scopes),
  models: z.optional(z.nullable(names)),
  expiresAt: z.optional(z.nullable(time)),
});
export const keyPatchSchema = patchSchema("KeyChanges", keyChangesSchema);
export const rotationSchema = named(
  "Rotation",
  z.strictObject({ graceSeconds: z.optional(z.int().check(z.gte(0), z.lte(30 * 24 * 3600))) }),
);
