import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { builtInRoles, type Permission, permissions, permissionsOfRole, permissionTable } from "../../src/exchange/index.ts";
import { markedFields } from "../../src/server/admin/grants/field-permissions.ts";
import { type Operation, operation } from "../../src/server/admin/operation.ts";
import { adminOperations } from "../../src/server/admin/operations/all.ts";
import { sampleOf } from "./sample-body.ts";
import { type Caller, openTenants, root, type Tenants, type Things, type Told } from "./tenants.ts";

let tenants: Tenants;
/** A stored role with exactly these permissions. */
const roleOf = new Map<string, string>();

beforeAll(async () => {
  tenants = await openTenants();
});
afterAll(() => tenants.close());

async function callerWith(...wanted: readonly Permission[]): Promise<Caller> {
  const name = wanted.toSorted().join("+");
  let role = roleOf.get(name);
  if (role === undefined) {
    const made = await tenants.ask(root, "POST", "/admin/v1/roles", { name: `only ${roleOf.size}`, permissions: wanted });
    role = made.body.id as string;
    roleOf.set(name, role);
  }
  return { role };
}

/** Nobody's id, so that nothing is changed however far a request gets. */
function ask(row: Operation, caller: Caller, body: unknown = row.body ? sampleOf(row.body) : undefined): Promise<Told> {
  return tenants.ask(caller, row.method, row.path.replace("{id}", "nobodys"), row.method === "GET" ? undefined : body);
}

/** Making things does nothing but make things; what acts on the whole gateway is asked only by those who may not. */
const harmless = (row: Operation) =>
  row.method === "GET" || row.path.includes("{id}") || row.owner === "team" || row.owner === "organisation";
const isMissing = ({ status, body }: Told, permission: string) =>
  status === 403 && body.code === "permission_missing" && body.detail.includes(permission);

describe("the matrix of roles, from the table of operations", () => {
  test("each role gets through where it has the row's permission, and nowhere else", async () => {
    const wrong: string[] = [];
    let cells = 0;
    for (const row of adminOperations) {
      for (const role of builtInRoles) {
        const may = permissionsOfRole(role)?.includes(row.permission) ?? false;
        if (may && !harmless(row)) continue;
        const told = await ask(row, { role }, {});
        cells++;
        if (isMissing(told, row.permission) === may) wrong.push(`${role} ${row.name}: ${told.status} ${told.text}`);
      }
    }
    expect(wrong).toEqual([]);
    expect(cells).toBeGreaterThan(adminOperations.length * 4);
    console.log(`${cells} cells of roles and operations`);
  }, 60_000);

  test("each operation needs its permission and no other one stands in for it", async () => {
    const wrong: string[] = [];
    for (const row of adminOperations) {
      const others = await callerWith(...permissions.filter((name) => name !== row.permission));
      if (!isMissing(await ask(row, others, {}), row.permission)) wrong.push(`${row.name} without ${row.permission}`);
      const nothing = await callerWith();
      if (!isMissing(await ask(row, nothing, {}), row.permission)) wrong.push(`${row.name} without anything`);
    }
    expect(wrong).toEqual([]);
  }, 60_000);

  test("an inactive role, and one that is not there, may nothing", async () => {
    const made = (await tenants.ask(root, "POST", "/admin/v1/roles", { name: "asleep", permissions: ["keys:read"] })).body;
    expect((await tenants.ask({ role: made.id }, "GET", "/admin/v1/keys")).status).toBe(200);
    await tenants.ask(root, "PATCH", `/admin/v1/roles/${made.id}`, { active: false });
    expect((await tenants.ask({ role: made.id }, "GET", "/admin/v1/keys")).body.code).toBe("permission_missing");
  });
});

const shownFields = adminOperations.flatMap((row) => (row.answer ? markedFields(row.answer).map((field) => ({ row, ...field })) : []));

