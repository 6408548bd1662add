import { Networks } from "../../../auth/index.ts";
import { Fault, type Principal } from "../../../exchange/index.ts";
import type { StoredKey } from "../../../storage/index.ts";
import type { AnyCall, OwnTools } from "../operation.ts";
import { isSelf, refuseAbove, refuseSelf, refuseWiderRoles } from "./grants.ts";
import { refuseStrangers } from "./strangers.ts";

/** A key that is to be, or as it is to be after a change. */
export type WantedKey = Pick<
  StoredKey,
  "kind" | "organisation" | "team" | "user" | "application" | "serviceAccount" | "role" | "scopes" | "models" | "networks" | "mayPassUser"
>;

/** What may be changed of the very key that asks: nothing that says what it may. */
const ownFields: ReadonlySet<string> = new Set(["name", "metadata"]);

/**
 * A key may no more than who makes or changes it, belongs to what is there to them, and says nothing that makes no sense.
 *
 * @throws Fault `request_malformed`, `permission_missing`, `grant_refused`
 */
export async function refuseWiderKey(key: WantedKey, call: AnyCall, tools: OwnTools): Promise<void> {
  const { kind, user, role, serviceAccount, organisation } = key;
  const isName = organisation === undefined && key.team !== undefined && !key.team.startsWith("team_");
  // The config's teams may come after their keys.
  await refuseStrangers({ ...key, team: isName ? undefined : key.team, members: user?.startsWith("user_") ? [user] : [] }, tools);
  if (kind === "key") {
    if (role !== undefined) throw malformed("role", "A key that calls models has no role.");
    refuseWiderModels(key, call.principal);
    return;
  }
  if (key.mayPassUser) throw malformed("mayPassUser", "An admin key calls no models, for no user.");
  if (user?.startsWith("user_")) throw malformed("user", "People administer with sessions of theirs, and programs with service accounts.");
  if (serviceAccount !== undefined && role !== undefined) throw malformed("role", "The roles are the service account's.");
  if (!call.access.permissions.has("roles:grant"))
    throw new Fault("permission_missing", { message: "An admin key needs the permission roles:grant, which your role does not have." });
  const account = serviceAccount === undefined ? undefined : await tools.directory.serviceAccount.get(serviceAccount);
  if (account?.team !== undefined && key.team !== undefined && key.team !== account.team)
    throw malformed("team", "An account's admin key is of its account's team, within which the account's roles hold.");
  refuseWiderRoles({ organisation, roles: await rolesOf(key, tools) }, call, tools.roles, "role");
  refuseWiderScopes(key, call.principal);
}

/** @throws Fault `grant_refused` for a key that may do more than the caller, or is the caller's own */
export async function refuseKeyAbove(key: WantedKey & { readonly id: string }, call: AnyCall, tools: OwnTools): Promise<void> {
  if (key.kind === "key") return;
  // Before there were roles an admin key acted for all, whatever team was noted on it.
  const { organisation, teams } = call.access.scope;
  const isOld = key.role === undefined && key.serviceAccount === undefined;
  if (isOld && (organisation !== undefined || teams !== undefined))
    throw new Fault("grant_refused", { message: "This key is of before there were roles, and reaches further than you." });
  refuseAbove({ organisation: key.organisation, roles: await rolesOf(key, tools) }, call, tools.roles);
  const more = Object.keys(call.body).filter((field) => !ownFields.has(field) && field !== "graceSeconds");
  if (isSelf(key.id, call.principal) && more.length > 0) refuseSelf("what their own key may");
}

async function rolesOf({ serviceAccount, role }: WantedKey, { directory }: OwnTools): Promise<readonly string[]> {
  if (serviceAccount === undefined) return [role ?? "owner"];
  return (await directory.serviceAccount.get(serviceAccount))?.roles ?? [];
}

/**
 * What opens something for the caller ends no later than the caller's own key does.
 *
 * @param expiresAt absent: never
 * @throws Fault `grant_refused`
 */
export function refuseLonger(expiresAt: number | undefined, { endsAt }: Principal): void {
  if (endsAt !== undefined && (expiresAt === undefined || expiresAt > endsAt))
    throw new Fault("grant_refused", {
      message: `Your own key ends at ${new Date(endsAt).toISOString()}, and what it makes ends no later.`,
      param: "expiresAt",
    });
}

/** Within the caller's own list. A glob counts where the list has the same, or one that stands for all of it. */
function refuseWiderModels({ models }: WantedKey, { models: own }: Principal): void {
  if (own === undefined) return;
  const isWithin = (glob: string) => own.some((one) => one === glob || (one.endsWith("*") && isPrefix(one.slice(0, -1), glob)));
  if (models === undefined || !models.every(isWithin))
    throw new Fault("grant_refused", { message: `Your own key may use ${own.join(", ")} only.`, param: "models" });
}

function refuseWiderScopes({ scopes, networks }: WantedKey, own: Principal): void {
  const isWithin = (scope: string) => own.scopes.some((one) => one === scope || (one.endsWith("*") && isPrefix(one.slice(0, -1), scope)));
  if (own.scopes.length > 0 && (scopes.length === 0 || !scopes.every(isWithin)))
    throw new Fault("grant_refused", { message: `Your own key may use ${own.scopes.join(", ")} only.`, param: "scopes" });
  if (own.networks !== undefined && (networks === undefined || !new Networks(own.networks).cover(new Networks(networks))))
    throw new Fault("grant_refused", { message: `Your own key may come from ${own.networks.join(", ")} only.`, param: "networks" });
}

function isPrefix(prefix: string, text: string): boolean {
  return !prefix.includes("*") && text.startsWith(prefix);
}

function malformed(param: string, message: string): Fault {
  return new Fault("request_malformed", { message, param });
}
