import { isPermission, type Permission, type Principal, permissionsOfRole, type RoleGrant } from "../exchange/index.ts";
import type { Role, Scope } from "../storage/index.ts";

/** What somebody may administer, and whose. */
export interface Access {
  readonly permissions: ReadonlySet<Permission>;
  readonly scope: Scope;
  /** Something else is allowed too, in a part of the scope only. */
  readonly isUneven: boolean;
}

/** Roles that are stored, by id. */
export type StoredRoles = ReadonlyMap<string, Pick<Role, "organisation" | "active" | "permissions">>;

/**
 * What a principal may do now with what an operation is about: it reaches as far as the roles that give the operation's permission, and
 * beside it has what holds everywhere within that reach. A role that is not there, not active, or another organisation's, gives nothing.
 *
 * @param place teams that the operation is about, where they are known: within reach, it goes no further than they do
 */
export function accessOf(principal: Principal, stored: StoredRoles, needed: Permission, place: readonly string[] = []): Access {
  const { organisation } = principal;
  const grants = grantsOf(principal).map(({ roles, teams }) => ({ permissions: permissionsOf(roles, organisation, stored), teams }));
  const reach = reachOf(grants, needed);
  const within = place.length > 0 && covers(reach, place) ? place : reach;
  const all = new Set(grants.flatMap(({ permissions }) => [...permissions]));
  const permissions = grants.length === 1 ? all : new Set([...all].filter((name) => covers(reachOf(grants, name), within)));
  return {
    permissions,
    scope: { ...(organisation !== undefined && { organisation }), ...(within !== undefined && { teams: within }) },
    isUneven: permissions.size < all.size,
  };
}

/** A person's roles come from several places, each with a reach of its own; all others have one. */
function grantsOf({ grants, roles = [], team }: Principal): readonly RoleGrant[] {
  return grants ?? [{ roles, ...(team !== undefined && { teams: [team] }) }];
}

/** The teams within which somebody has it; undefined for everywhere. */
function reachOf(
  grants: readonly { readonly permissions: ReadonlySet<Permission>; readonly teams: readonly string[] | undefined }[],
  needed: Permission,
): readonly string[] | undefined {
  const givers = grants.filter(({ permissions }) => permissions.has(needed));
  const teams = givers.flatMap((giver) => giver.teams ?? []);
  return givers.some((giver) => giver.teams === undefined) ? undefined : [...new Set(teams)];
}

function covers(wider: readonly string[] | undefined, teams: readonly string[] | undefined): boolean {
  return wider === undefined || (teams?.every((team) => wider.includes(team)) ?? false);
}

/** What roles allow together to somebody of an organisation, or of the installation where there is none. */
export function permissionsOf(roles: readonly string[], organisation: string | undefined, stored: StoredRoles): ReadonlySet<Permission> {
  const all = new Set<Permission>();
  for (const id of roles) for (const name of permissionsOfRole(id) ?? ofStored(id, organisation, stored)) all.add(name);
  return all;
}

function ofStored(id: string, organisation: string | undefined, stored: StoredRoles): readonly Permission[] {
  const role = stored.get(id);
  if (!role?.active || (role.organisation !== undefined && role.organisation !== organisation)) return [];
  return role.permissions.filter(isPermission);
}
