import * as z from "zod/mini";

/** `stores`: where things are kept. */
export const storeOptions = z
  .strictObject({
    control: z.optional(z.enum(["sqlite"]).check(z.describe("Keys, teams, versions of the config. Default sqlite."))),
    records: z.optional(z.enum(["sqlite"]).check(z.describe("One row an exchange. Default sqlite."))),
    counters: z.optional(
      z
        .enum(["sqlite", "memory"])
        .check(z.describe("What is left of limits and budgets. `memory` forgets it with the process. Default sqlite.")),
    ),
  })
  .check(z.describe("Where things are kept."));

/** `journal`: what a record must survive before its answer ends. */
export const journalOption = z
  .enum(["os", "disk"])
  .check(z.describe("What a record survives: `os` the death of the process, `disk` the death of the machine. Default os."));

export type StoreOptions = z.output<typeof storeOptions>;
export type JournalOption = z.output<typeof journalOption>;
