import * as z from "zod/mini";
import { objectKinds, objectsSchema } from "../../../config/index.ts";
import { policies } from "../../../policies/index.ts";
import { count, named, pageSchema, time } from "./named.ts";
import { author, reason } from "./objects.ts";

const kind = z.enum(objectKinds);
export const place = named("ObjectPlace", z.object({ kind, name: z.string() }));

/** An object as it was, or is. */
const objectState = named(
  "ObjectState",
  z.object({ definition: z.unknown(), source: z.enum(["api", "apply"]), owner: z.nullable(z.string()) }),
);
const change = named(
  "ObjectChange",
  z.object({
    kind,
    name: z.string(),
    action: z.enum(["create", "change", "move", "adopt", "remove"]),
    before: z.nullable(objectState),
    after: z.nullable(objectState),
  }),
);

const versionFields = {
  number: count,
  at: time,
  author,
  operation: z.string(),
  reason: z.nullable(z.string()),
};
export const versionSchema = named("Version", z.object({ ...versionFields, changes: z.array(change) }));
export const versionPage = pageSchema(
  "VersionPage",
  z.object({ ...versionFields, changes: z.array(z.object({ kind, name: z.string(), action: change.shape.action })) }),
);

export const differenceQuery = z.strictObject({ against: z.optional(z.coerce.number().check(z.int(), z.gte(0))) });
export const differenceSchema = named("VersionDifference", z.object({ from: count, to: count, changes: z.array(change) }));

export const applySchema = named(
  "Apply",
  z.strictObject({
    objects: objectsSchema(policies),
    /** Whose the objects are: nobody else changes them. Default `git`. */
    owner: z.optional(z.string().check(z.regex(/^[A-Za-z0-9][\w.:/@-]{0,99}$/))),
    prune: z.optional(z.boolean()),
    adopt: z.optional(z.boolean()),
    reason: z.optional(reason),
  }),
);
export const rollbackSchema = named("Rollback", z.strictObject({ reason: z.optional(reason) }));

/** What was made by API and does not fit: it is not served, and what it governs is refused. */
const leftOut = z.array(named("LeftOut", z.object({ ...place.shape, problem: z.string() })));

/** What a change did, or would do. `inFile`: what the gateway's own file has under the same name, which stays as it is there. */
export const planSchema = named(
  "Plan",
  z.object({
    version: count,
    applied: z.boolean(),
    changes: z.array(change),
    inFile: z.array(place),
    notInDocument: z.array(place),
    leftOut,
  }),
);

export const configSchema = named(
  "Config",
  z.object({
    /** The newest version of what was made by API; 0 where there is none. */
    version: count,
    file: z.nullable(z.string()),
    document: z.record(z.string(), z.unknown()),
    /** Places in `document` where a reference stands for a secret that the file holds itself. */
    hidden: z.array(z.object({ path: z.string(), variable: z.string() })),
    /** Providers that come from the gateway's environment, and are not in `document`. */
    environment: z.array(z.string()),
    leftOut,
  }),
);
