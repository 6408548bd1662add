import type * as z from "zod/mini";
import { Fault } from "../../../exchange/index.ts";
import type { AuditLine } from "../../../insight/index.ts";
import { fittingPage } from "../fitting-page.ts";
import { operation } from "../operation.ts";
import { cursorOf, idIn } from "../pages.ts";
import { auditCheckpoint, auditPage, auditQuery } from "../schemas/audit.ts";

const ordinaryLines = 50;

/** What operators did. */
export const auditOperations = [
  operation({
    name: "audit.list",
    method: "GET",
    path: "/admin/v1/audit",
    permission: "audit:read",
    owner: "organisation",
    summary:
      "What operators did, newest first; for an organisation, to what is its own. `sluice audit verify` tells whether the log is whole.",
    query: auditQuery,
    status: 200,
    answer: auditPage,
    async run({ query }, { acts }) {
      const { limit = ordinaryLines, cursor } = query;
      const before = cursor === undefined ? undefined : idIn(cursor);
      if (before !== undefined && !Number.isSafeInteger(Number(before)))
        throw new Fault("request_malformed", { message: "`cursor` is none that this list gave.", param: "cursor" });
      const fits = fitting(query);
      const { data, next } = await fittingPage((some, last) => acts(some, last === undefined ? undefined : Number(last)), {
        limit,
        before,
        ...(fits && { fits }),
        keyOf: ({ seq }) => String(seq),
      });
      return { status: 200, body: { data, next: next === undefined ? null : cursorOf(next) } };
    },
  }),
  operation({
    name: "audit.checkpoint",
    method: "GET",
    path: "/admin/v1/audit/checkpoint",
    permission: "audit:read",
    owner: "installation",
    summary: "How far the log goes, signed: to be kept in a second place, for `sluice audit verify --checkpoints`.",
    status: 200,
    answer: auditCheckpoint,
    async run(_, { audit }) {
      const checkpoint = await audit.checkpoint();
      if (!checkpoint) throw new Fault("object_unknown", { message: "The audit log is empty, so that there is nothing to sign." });
      return { status: 200, body: checkpoint };
    },
  }),
];

/** Whether a line is asked for; undefined where all are. */
function fitting({
  actor,
  since,
  until,
  operation,
  object,
  organisation,
  outcome,
}: z.output<typeof auditQuery>): ((line: AuditLine) => boolean) | undefined {
  const named = Object.entries({ operation, object, organisation, outcome });
  const wanted = named.filter(([, value]) => value !== undefined) as (readonly [keyof AuditLine, string])[];
  if (wanted.length === 0 && actor === undefined && since === undefined && until === undefined) return undefined;
  const [from, to] = [since, until].map((text) => (text === undefined ? undefined : Date.parse(text)));
  return (line) =>
    (actor === undefined || line.actor.id === actor) &&
    (from === undefined || Date.parse(line.at) >= from) &&
    (to === undefined || Date.parse(line.at) < to) &&
    wanted.every(([name, value]) => line[name] === value);
}
