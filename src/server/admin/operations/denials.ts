import { randomBytes } from "node:crypto";
import { Fault } from "../../../exchange/index.ts";
import type { StoredDenial } from "../../../storage/index.ts";
import { operation } from "../operation.ts";
import { pageOf } from "../pages.ts";
import { isCredential } from "../pasted-credentials.ts";
import { denialPage, denialQuery, denialSchema, newDenialSchema } from "../schemas/denials.ts";

/** Tokens and certificates that are refused although they are good. */
export const denialOperations = [
  operation({
    name: "denials.list",
    method: "GET",
    path: "/admin/v1/denials",
    permission: "denials:read",
    owner: "installation",
    summary: "Tokens, subjects and certificates that are refused.",
    query: denialQuery,
    status: 200,
    answer: denialPage,
    async run({ query }, { storage, now }) {
      const all = await storage.control.denials.list(now());
      const wanted = query.issuer === undefined ? all : all.filter(({ issuer }) => issuer === query.issuer);
      return { status: 200, body: pageOf(wanted.map(shown), query) };
    },
  }),
  operation({
    name: "denials.create",
    method: "POST",
    path: "/admin/v1/denials",
    permission: "denials:write",
    owner: "installation",
    summary: "Refuses a token, or everything of a subject, on every node within a second; running streams of theirs end too.",
    body: newDenialSchema,
    status: 201,
    answer: denialSchema,
    repeatable: true,
    async run({ body }, { storage, now, rereadKeys }) {
      const createdAt = now();
      const { kind, issuer, value, reason, endsAt } = body;
      if (isCredential(value))
        throw new Fault("request_malformed", {
          message: "`value` is a name that the token holds, its `jti` or `sub`, and not the token itself.",
          param: "value",
        });
      const ends = endsAt === undefined ? undefined : Date.parse(endsAt);
      if (ends !== undefined && ends <= createdAt)
        throw new Fault("request_malformed", { message: "The denial would have ended before it began.", param: "endsAt" });
      const denial: StoredDenial = {
        id: `deny_${randomBytes(9).toString("base64url")}`,
        kind,
        issuer,
        value,
        createdAt,
        ...(reason !== undefined && { reason }),
        ...(ends !== undefined && { endsAt: ends }),
      };
      await storage.control.denials.insert(denial);
      await rereadKeys();
      return { status: 201, body: shown(denial), location: `/admin/v1/denials/${denial.id}`, made: denial.id };
    },
  }),
  operation({
    name: "denials.get",
    method: "GET",
    path: "/admin/v1/denials/{id}",
    permission: "denials:read",
    owner: "installation",
    summary: "One of them.",
    status: 200,
    answer: denialSchema,
    async run({ object }, { storage }) {
      const found = await storage.control.denials.get(object);
      if (!found) throw unknown(object);
      return { status: 200, body: shown(found) };
    },
  }),
  operation({
    name: "denials.lift",
    method: "DELETE",
    path: "/admin/v1/denials/{id}",
    permission: "denials:write",
    owner: "installation",
    summary: "Takes a denial back.",
    status: 204,
    async run({ object }, { storage, rereadKeys }) {
      if (!(await storage.control.denials.lift(object))) throw unknown(object);
      await rereadKeys();
      return { status: 204 };
    },
  }),
];

function unknown(id: string): Fault {
  return new Fault("object_unknown", { message: `There is no denial ${JSON.stringify(id)}.` });
}

function shown({ id, kind, issuer, value, reason, createdAt, endsAt }: StoredDenial) {
  const time = (ms: number | undefined) => (ms === undefined ? null : new Date(ms).toISOString());
  return { id, kind, issuer, value, reason: reason ?? null, createdAt: time(createdAt), endsAt: time(endsAt) };
}
