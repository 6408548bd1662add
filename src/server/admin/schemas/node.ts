import * as z from "zod/mini";
import { count, named, time } from "./named.ts";
import { place } from "./versions.ts";

/** Of the secrets that the config refers to. */
const secretCounts = z.object({ fresh: count, stale: count, missing: count });

export const healthSchema = named(
  "Health",
  z.object({
    status: z.enum(["ready", "draining"]),
    startedAt: time,
    inFlight: count,
    providers: count,
    models: count,
    secrets: secretCounts,
    /** Objects that were made by API and do not fit the config. */
    leftOut: count,
    /** Which those are; what is wrong with them stands in the config. */
    misfits: z.array(place),
  }),
);
