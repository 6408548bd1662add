import { describe, expect, test } from "bun:test";
import { Fault } from "../../exchange/index.ts";
import { applyPatch } from "./patch.ts";
import { groupSchema, userSchema } from "./schemas.ts";

const ann = {
  schemas: [],
  id: "user_1",
  userName: "ann",
  active: true,
  name: { givenName: "Ann", familyName: "Old" },
  emails: [
    { value: "w@x", type: "work", primary: true },
    { value: "h@x", type: "home" },
  ],
  meta: {},
};
const team = { id: "group_1", displayName: "team", members: [{ value: "user_1" }, { value: "user_2" }] };
const enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

const patched = (...Operations: unknown[]) => applyPatch(ann, { Operations }, userSchema);
const patchedTeam = (...Operations: unknown[]) => applyPatch(team, { Operations }, groupSchema).members;

function codeOf(work: () => unknown): string | undefined {
  try {
    work();
  } catch (error) {
    if (error instanceof Fault) return error.nativeCode;
    throw error;
  }
  return "none";
}

describe("a PATCH", () => {
  test("as Microsoft's directory writes it", () => {
    expect(patched({ op: "Replace", path: "active", value: "False" }).active).toBe(false);
    expect(patched({ op: "Add", path: 'emails[type eq "other"].value', value: "o@x" }).emails).toContainEqual({
      type: "other",
      value: "o@x",
    });
    expect(patched({ op: "Replace", path: 'emails[type eq "work"].value', value: "n@x" }).emails).toContainEqual({
      type: "work",
      value: "n@x",
      primary: true,
    });
    expect(
      patched({ op: "replace", value: { "name.givenName": "New", displayName: "A", [`${enterprise}:department`]: "D" } }),
    ).toMatchObject({
      name: { givenName: "New", familyName: "Old" },
      displayName: "A",
    });
    expect(patched({ op: "Add", path: `${enterprise}:manager`, value: "x" }).userName).toBe("ann");
    expect(patched({ op: "Add", path: 'phoneNumbers[type eq "mobile"].value', value: "1" }).userName).toBe("ann");
    expect(patchedTeam({ op: "Remove", path: "members", value: [{ value: "user_1" }] })).toEqual([{ value: "user_2" }]);
    expect(patchedTeam({ op: "Add", path: "members", value: [{ $ref: null, value: "user_3" }] })).toHaveLength(3);
  });

  test("as Okta writes it", () => {
    expect(patched({ op: "replace", value: { active: false } }).active).toBe(false);
    expect(patchedTeam({ op: "remove", path: 'members[value eq "user_2"]' })).toEqual([{ value: "user_1" }]);
    expect(patchedTeam({ op: "replace", path: "members", value: [{ value: "user_9", display: "nine" }] })).toEqual([{ value: "user_9" }]);
    expect(
      applyPatch(team, { Operations: [{ op: "replace", value: { id: "group_1", displayName: "new" } }] }, groupSchema).displayName,
    ).toBe("new");
  });

  test("as the standard says it", () => {
    expect(patched({ op: "add", value: { emails: [{ value: "n@x", type: "work", primary: true }], title: "T" } })).toMatchObject({
      title: "T",
      emails: [{ primary: false }, {}, { value: "n@x", primary: true }],
    });
    expect(patched({ op: "remove", path: 'emails[type eq "home"]' }).emails).toEqual([{ value: "w@x", type: "work", primary: true }]);
    expect(patched({ op: "remove", path: 'emails[type eq "work"].primary' }).emails).toEqual([
      { value: "w@x", type: "work" },
      { value: "h@x", type: "home" },
    ]);
    expect(patched({ op: "remove", path: "emails" }).emails).toBeUndefined();
    expect(patched({ op: "remove", path: "name.familyName" }).name).toEqual({ givenName: "Ann" });
    expect(patched({ op: "add", path: "emails", value: { value: "w@x", type: "work" } }).emails).toHaveLength(2);
    expect(patched({ op: "replace", path: "name", value: { givenName: "B" } }).name).toEqual({ givenName: "B", familyName: "Old" });
    expect(patched({ op: "add", path: "urn:ietf:params:scim:schemas:core:2.0:User:title", value: "T" }).title).toBe("T");
    expect(patched({ op: "add", path: "title", value: "T" }, { op: "remove", path: "title" }).title).toBeUndefined();
  });

  test.each([
    ["noTarget", { op: "remove" }],
    ["noTarget", { op: "replace", path: 'emails[type eq "other"].value', value: "x" }],
    ["invalidPath", { op: "replace", path: "nosuch", value: "x" }],
    ["invalidPath", { op: "replace", path: "emails[", value: "x" }],
    ["invalidPath", { op: "replace", path: 'title[value eq "x"]', value: "x" }],
    ["invalidFilter", { op: "replace", path: 'emails[nosuch eq "x"]', value: { value: "x" } }],
    ["mutability", { op: "replace", path: "id", value: "user_2" }],
    ["mutability", { op: "add", path: "groups", value: [{ value: "group_admins" }] }],
    ["mutability", { op: "remove", path: "userName" }],
    ["invalidValue", { op: "replace", path: "active", value: "maybe" }],
    ["invalidValue", { op: "replace", path: "userName", value: ["a", "b"] }],
    ["invalidValue", { op: "replace", path: "userName", value: "" }],
    ["invalidValue", { op: "replace", path: "userName", value: "a\u0000b" }],
    ["invalidValue", { op: "replace", value: "x" }],
    ["invalidSyntax", { op: "move", path: "title" }],
    ["invalidSyntax", { path: "title", value: "x" }],
    ["invalidSyntax", "x"],
  ])("is refused as %s: %j", (code, operation) => {
    expect(codeOf(() => patched(operation))).toBe(code);
  });

  test("changes nothing of what it was given, and gives nobody what is not his to set", () => {
    const before = structuredClone(ann);
    const after = patched({
      op: "add",
      value: {
        id: "user_9",
        groups: [{ value: "g" }],
        meta: { version: "x" },
        __proto__: { x: 1 },
        roles: [{ value: "owner" }],
        title: "T",
      },
    });
    expect(ann).toEqual(before);
    expect(Object.keys(after).toSorted()).toEqual(["active", "emails", "name", "title", "userName"]);
    expect(codeOf(() => applyPatch(ann, { Operations: [] }, userSchema))).toBe("invalidSyntax");
  });
});

