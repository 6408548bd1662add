import * as z from "zod/mini";
import { count, named, time } from "./named.ts";

const side = {
  type: z.string().check(z.describe("The media type as it was sent; empty where none was.")),
  length: count.check(z.describe("How many bytes there were, also where fewer are kept.")),
  truncated: z.boolean().check(z.describe("Fewer are kept than there were.")),
  encoding: z.enum(["utf-8", "base64"]).check(z.describe("Of `data`: base64 where the bytes are no UTF-8.")),
  data: z.string(),
};

export const bodySchema = named(
  "RecordBody",
  z.object({
    id: z.string(),
    request: z.object(side),
    answer: z.object({
      status: z.int(),
      whole: z.boolean().check(z.describe("It came to its end; false where somebody broke it off.")),
      ...side,
    }),
  }),
);

const id = (what: string) => z.optional(z.string().check(z.minLength(1), z.maxLength(300), z.describe(what)));

export const erasure = named(
  "ErasureRequest",
  z.strictObject({
    key: id("By its id."),
    user: id("As records have it."),
    endUser: id("As records have it."),
    application: id("By its id."),
    serviceAccount: id("By its id."),
    team: id("As records have it."),
    organisation: id("By its id."),
    since: z.optional(time),
    until: z.optional(time),
  }),
);
export const erased = named("Erasure", z.object({ erased: count }));
