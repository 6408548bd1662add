import { isDeepStrictEqual } from "node:util";
import { builtInRoles, Fault, isPermission, permissionsOfRole } from "../../../exchange/index.ts";
import { directoryOperations } from "../directory-operations.ts";
import {
  type Granted,
  isSelf,
  refuseAbove,
  refuseSelf,
  refuseWider,
  refuseWiderRoles,
  refuseWithinPaths,
  rolesHeld,
} from "../grants/grants.ts";
import { refuseMembersAbove } from "../grants/group-grants.ts";
import { refuseStrangers } from "../grants/strangers.ts";
import { refuseTrustingApplication } from "../grants/user-trust.ts";
import type { AnyCall, OwnTools } from "../operation.ts";
import { applicationSchemas, groupSchemas, roleSchemas, serviceAccountSchemas, teamSchemas, userSchemas } from "../schemas/directory.ts";

interface Change {
  readonly before: object | undefined;
  readonly after: object | undefined;
}

/** Who there is within an organisation. */
export const directoryRows = [
  ...directoryOperations({
    kind: "team",
    collection: "teams",
    noun: "a team",
    plural: "teams, those of the config file too",
    schemas: teamSchemas,
    // What its members may use is not for them to decide.
    owner: { read: "team", write: "organisation" },
    ownedBy: "organisation",
    fields: { optional: ["models", "metadata", "limits", "budget"], lists: [] },
    fixed: ({ fileTeams }) =>
      fileTeams.map(({ name, models = null, limits = null, budget = null }) => ({
        ...fixed(name, "file"),
        name,
        models,
        metadata: null,
        limits,
        budget,
      })),
    check: ({ after }, _call, tools) => refuseStrangers(after, tools),
  }),
  ...directoryOperations({
    kind: "application",
    collection: "applications",
    noun: "an application",
    plural: "applications",
    schemas: applicationSchemas,
    owner: { read: "team", write: "team" },
    ownedBy: "organisation",
    fields: { optional: ["team", "models", "metadata", "mayPassUser", "limits", "budget", "endUsers"], lists: [] },
    async check(change, call, tools) {
      refuseTrustingApplication(change, call);
      await refuseStrangers(change.after, tools);
    },
  }),
  ...directoryOperations({
    kind: "user",
    collection: "users",
    noun: "a user",
    plural: "people",
    schemas: userSchemas,
    owner: { read: "organisation", write: "organisation" },
    ownedBy: "organisation",
    fields: { optional: ["email", "displayName", "metadata", "limits", "budget"], lists: ["roles", "teams"] },
    check: (change, call, tools) => checkHolder(change, call, tools),
  }),
  ...directoryOperations({
    kind: "serviceAccount",
    collection: "service-accounts",
    noun: "a service account",
    plural: "service accounts",
    schemas: serviceAccountSchemas,
    owner: { read: "team", write: "team" },
    ownedBy: "organisation",
    fields: { optional: ["team", "application", "metadata", "limits", "budget"], lists: ["roles"] },
    check: (change, call, tools) => checkHolder(change, call, tools),
  }),
  ...directoryOperations({
    kind: "group",
    collection: "groups",
    noun: "a group",
    plural: "groups",
    schemas: groupSchemas,
    owner: { read: "organisation", write: "organisation" },
    ownedBy: "organisation",
    fields: { optional: ["team"], lists: ["members", "roles"] },
    async check(change, call, tools) {
      const isMember = (of: object | undefined) => (membersOf(of) as readonly unknown[]).includes(call.principal.user);
      if (call.principal.user !== undefined && isMember(change.before) !== isMember(change.after)) refuseSelf("which groups they are in");
      if (isMember(change.before) && "roles" in call.body) refuseSelf("the roles of a group that they are in");
      // To be in a group that has roles is to have them.
      if ("members" in call.body && [change.before, change.after].some(hasRoles) && !call.access.permissions.has("roles:grant"))
        throw new Fault("permission_missing", {
          message: "`members` of a group with roles needs the permission roles:grant, which your role does not have.",
          param: "members",
        });
      await refuseMembersAbove(change, call, tools);
      await checkHolder(change, call, tools);
    },
  }),
  ...directoryOperations({
    kind: "role",
    collection: "roles",
    noun: "a role",
    plural: "roles, the built-in ones too",
    schemas: roleSchemas,
    owner: { read: "organisation", write: "organisation" },
    ownedBy: "organisation",
    fields: { optional: [], lists: ["permissions"] },
    fixed: () => builtInRoles.map((id) => ({ ...fixed(id, "built-in"), name: id, permissions: permissionsOfRole(id) })),
    async check({ before, after }, call, tools) {
      if (after && (builtInRoles as readonly string[]).includes(String((after as { name?: unknown }).name).toLowerCase()))
        throw new Fault("object_conflict", { message: "A built-in role has this name.", param: "name" });
      if (before && call.principal.roles?.includes(call.object)) refuseSelf("a role that they have");
      for (const role of [before, after]) refuseWider(permissionsIn(role), call, "permissions");
      if (permissionsIn(after).length > 0 && !isDeepStrictEqual(before && givenBy(before), givenBy(after))) refuseWithinPaths(call);
      await refuseStrangers(after, tools);
    },
  }),
];

/** Whoever has roles gets none that the caller lacks, is not above the caller, and is not the caller. */
async function checkHolder({ before, after }: Change, call: AnyCall, tools: OwnTools): Promise<void> {
  if (before) {
    refuseAbove({ ...(before as Granted), roles: await rolesHeld(call.object, before as Granted, tools) }, call, tools.roles);
    if (isSelf(call.object, call.principal)) refuseSelf("their own account");
  }
  await refuseStrangers(after, tools);
  if (after) refuseWiderRoles(after as Granted, call, tools.roles);
  if (givesMore(before, after)) refuseWithinPaths(call);
}

/** Whether somebody has a role behind it whom it did not give that before. */
function givesMore(before: object | undefined, after: object | undefined): boolean {
  const [was, is] = [before, after].map(
    (each) => (each ?? {}) as { roles?: readonly string[]; members?: readonly string[]; active?: boolean },
  );
  if (!is?.roles?.length || is.active === false) return false;
  const isNew = (field: "roles" | "members") => is[field]?.some((id) => !was?.[field]?.includes(id)) === true;
  return was?.active === false || isNew("roles") || isNew("members");
}

function hasRoles(group: object | undefined): boolean {
  return ((group as { readonly roles?: readonly string[] } | undefined)?.roles ?? []).length > 0;
}

function membersOf(group: object | undefined): readonly string[] {
  return (group as { readonly members?: readonly string[] } | undefined)?.members ?? [];
}

function givenBy(role: object | undefined) {
  return [permissionsIn(role), (role as { readonly active?: boolean } | undefined)?.active];
}

function permissionsIn(role: object | undefined) {
  return ((role as { readonly permissions?: readonly string[] } | undefined)?.permissions ?? []).filter(isPermission);
}

function fixed<Source extends "file" | "built-in">(id: string, source: Source) {
  return { id, organisation: null, externalId: null, active: true, source, revision: 0, createdAt: null, updatedAt: null };
}
