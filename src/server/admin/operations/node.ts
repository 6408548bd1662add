import type { KeptState } from "../../../secrets/index.ts";
import { operation } from "../operation.ts";
import { healthSchema } from "../schemas/node.ts";

function countsOf(states: readonly KeptState[]): Record<KeptState["status"], number> {
  const counts = { fresh: 0, stale: 0, missing: 0 };
  for (const { status } of states) counts[status]++;
  return counts;
}

/** How this node is. */
export const nodeOperations = [
  operation({
    name: "health.get",
    method: "GET",
    path: "/admin/v1/health",
    permission: "health:read",
    owner: "installation",
    summary: "How this node is.",
    status: 200,
    answer: healthSchema,
    async run(_call, tools) {
      const { draining, inFlight } = tools.state();
      const config = tools.config();
      const body = {
        status: draining ? "draining" : "ready",
        startedAt: new Date(tools.startedAt).toISOString(),
        inFlight,
        providers: config.providers.length,
        models: config.models.length,
        leftOut: config.leftOut?.length ?? 0,
        misfits: (config.leftOut ?? []).map(({ kind, name }) => ({ kind, name })),
        secrets: countsOf(tools.secrets.states()),
      };
      return { status: 200, body };
    },
  }),
];
