import type { ControlStore, DirectoryKind, Storage } from "../../../storage/index.ts";
import type { AnyCall } from "../operation.ts";

const kinds: Readonly<Record<string, DirectoryKind>> = {
  org: "organisation",
  team: "team",
  app: "application",
  user: "user",
  sa: "serviceAccount",
  group: "group",
  role: "role",
};

/** The organisation to whose object something is done; undefined where it is the installation's own, or is not there. */
export async function ownerOfAct(
  { access, object, body }: AnyCall,
  { control, records }: Pick<Storage, "control" | "records">,
): Promise<string | undefined> {
  // Nobody reaches beyond their own; and that somebody else's is there is not looked up, lest it take longer than what is not.
  if (access.scope.organisation !== undefined || access.scope.teams !== undefined) return access.scope.organisation;
  const { organisation } = body as { readonly organisation?: unknown };
  if (typeof organisation === "string") return organisation;
  const prefix = object.slice(0, object.indexOf("_"));
  if (prefix === "req") return (await records.record(object))?.organisation;
  if (prefix === "key") return (await control.keys.get(object))?.organisation;
  if (prefix === "scim") return (await control.scimTokens.list()).find(({ id }) => id === object)?.organisation;
  if (prefix === "sess") return ownerOfSession(object, control);
  const kind = kinds[prefix];
  return kind && (await control.directory[kind].get(object))?.organisation;
}

async function ownerOfSession(id: string, { sessions, keys, directory }: ControlStore): Promise<string | undefined> {
  const session = await sessions.get(id);
  if (session?.userId !== undefined) return (await directory.user.get(session.userId))?.organisation;
  return session?.keyId === undefined ? undefined : (await keys.get(session.keyId))?.organisation;
}