describe("the matrix of fields, from the schemas of the operations", () => {
  const changing = adminOperations.flatMap((row) => (row.body ? markedFields(row.body).map((field) => ({ row, ...field })) : []));

  test("has fields of both kinds", () => {
    expect(new Set(changing.map(({ permission }) => permission))).toContain("roles:grant");
    expect(new Set(shownFields.map(({ permission }) => permission))).toContain("costs:read");
    expect(changing.length).toBeGreaterThan(5);
  });

  test("a field is taken only from those who have its permission, whatever stands in it", async () => {
    for (const { row, path, permission } of changing) {
      const [field] = path as [string];
      const least = row.body ? (sampleOf(row.body) as object) : {};
      for (const value of [[], "viewer", ["viewer"], ["owner"], "owner"]) {
        const body = { ...least, [field]: value };
        const told = await ask(row, await callerWith(row.permission), body);
        // Of another type than the schema's it is no field at all.
        if (told.status === 400) continue;
        expect([row.name, field, isMissing(told, permission)]).toEqual([row.name, field, true]);
        const both = await ask(row, await callerWith(row.permission, permission), { ...body, name: `n${Math.random()}` });
        expect([row.name, field, isMissing(both, permission)]).toEqual([row.name, field, false]);
      }
    }
  });

  test("a field is shown only to those who have its permission", async () => {
    for (const { row, path, permission } of shownFields.filter(({ row: { method } }) => method === "GET")) {
      const name = path.at(-1) as string;
      const shownThings: Things = { ...tenants.own, models: "echo" };
      const told = async (caller: Caller) =>
        tenants.ask(caller, "GET", row.path.replace("{id}", shownThings[row.path.split("/")[3] as string] as string));
      const [without, withIt] = [await told(await callerWith(row.permission)), await told(await callerWith(row.permission, permission))];
      expect([row.name, without.status, without.text.includes(`"${name}"`)]).toEqual([row.name, 200, false]);
      expect([row.name, withIt.status, withIt.text.includes(`"${name}"`)]).toEqual([row.name, 200, true]);
    }
  });
});

test("what is everybody's shows its marked fields to those only who act for the whole installation", async () => {
  const organisation = tenants.own.organisations as string;
  let cells = 0;
  for (const { row, path } of shownFields.filter(({ row: { owner, method } }) => owner === "shared" && method === "GET")) {
    const field = `"${path.at(-1)}"`;
    const asked = row.path.replace("{id}", "echo");
    expect([row.name, (await tenants.ask(root, "GET", asked)).text.includes(field)]).toEqual([row.name, true]);
    for (const caller of [
      { role: "owner", organisation },
      { role: "owner", organisation, team: tenants.own.teams as string },
    ]) {
      const told = await tenants.ask(caller, "GET", asked);
      cells++;
      expect([row.name, field, told.status, told.text.includes(field)]).toEqual([row.name, field, 200, false]);
    }
  }
  expect(cells).toBeGreaterThan(10);
});

describe("a row", () => {
  test("that does not say whose its objects are, or what it needs, does not compile, and stands nowhere", () => {
    const row = { name: "x.get", method: "GET", path: "/admin/v1/x", permission: "keys:read", summary: "", status: 200 } as const;
    const run = async () => ({ status: 200 }) as const;
    // @ts-expect-error it has no owner
    operation({ ...row, run });
    // @ts-expect-error there is no such owner
    operation({ ...row, owner: "everybody", run });
    // @ts-expect-error there is no such permission
    operation({ ...row, owner: "team", permission: "keys:steal", run });
    for (const { name, owner, permission } of adminOperations) {
      expect([name, ["installation", "organisation", "team", "self", "shared"].includes(owner)]).toEqual([name, true]);
      expect([name, permission in permissionTable]).toEqual([name, true]);
    }
    expect(new Set(adminOperations.map(({ name }) => name)).size).toBe(adminOperations.length);
  });

  test("of the table of permissions is needed somewhere", () => {
    const fields = adminOperations.flatMap(({ body, answer }) => [body, answer].flatMap((schema) => (schema ? markedFields(schema) : [])));
    const used = new Set<string>([...adminOperations.map(({ permission }) => permission), ...fields.map(({ permission }) => permission)]);
    // For those who come without a key of ours.
    used.add("models:call");
    expect(permissions.filter((name) => !used.has(name))).toEqual([]);
  });
});
