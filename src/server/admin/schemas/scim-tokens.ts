import * as z from "zod/mini";
import { name, named, pageSchema, time } from "./named.ts";

const tokenFields = {
  id: z.string(),
  name,
  hint: z.string(),
  organisation: z.nullable(z.string()),
  state: z.enum(["works", "expired", "revoked"]),
  createdAt: time,
  expiresAt: z.nullable(time),
  revokedAt: z.nullable(time),
};
export const scimTokenPage = pageSchema("ScimTokenPage", named("ScimToken", z.object(tokenFields)));
/** With the token itself, which is shown this once. */
export const issuedScimTokenSchema = named("IssuedScimToken", z.object({ token: z.string(), ...tokenFields }));
export const newScimTokenSchema = named(
  "NewScimToken",
  z.strictObject({ name, organisation: z.optional(z.string().check(z.minLength(1), z.maxLength(200))), expiresAt: z.optional(time) }),
);
