import { isDeepStrictEqual } from "node:util";
import type { Group } from "../../storage/index.ts";
import { isObject, type Resource } from "./match.ts";
import { wrong } from "./read-resource.ts";
import { groupSchema, groupUrn } from "./schemas.ts";
import { metaOf, type ResourceKind, type ScimCall, wantedText } from "./scim-call.ts";

const kind = { name: "Group", endpoint: "Groups" } as const;

/** Groups and who is in them. The team and the roles that a group gives are the operators' business. */
export const groups: ResourceKind = {
  ...kind,
  schema: groupSchema,

  async list(filter, call) {
    const { directory, organisation } = call.people;
    const found = await directory.group.list({
      name: wantedText(filter, "displayName"),
      externalId: wantedText(filter, "externalId"),
      organisation,
    });
    return found.filter((group) => group.organisation === organisation).map((group) => shown(group, call.base));
  },

  async get(id, call) {
    const group = await own(id, call);
    return group && shown(group, call.base);
  },

  async insert(resource, call) {
    const { directory, now, organisation } = call.people;
    const people = await peopleIn(call);
    const { displayName, externalId } = resource as { displayName: string; externalId?: string };
    const own = { ...(externalId !== undefined && { externalId }), ...(organisation !== undefined && { organisation }) };
    return shown(await directory.group.insert({ displayName, members: membersOf(resource, people), roles: [], ...own }, now()), call.base);
  },

  async replace(id, resource, revision, call) {
    const { directory, now } = call.people;
    const before = await own(id, call);
    if (before === undefined) return undefined;
    const people = await peopleIn(call);
    const { displayName, externalId } = resource as { displayName: string; externalId?: string };
    const changes = { displayName, externalId: externalId ?? null, members: membersOf(resource, people) };
    const isSame = isDeepStrictEqual(
      [before.displayName, before.externalId ?? null, before.members],
      [displayName, changes.externalId, changes.members],
    );
    const group = isSame && before.revision === revision ? before : await directory.group.update(id, changes, now(), revision);
    return group && shown(group, call.base);
  },

  async remove(id, revision, call) {
    return (await own(id, call)) !== undefined && call.people.directory.group.remove(id, revision);
  },
};

async function own(id: string, { people: { directory, organisation } }: ScimCall): Promise<Group | undefined> {
  const group = await directory.group.get(id);
  return group?.organisation === organisation ? group : undefined;
}

/** The people within reach. */
async function peopleIn({ people: { directory, organisation } }: ScimCall): Promise<ReadonlySet<string>> {
  const all = await directory.user.list({ organisation });
  return new Set(all.filter((user) => user.organisation === organisation).map(({ id }) => id));
}

function shown(group: Group, base: string): Resource {
  const members = group.members.map((id) => ({ value: id, $ref: `${base}/Users/${id}`, type: "User" }));
  return {
    schemas: [groupUrn],
    id: group.id,
    ...(group.externalId !== undefined && { externalId: group.externalId }),
    displayName: group.displayName,
    ...(members.length > 0 && { members }),
    meta: metaOf(kind, group, base),
  };
}

/** @throws Fault `request_malformed` (`invalidValue`) for members that are not there, groups among them */
function membersOf({ members }: Resource, people: ReadonlySet<string>): readonly string[] {
  const ids = (Array.isArray(members) ? members : []).map((member) =>
    isObject(member) && typeof member.value === "string" ? member.value : "",
  );
  const strange = ids.find((id) => !people.has(id));
  if (strange !== undefined) throw wrong("members", `names ${JSON.stringify(strange.slice(0, 100))}, and there is no such person`);
  return [...new Set(ids)];
}
