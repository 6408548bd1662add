import { isPermission, type Permission, type Principal, permissionsOfRole } from "../exchange/index.ts";
import type { Role, Scope } from "../storage/index.ts";

/** What somebody may administer, and whose. */
export interface Access {
  readonly permissions: ReadonlySet<Permission>;
  readonly scope: Scope;
}

/** Roles that are stored, by id. */
export type StoredRoles = ReadonlyMap<string, Pick<Role, "organisation" | "active" | "permissions">>;

/** What a principal may do now. A role that is not there, not active, or another organisation's, gives nothing. */
export function accessOf(principal: Principal, stored: StoredRoles): Access {
  return {
    permissions: permissionsOf(principal.roles ?? [], principal.organisation, stored),
    scope: scopeOf(principal),
  };
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

/** Whose objects a principal reaches: those of its teams where it has any, else its organisation's, else all. */
export function scopeOf({ organisation, team, teams }: Principal): Scope {
  const within = teams?.length ? teams : team === undefined ? undefined : [team];
  return { ...(organisation !== undefined && { organisation }), ...(within !== undefined && { teams: within }) };
}
