import * as z from "zod/mini";
import { bodyOptions } from "./bodies/options.ts";

const server = /^(rediss?|valkeys?|postgres(ql)?):\/\/\S+$/;

/** Where counters are kept. */
const counters = z.string().check(
  z.refine((where) => where === "sqlite" || where === "memory" || server.test(where), {
    error: "sqlite, memory, or the URL of a server: redis://, rediss://, valkey://, valkeys://, postgres://",
  }),
  z.describe(
    "What is left of limits and budgets, and what came with an `Idempotency-Key`. `sqlite`: shared by the processes of one machine. `memory`: forgotten with the process. `redis://`, `rediss://`, `valkey://`, `valkeys://` (a server, or any node of a cluster) or `postgres://`: shared by all that reach the server. Default sqlite.",
  ),
);

const onLoss = (what: string, otherwise: string) =>
  z.optional(
    z
      .enum(["refuse", "allow", "local-share"])
      .check(
        z.describe(
          `What happens to requests under ${what} while the server of the counters does not answer, when what this process was granted is used up. \`refuse\`: 503. \`allow\`: they pass, and are counted when it is back. \`local-share\`: as \`allow\`, up to \`localShare\` of each. Default ${otherwise}.`,
        ),
      ),
  );

/** Where control is kept. */
const control = z.string().check(
  z.refine((where) => where === "sqlite" || /^postgres(ql)?:\/\/\S+$/.test(where), {
    error: "sqlite, or the URL of a PostgreSQL: postgres://",
  }),
  z.describe(
    "Keys, people, versions of the config, the audit log, sealed secrets. `sqlite`: in the data folder. `postgres://`: shared by all nodes that reach the server; from the file or a variable, since what secrets' stores hold is read later. Default sqlite.",
  ),
);

/** Where records are kept. */
const records = z.string().check(
  z.refine((where) => where === "sqlite" || /^postgres(ql)?:\/\/\S+$/.test(where), {
    error: "sqlite, or the URL of a server: postgres://",
  }),
  z.describe(
    "One row an exchange, the sums over them, and the ledger. `sqlite`: `records.db` in the data folder. `postgres://`: shared by all gateways that name it; while it is away, records wait in the journal. Default sqlite.",
  ),
);

/** `stores`: where things are kept. */
export const storeOptions = z
  .strictObject({
    control: z.optional(control),
    records: z.optional(records),
    counters: z.optional(counters),
    timeoutMs: z.optional(
      z.int().check(z.gte(5), z.lte(10_000), z.describe("How long a call to the server of the counters may take. Default 50.")),
    ),
    onLoss: z.optional(
      z
        .strictObject({
          limits: onLoss("limits", "local-share"),
          budgets: onLoss("budgets", "refuse"),
          localShare: z.optional(
            z
              .number()
              .check(
                z.gt(0),
                z.lte(1),
                z.describe(
                  "What part of a limit or a budget each process may use with `local-share`. Default 0.1: ten processes stay within it.",
                ),
              ),
          ),
        })
        .check(z.describe("What happens while a server does not answer.")),
    ),
  })
  .check(z.describe("Where things are kept."));

/** `records`: how long they are kept. */
export const recordOptions = z
  .strictObject({
    keepDays: z.optional(
      z
        .int()
        .check(
          z.gte(1),
          z.lte(36_500),
          z.describe(
            "How many whole days, in UTC, a record is kept after its own. Sums by the hour stay. Default: records are kept for ever.",
          ),
        ),
    ),
    bodies: z.optional(bodyOptions),
    clientAddress: z.optional(
      z
        .enum(["none", "network", "whole"])
        .check(
          z.describe(
            "Whether a record says where its request came from, as `trustedProxies` have it: the `network` (IPv4 /24, IPv6 /48), or the `whole` address. It is a person's data. Default none.",
          ),
        ),
    ),
  })
  .check(z.describe("What is kept of each exchange."));

/** `journal`: what a record must survive before its answer ends. */
export const journalOption = z
  .enum(["os", "disk"])
  .check(z.describe("What a record survives: `os` the death of the process, `disk` the death of the machine. Default os."));

export type StoreOptions = z.output<typeof storeOptions>;
export type RecordOptions = z.output<typeof recordOptions>;
export type JournalOption = z.output<typeof journalOption>;
