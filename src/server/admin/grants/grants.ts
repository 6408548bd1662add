import { permissionsOf, type StoredRoles } from "../../../auth/index.ts";
import { builtInRoles, Fault, type Permission, type Principal } from "../../../exchange/index.ts";
import { type Owner, reaches } from "../../../storage/index.ts";
import type { AnyCall, OwnTools } from "../operation.ts";

/** What is being made or changed: whose it is, and what roles it has or gets. */
export interface Granted extends Owner {
  readonly roles: readonly string[];
}

type Caller = Pick<AnyCall, "access" | "principal">;

/**
 * Nobody gives what they do not have: all that the roles allow has to be the caller's too.
 *
 * @param field the field that names them
 * @throws Fault `request_malformed` for a role that is not there to the caller, `grant_refused`
 */
export function refuseWiderRoles({ roles, organisation }: Granted, caller: Caller, stored: StoredRoles, field = "roles"): void {
  for (const id of roles) {
    if (!isThere(id, organisation, caller, stored))
      throw new Fault("request_malformed", { message: `There is no role ${JSON.stringify(id)}.`, param: field });
  }
  refuseWider(permissionsToCome(roles, organisation, stored), caller, field);
}

/** @throws Fault `grant_refused` with the permissions that the caller does not have */
export function refuseWider(permissions: Iterable<Permission>, { access }: Caller, field: string): void {
  const missing = [...permissions].filter((name) => !access.permissions.has(name));
  if (missing.length > 0)
    throw new Fault("grant_refused", {
      message: `Nobody gives what they do not have; you do not have ${missing.join(", ")}.`,
      param: field,
    });
}

const everything: ReadonlySet<string> = new Set(["*", "/*", "/admin*", "/admin/*", "/admin/v1*", "/admin/v1/*"]);

/** Who has roles is bound to no paths: whose own key is gives none. @throws Fault `grant_refused` */
export function refuseWithinPaths({ principal: { scopes } }: Caller): void {
  if (scopes.length === 0 || scopes.some((scope) => everything.has(scope))) return;
  throw new Fault("grant_refused", { message: `Your own key may use ${scopes.join(", ")} only, and roles are bound to no paths.` });
}

/** Whoever may do more than the caller is not the caller's to change: a new key of theirs would be the caller's. @throws Fault `grant_refused` */
export function refuseAbove({ roles, organisation }: Granted, { access }: Caller, stored: StoredRoles): void {
  const missing = [...permissionsToCome(roles, organisation, stored)].filter((name) => !access.permissions.has(name));
  if (missing.length > 0)
    throw new Fault("grant_refused", { message: `This may do more than you, who do not have ${missing.join(", ")}.` });
}

/** What somebody has, through groups and by logging in too. @param id of a person, or of whatever else has roles */
export async function rolesHeld(id: string, { roles, organisation }: Granted, tools: OwnTools): Promise<readonly string[]> {
  if (!id.startsWith("user_")) return roles;
  const { directory, sessionsWithin, now } = tools;
  const groups = await directory.group.list({ ...(organisation !== undefined && { organisation }) });
  const sessions = (await sessionsWithin.list(now())).filter(({ userId }) => userId === id);
  return [
    ...roles,
    ...groups.filter(({ members }) => members.includes(id)).flatMap((group) => group.roles),
    ...sessions.flatMap((each) => each.roles),
  ];
}

/** Whether an object of the directory, or a key, is what the caller is. */
export function isSelf(id: string, { keyId, user, serviceAccount }: Principal): boolean {
  return id === keyId || id === user || id === serviceAccount;
}

/** @throws Fault `grant_refused` */
export function refuseSelf(what: string): never {
  throw new Fault("grant_refused", { message: `Nobody changes ${what}. Ask somebody else who may.` });
}

/** What roles allow, those too that are not active now: whoever wakes one up later does not see to whom it was given. */
function permissionsToCome(roles: readonly string[], organisation: string | undefined, stored: StoredRoles): ReadonlySet<Permission> {
  const awake = roles.flatMap((id) => {
    const role = stored.get(id);
    return role ? [[id, { ...role, active: true }] as const] : [];
  });
  return permissionsOf(roles, organisation, new Map(awake));
}

function isThere(id: string, organisation: string | undefined, { access }: Caller, stored: StoredRoles): boolean {
  if ((builtInRoles as readonly string[]).includes(id)) return true;
  const role = stored.get(id);
  return role !== undefined && reaches(access.scope, role) && (role.organisation === undefined || role.organisation === organisation);
}
