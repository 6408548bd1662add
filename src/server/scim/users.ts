import type { ObjectChanges, User } from "../../storage/index.ts";
import { isObject, type Resource } from "./match.ts";
import { userSchema, userUrn } from "./schemas.ts";
import { metaOf, type ResourceKind, type ScimCall, wantedText } from "./scim-call.ts";

const kind = { name: "User", endpoint: "Users" } as const;

/** Marks who was not said to be active or not. No attribute's name: nobody can send it. */
const silent = "active?";

/** People. What gives somebody more than to be there, as roles and teams do, is not set here: groups have them. */
export const users: ResourceKind = {
  ...kind,
  schema: userSchema,

  async list(filter, call) {
    const { directory, organisation } = call.people;
    const found = await directory.user.list({
      name: wantedText(filter, "userName"),
      externalId: wantedText(filter, "externalId"),
      organisation,
    });
    const groups = await ownGroups(call);
    return found.filter((user) => user.organisation === organisation).map((user) => shown(user, groups, call.base));
  },

  async get(id, call) {
    const user = await own(id, call);
    return user && shown(user, await ownGroups(call), call.base);
  },

  async insert(resource, call) {
    const { directory, now, organisation } = call.people;
    const { userName, active = true, ...rest } = fieldsOf(resource);
    const fields = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== null)) as Partial<User>;
    const made = { ...fields, userName, active, roles: [], teams: [], ...(organisation !== undefined && { organisation }) };
    return shown(await directory.user.insert(made, now()), new Map(), call.base);
  },

  async replace(id, resource, revision, call) {
    const { directory, now, putOut } = call.people;
    const before = await own(id, call);
    if (before === undefined) return undefined;
    // Whose `active` was taken away stays what he was: silence puts nobody out, and lets nobody in again.
    const { active = before.active, profile, ...fields } = fieldsOf(resource);
    const told = resource.active === undefined ? { ...profile, [silent]: true } : profile;
    const user = await directory.user.update(id, { ...fields, active, profile: told }, now(), revision);
    if (user?.active === false) await putOut(id);
    return user && shown(user, await ownGroups(call), call.base);
  },

  async remove(id, revision, call) {
    const { directory, putOut } = call.people;
    if ((await own(id, call)) === undefined) return false;
    const removed = await directory.user.remove(id, revision);
    if (removed) await putOut(id);
    return removed;
  },
};

async function own(id: string, { people: { directory, organisation } }: ScimCall): Promise<User | undefined> {
  const user = await directory.user.get(id);
  return user?.organisation === organisation ? user : undefined;
}

interface GroupOf {
  readonly id: string;
  readonly displayName: string;
}

/** The groups of each person: each membership is looked at once, however many people are shown. */
async function ownGroups({ people: { directory, organisation } }: ScimCall): Promise<ReadonlyMap<string, readonly GroupOf[]>> {
  const groups = new Map<string, GroupOf[]>();
  for (const { id, displayName, members, organisation: own } of await directory.group.list({ organisation })) {
    if (own !== organisation) continue;
    for (const member of members) {
      const before = groups.get(member);
      if (before) before.push({ id, displayName });
      else groups.set(member, [{ id, displayName }]);
    }
  }
  return groups;
}

function shown(user: User, groups: ReadonlyMap<string, readonly GroupOf[]>, base: string): Resource {
  const { [silent]: isSilent, ...profile } = user.profile ?? {};
  const isIn = groups.get(user.id) ?? [];
  return {
    schemas: [userUrn],
    id: user.id,
    ...(user.externalId !== undefined && { externalId: user.externalId }),
    userName: user.userName,
    // Who came otherwise than by SCIM has an address and no more.
    ...(user.profile === undefined && user.email !== undefined && { emails: [{ value: user.email, primary: true }] }),
    ...profile,
    ...(user.displayName !== undefined && { displayName: user.displayName }),
    ...(isSilent !== true && { active: user.active }),
    ...(isIn.length > 0 && {
      groups: isIn.map(({ id, displayName }) => ({ value: id, $ref: `${base}/Groups/${id}`, display: displayName })),
    }),
    meta: metaOf(kind, user, base),
  };
}

/** As the directory has it; null takes away what is not there any more. */
function fieldsOf({ userName, externalId, displayName, active, ...profile }: Resource) {
  const emails = Array.isArray(profile.emails) ? profile.emails.filter(isObject) : [];
  const email = (emails.find(({ primary }) => primary === true) ?? emails[0])?.value;
  return {
    userName: userName as string,
    externalId: (externalId as string | undefined) ?? null,
    displayName: (displayName as string | undefined) ?? null,
    email: typeof email === "string" ? email : null,
    active: active as boolean | undefined,
    profile,
  } satisfies ObjectChanges<User>;
}
