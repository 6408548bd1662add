import { Fault } from "../../../exchange/index.ts";
import { operation } from "../operation.ts";
import { cursorOf, idIn } from "../pages.ts";
import { auditPage } from "../schemas/audit.ts";
import { pageQuery } from "../schemas/named.ts";

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
    query: pageQuery,
    status: 200,
    answer: auditPage,
    async run({ query }, { acts }) {
      const limit = query.limit ?? ordinaryLines;
      const before = query.cursor === undefined ? undefined : Number(idIn(query.cursor));
      if (before !== undefined && !Number.isSafeInteger(before))
        throw new Fault("request_malformed", { message: "`cursor` is none that this list gave.", param: "cursor" });
      const found = await acts(limit + 1, before);
      const data = found.slice(0, limit);
      const last = data.at(-1);
      return { status: 200, body: { data, next: found.length > limit && last ? cursorOf(String(last.seq)) : null } };
    },
  }),
];
