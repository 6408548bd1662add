import { isDeepStrictEqual } from "node:util";
import { Fault } from "../../../exchange/index.ts";
import type { Group } from "../../../storage/index.ts";
import type { AnyCall, OwnTools } from "../operation.ts";
import { refuseAbove, refuseWithinPaths } from "./grants.ts";
import { refuseLonger } from "./key-grants.ts";

/** A group as far as it says what its members are. */
type Membership = Pick<Group, "members" | "team" | "roles" | "active">;

interface GroupChange {
  readonly before: object | undefined;
  readonly after: object | undefined;
}

/**
 * A group's team says how far its members reach, and its roles what they may: whoever may do more than the caller is not put in, taken
 * out or moved by it.
 *
 * @throws Fault `grant_refused`
 */
export async function refuseMembersAbove(change: GroupChange, call: AnyCall, tools: OwnTools): Promise<void> {
  const [before, after] = [given(change.before), given(change.after)];
  const isSame = before?.team === after?.team && isDeepStrictEqual(before?.roles, after?.roles);
  const [was, is] = [new Set(before?.members), new Set(after?.members)];
  const touched = isSame ? was.symmetricDifference(is) : was.union(is);
  if (touched.size === 0) return;
  const givers = (await tools.directory.group.list()).filter(({ roles }) => roles.length > 0);
  const sessions = (await tools.sessionsWithin.list(tools.now())).filter(({ roles }) => roles.length > 0);
  for (const id of touched) {
    const user = await tools.directory.user.get(id);
    if (!user) continue;
    const given = [...givers.filter(({ members }) => members.includes(id)), ...sessions.filter(({ userId }) => userId === id)];
    refuseAbove({ ...user, roles: [...user.roles, ...given.flatMap(({ roles }) => roles)] }, call, tools.roles);
  }
}

/**
 * Whoever has a token for SCIM puts whom it likes into groups, from anywhere: it is for those only who may give all that the groups of its
 * organisation give, those too that are not active now, and are not bound themselves.
 *
 * @throws Fault `permission_missing`, `grant_refused`
 */
export async function refuseWiderDirectory(
  token: { readonly organisation: string | undefined; readonly expiresAt: number | undefined },
  call: AnyCall,
  tools: OwnTools,
): Promise<void> {
  const { organisation, expiresAt } = token;
  const roles = (await tools.directory.group.list({ organisation })).flatMap((group) =>
    group.organisation === organisation ? group.roles : [],
  );
  if (roles.length > 0 && !call.access.permissions.has("roles:grant"))
    throw new Fault("permission_missing", {
      message: "Groups here give roles: this needs the permission roles:grant, which your role does not have.",
    });
  refuseAbove({ organisation, roles }, call, tools.roles);
  refuseWithinPaths(call);
  refuseLonger(expiresAt, call.principal);
  if (call.principal.networks !== undefined)
    throw new Fault("grant_refused", {
      message: `Your own key may come from ${call.principal.networks.join(", ")} only, and a token for SCIM is bound to no networks.`,
    });
}

/** What a group gives now; undefined where that is nothing. */
function given(group: object | undefined): Membership | undefined {
  const { members = [], team, roles = [], active = true } = (group ?? {}) as Partial<Membership>;
  return active && (team !== undefined || roles.length > 0) ? { members, roles, active, ...(team !== undefined && { team }) } : undefined;
}