describe("a PATCH that asks for too much", () => {
  const large = { displayName: "large", members: Array.from({ length: 20_000 }, (_, at) => ({ value: `user_${at}` })) };
  const times = (count: number, make: (at: number) => object) => ({ Operations: Array.from({ length: count }, (_, at) => make(at)) });
  const long = Array.from({ length: 150 }, (_, at) => `value co "zz${at}"`).join(" or ");

  test.each([
    ["one value at a time", (at: number) => ({ op: "add", path: "members", value: [{ value: `more_${at}` }] })],
    ["long filters", () => ({ op: "remove", path: `members[${long}]` })],
    ["replacing by filters", (at: number) => ({ op: "replace", path: `members[value eq "user_${at}"].type`, value: "User" })],
  ])("is refused before it has cost seconds: %s", (_, make) => {
    const begun = performance.now();
    expect(codeOf(() => applyPatch(large, times(1_000, make), groupSchema))).toBe("tooMany");
    expect(performance.now() - begun).toBeLessThan(8_000);
  });

  test("and one that is as large as directories send them is not", () => {
    const some = Array.from({ length: 1_000 }, (_, at) => ({ value: `more_${at}` }));
    const patched = applyPatch(
      large,
      times(20, () => ({ op: "add", path: "members", value: some })),
      groupSchema,
    );
    expect((patched.members as unknown[]).length).toBe(21_000);
  });
});
