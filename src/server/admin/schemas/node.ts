import * as z from "zod/mini";
import { count, named, time } from "./named.ts";

export const healthSchema = named(
  "Health",
  z.object({ status: z.enum(["ready", "draining"]), startedAt: time, inFlight: count, providers: count, models: count }),
);
