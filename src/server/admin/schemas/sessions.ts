import * as z from "zod/mini";
import { count, named, pageQuery, pageSchema, time } from "./named.ts";

const sessionFields = {
  id: z.string(),
  name: z.string(),
  user: z.nullable(z.string()),
  key: z.nullable(z.string()),
  holder: z.enum(["browser", "command-line"]),
  roles: z.array(z.string()),
  createdAt: time,
  lastSeenAt: time,
  endsAt: time,
  userAgent: z.string(),
  address: z.string(),
};
export const sessionSchema = named("Session", z.object(sessionFields));
export const sessionPage = pageSchema("SessionPage", sessionSchema);
export const sessionQuery = z.strictObject({ ...pageQuery.shape, user: z.optional(z.string()) });
/** With what the command line sends, which is shown this once. */
export const issuedSessionSchema = named("IssuedSession", z.object({ token: z.string(), validSeconds: count, ...sessionFields }));
export const newSessionSchema = named("NewSession", z.strictObject({}));

export const meSchema = named(
  "Me",
  z.object({
    id: z.string(),
    name: z.string(),
    kind: z.string(),
    user: z.nullable(z.string()),
    organisation: z.nullable(z.string()),
    roles: z.array(z.string()),
    /** What these roles allow; each request is checked anew. */
    permissions: z.array(z.string()),
    session: z.nullable(sessionSchema),
    /** What pages of this gateway send as `x-sluice-csrf` with what changes something; null where no cookie is used. */
    csrfToken: z.nullable(z.string()),
  }),
);
