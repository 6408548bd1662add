import { permissionsOf } from "../../../auth/index.ts";
import { Fault, type Principal } from "../../../exchange/index.ts";
import type { StoredSession } from "../../../storage/index.ts";
import { refuseAbove, rolesHeld } from "../grants/grants.ts";
import { type AdminTools, type AnyCall, operation } from "../operation.ts";
import { pageOf } from "../pages.ts";
import { pageQuery } from "../schemas/named.ts";
import { issuedSessionSchema, meSchema, newSessionSchema, sessionPage, sessionQuery } from "../schemas/sessions.ts";

/** Who is logged in. */
export const sessionOperations = [
  operation({
    name: "me.get",
    method: "GET",
    path: "/admin/v1/me",
    permission: "sessions:own",
    owner: "self",
    summary: "Who asks, and by which session.",
    status: 200,
    answer: meSchema,
    async run({ http, principal }, { sessions, roles }) {
      const open = await sessions.current(http);
      // What may be done in one team only is allowed too.
      const allowed = permissionsOf(principal.roles ?? [], principal.organisation, roles);
      const body = {
        id: principal.keyId,
        name: principal.keyName,
        kind: principal.kind,
        user: principal.user ?? null,
        organisation: principal.organisation ?? null,
        roles: principal.roles ?? [],
        permissions: [...allowed].toSorted(),
        session: open === undefined ? null : shown(open.session),
        csrfToken: open?.session.holder === "browser" ? open.csrfToken : null,
      };
      return { status: 200, body };
    },
  }),
  operation({
    name: "me.sessions.list",
    method: "GET",
    path: "/admin/v1/me/sessions",
    permission: "sessions:own",
    owner: "self",
    summary: "One's own sessions that have not ended.",
    query: pageQuery,
    status: 200,
    answer: sessionPage,
    async run({ query, principal, http }, tools) {
      return { status: 200, body: pageOf((await ownSessions(http, principal, tools)).map(shown), query) };
    },
  }),
  operation({
    name: "me.sessions.revoke",
    method: "DELETE",
    path: "/admin/v1/me/sessions/{id}",
    permission: "sessions:own",
    owner: "self",
    summary: "Ends one of one's own sessions, at once.",
    status: 204,
    async run({ object, principal, http }, tools) {
      if (!(await ownSessions(http, principal, tools)).some(({ id }) => id === object)) throw unknown(object);
      await tools.storage.control.sessions.revoke(object, tools.now());
      return { status: 204 };
    },
  }),
  operation({
    name: "sessions.list",
    method: "GET",
    path: "/admin/v1/sessions",
    permission: "sessions:read",
    owner: "organisation",
    summary: "Sessions that have not ended: everybody's, or those of an organisation's people and admin keys.",
    query: sessionQuery,
    status: 200,
    answer: sessionPage,
    async run({ query }, { sessionsWithin, now }) {
      const all = (await sessionsWithin.list(now())).map(shown);
      return { status: 200, body: pageOf(query.user === undefined ? all : all.filter(({ user }) => user === query.user), query) };
    },
  }),
  operation({
    name: "sessions.create",
    method: "POST",
    path: "/admin/v1/sessions",
    permission: "sessions:own",
    owner: "self",
    summary: "A session of the command line in the place of the admin key that asks. The answer shows its token this once.",
    body: newSessionSchema,
    status: 201,
    answer: issuedSessionSchema,
    async run({ http, principal }, { sessions, config, hasher, now }) {
      const key = sessions.keyIn(http);
      if (key === undefined || principal.kind !== "admin")
        throw new Fault("credentials_forbidden", { message: "A session makes no other session: send the admin key itself." });
      const endsAt = now() + config().login.commandLineMs;
      const who = { name: principal.keyName, keyId: principal.keyId, keyHash: hasher.hash(key), roles: [] };
      const { token, session } = await sessions.begin({ ...who, holder: "command-line", idleMs: (endsAt - now()) / 2, endsAt }, http);
      return {
        status: 201,
        body: { token, validSeconds: Math.floor((session.endsAt - now()) / 1000), ...shown(session) },
        made: session.id,
      };
    },
  }),
  operation({
    name: "sessions.revoke",
    method: "DELETE",
    path: "/admin/v1/sessions/{id}",
    permission: "sessions:write",
    owner: "organisation",
    summary: "Ends somebody's session, at once on every node.",
    status: 204,
    async run({ object }, { sessionsWithin, now }) {
      const open = (await sessionsWithin.list(now())).some(({ id }) => id === object);
      if (!open || !(await sessionsWithin.revoke(object, now()))) throw unknown(object);
      return { status: 204 };
    },
  }),
  operation({
    name: "users.unlink",
    method: "DELETE",
    path: "/admin/v1/users/{id}/account",
    // Whoever logs in next under the person's name is the person.
    permission: "scim:write",
    owner: "organisation",
    summary: "Forgets which account of the OpenID provider a person logs in with; the next one under the same name counts.",
    status: 204,
    async run(call, tools) {
      const { directory, now } = tools;
      const { object } = call;
      const user = await directory.user.get(object);
      if (user === undefined) throw new Fault("object_unknown", { message: `There is no user ${JSON.stringify(object)}.` });
      refuseAbove({ ...user, roles: await rolesHeld(object, user, tools) }, call as AnyCall, tools.roles);
      await directory.user.update(object, { account: null }, now());
      return { status: 204 };
    },
  }),
];

/** Of the same person, or of the same admin key. */
async function ownSessions(
  http: Parameters<AdminTools["sessions"]["current"]>[0],
  principal: Principal,
  { sessions, storage, now }: AdminTools,
) {
  const own = (await sessions.current(http))?.session;
  const all = await storage.control.sessions.list(now());
  if (own === undefined || own.keyId !== undefined) return all.filter(({ keyId }) => keyId === principal.keyId);
  return all.filter((each) =>
    own.userId !== undefined ? each.userId === own.userId : each.issuer === own.issuer && each.subject === own.subject,
  );
}

function unknown(id: string): Fault {
  return new Fault("object_unknown", { message: `There is no session ${JSON.stringify(id)}.` });
}

function shown(session: StoredSession) {
  return {
    id: session.id,
    name: session.name,
    user: session.userId ?? session.subject ?? null,
    key: session.keyId ?? null,
    holder: session.holder,
    roles: session.roles,
    createdAt: timeOf(session.createdAt),
    lastSeenAt: timeOf(session.lastSeenAt),
    endsAt: timeOf(Math.min(session.endsAt, session.lastSeenAt + session.idleMs)),
    userAgent: session.userAgent,
    address: session.address,
  };
}

function timeOf(ms: number): string {
  return new Date(ms).toISOString();
}
