import { randomBytes } from "node:crypto";
import { Fault } from "../../../exchange/index.ts";
import type { StoredScimToken } from "../../../storage/index.ts";
import { refuseWiderDirectory } from "../grants/group-grants.ts";
import { operation } from "../operation.ts";
import { pageOf } from "../pages.ts";
import { pageQuery } from "../schemas/named.ts";
import { issuedScimTokenSchema, newScimTokenSchema, scimTokenPage } from "../schemas/scim-tokens.ts";

/** Which directories elsewhere keep people and groups in step. */
export const scimTokenOperations = [
  operation({
    name: "scim-tokens.list",
    method: "GET",
    path: "/admin/v1/scim-tokens",
    permission: "scim:read",
    owner: "organisation",
    summary: "The tokens for SCIM, revoked ones too.",
    query: pageQuery,
    status: 200,
    answer: scimTokenPage,
    async run({ query }, { scimTokens, now }) {
      const all = await scimTokens.list();
      return {
        status: 200,
        body: pageOf(
          all.map((token) => shown(token, now())),
          query,
        ),
      };
    },
  }),
  operation({
    name: "scim-tokens.create",
    method: "POST",
    path: "/admin/v1/scim-tokens",
    permission: "scim:write",
    owner: "organisation",
    summary:
      "Makes a token for SCIM. The answer shows it this once. Whoever has it decides who is in which group, and groups may give roles.",
    body: newScimTokenSchema,
    status: 201,
    answer: issuedScimTokenSchema,
    repeatable: true,
    shownOnce: true,
    async run(call, tools) {
      const { hasher, now, directory, scimTokens } = tools;
      const { name, expiresAt, organisation = call.access.scope.organisation } = call.body;
      const at = now();
      const ends = expiresAt === undefined ? undefined : Date.parse(expiresAt);
      if (ends !== undefined && ends <= at)
        throw new Fault("request_malformed", { message: "The token would have expired before it was made.", param: "expiresAt" });
      if (organisation !== undefined && (await directory.organisation.get(organisation)) === undefined)
        throw new Fault("object_unknown", { message: `There is no organisation ${JSON.stringify(organisation)}.`, param: "organisation" });
      await refuseWiderDirectory({ organisation, expiresAt: ends }, call, tools);
      const text = `sk-sluice-scim-${randomBytes(32).toString("base64url")}`;
      const token: StoredScimToken = {
        id: `scim_${randomBytes(9).toString("base64url")}`,
        name,
        hash: hasher.hash(text),
        hint: `sk-sluice-scim-…${text.slice(-4)}`,
        ...(organisation !== undefined && { organisation }),
        createdAt: at,
        ...(ends !== undefined && { expiresAt: ends }),
      };
      await scimTokens.insert(token);
      return { status: 201, body: { token: text, ...shown(token, at) }, made: token.id };
    },
  }),
  operation({
    name: "scim-tokens.revoke",
    method: "DELETE",
    path: "/admin/v1/scim-tokens/{id}",
    permission: "scim:write",
    owner: "organisation",
    summary: "Revokes a token for SCIM, at once on every node; it stays in the list.",
    status: 204,
    async run({ object }, { now, scimTokens }) {
      if (!(await scimTokens.revoke(object, now())))
        throw new Fault("object_unknown", { message: `There is no SCIM token ${JSON.stringify(object)} that works.` });
      return { status: 204 };
    },
  }),
];

function shown({ id, name, hint, organisation, createdAt, expiresAt, revokedAt }: StoredScimToken, now: number) {
  const time = (ms: number | undefined) => (ms === undefined ? null : new Date(ms).toISOString());
  const state = revokedAt !== undefined ? "revoked" : expiresAt !== undefined && expiresAt <= now ? "expired" : "works";
  return {
    id,
    name,
    hint,
    organisation: organisation ?? null,
    state,
    createdAt: time(createdAt),
    expiresAt: time(expiresAt),
    revokedAt: time(revokedAt),
  };
}
