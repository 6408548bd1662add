import * as z from "zod/mini";
import { named, pageQuery, pageSchema, time } from "./named.ts";

const text = z.string().check(z.minLength(1), z.maxLength(500));
const denialFields = {
  kind: z.enum(["token", "subject"]),
  /** A name of `identity.issuers`; `certificate` for clients' certificates, `sluice` for tokens that the gateway gave. */
  issuer: text,
  /** The token's `jti` or the subject's `sub`; of a certificate its thumbprint (SHA-256, base64url) or its name. */
  value: text,
};
export const denialSchema = named(
  "Denial",
  z.object({ id: z.string(), ...denialFields, reason: z.nullable(z.string()), createdAt: time, endsAt: z.nullable(time) }),
);
export const denialPage = pageSchema("DenialPage", denialSchema);
export const denialQuery = z.strictObject({ ...pageQuery.shape, issuer: z.optional(text) });
export const newDenialSchema = named("NewDenial", z.strictObject({ ...denialFields, reason: z.optional(text), endsAt: z.optional(time) }));
