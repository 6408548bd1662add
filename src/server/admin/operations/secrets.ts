import type { KeptState } from "../../../secrets/index.ts";
import { operation } from "../operation.ts";
import { pageOf } from "../pages.ts";
import { refreshedSchema, storedSecretPage, storedSecretQuery } from "../schemas/secrets.ts";

/** What the config refers to in other stores. */
export const secretOperations = [
  operation({
    name: "secrets.list",
    method: "GET",
    path: "/admin/v1/secrets",
    permission: "credentials:read",
    owner: "installation",
    summary: "The secrets that the config refers to, and how their last reading went; never their values.",
    query: storedSecretQuery,
    status: 200,
    answer: storedSecretPage,
    async run({ query }, { secrets }) {
      return { status: 200, body: pageOf(secrets.states().map(shown), query) };
    },
  }),
  operation({
    name: "secrets.refresh",
    method: "POST",
    path: "/admin/v1/secrets/refresh",
    permission: "credentials:write",
    owner: "installation",
    summary: "Reads all of them anew, now. What has changed is in use within a moment.",
    status: 200,
    answer: refreshedSchema,
    async run(_call, { secrets }) {
      return { status: 200, body: { data: (await secrets.refresh()).map(shown) } };
    },
  }),
];

function shown(state: KeptState) {
  const time = (atMs: number | null) => (atMs === null ? null : new Date(atMs).toISOString());
  return { id: `${state.source}:${state.path}`, ...state, readAt: time(state.readAt), expiresAt: time(state.expiresAt) };
}
