import type * as z from "zod/mini";
import { Fault } from "../../../exchange/index.ts";
import type { AuditLine } from "../../../insight/index.ts";
import { fittingPage } from "../fitting-page.ts";
import { operation } from "../operation.ts";
import { cursorOf, idIn } from "../pages.ts";
import { auditCheckpoint, auditExport, auditPage, auditQuery, auditVerdict } from "../schemas/audit.ts";
import { pageQuery } from "../schemas/named.ts";

const ordinaryLines = 50;
const mostLines = 200;

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
      const before = cursor === undefined ? undefined : String(seqIn(cursor));
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
    name: "audit.export",
    method: "GET",
    path: "/admin/v1/audit/export",
    permission: "audit:read",
    owner: "installation",
    summary: "The log as it is chained, oldest first, with the signed end: `sluice audit verify` reads what it holds. Default: 200 lines.",
    query: pageQuery,
    status: 200,
    answer: auditExport,
    async run({ query: { limit = mostLines, cursor } }, { audit }) {
      const { rows, checkpoint } = await audit.linked(cursor === undefined ? 0 : seqIn(cursor), limit);
      const last = rows.at(-1);
      const data = rows.map(({ seq, hash, line }) => ({ seq, hash, line }));
      const next = last && rows.length === limit ? cursorOf(String(last.seq)) : null;
      return { status: 200, body: { data, next, checkpoint: checkpoint ?? null } };
    },
  }),
  operation({
    name: "audit.verify",
    method: "GET",
    path: "/admin/v1/audit/verification",
    permission: "audit:read",
    owner: "installation",
    summary: "Looks whether the log is whole, as it stands in the store: every line, its chain and the signed end.",
    status: 200,
    answer: auditVerdict,
    async run(_, { audit }) {
      const { count: lines, flaws } = await audit.verify();
      return { status: 200, body: { lines, whole: flaws.length === 0, flaws: [...flaws] } };
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

/** @throws Fault `request_malformed` */
function seqIn(cursor: string): number {
  const seq = Number(idIn(cursor));
  if (!Number.isSafeInteger(seq))
    throw new Fault("request_malformed", { message: "`cursor` is none that this list gave.", param: "cursor" });
  return seq;
}

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
