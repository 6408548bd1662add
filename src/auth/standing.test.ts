import { expect, test } from "bun:test";
import { type Permission, permissions } from "../exchange/index.ts";
import { openMemoryStorage, type StoredKey, type WholeDirectory } from "../storage/index.ts";
import { accessOf } from "./access.ts";
import { Standing } from "./standing.ts";

/** Counts the rows that come out of the directory. */
function counted(directory: WholeDirectory) {
  const rows = { count: 0 };
  const counting: WholeDirectory = {
    ...directory,
    async movedAfter(change, limit) {
      const found = await directory.movedAfter(change, limit);
      rows.count += found.length;
      return found;
    },
  };
  return { rows, counting };
}

test("of ten thousand people one change reads one row, and no change none", async () => {
  const storage = await openMemoryStorage();
  const { directory } = storage.control;
  const ids: string[] = [];
  for (let at = 0; at < 10_000; at++) ids.push((await directory.user.insert({ userName: `u${at}`, roles: [], teams: [] }, at)).id);
  const { rows, counting } = counted(directory);
  const first = await Standing.read(counting);
  expect([rows.count, first.ofUser(ids[7_000] as string)?.roles]).toEqual([10_000, []]);
  rows.count = 0;
  await directory.user.update(ids[7_000] as string, { roles: ["viewer"] }, 1);
  const second = await Standing.read(counting, first);
  expect([rows.count, second === first, second.ofUser(ids[7_000] as string)?.roles]).toEqual([1, false, ["viewer"]]);
  expect(await Standing.read(counting, second)).toBe(second);
  expect(rows.count).toBe(1);
  await directory.user.remove(ids[1] as string);
  expect((await Standing.read(counting, second)).ofUser(ids[1] as string)).toBeUndefined();
  expect(rows.count).toBe(2);
  await storage.close();
}, 60_000);

/** Deterministic numbers below `end`. */
function numbersFrom(seed: number): (end: number) => number {
  let state = seed;
  return (end) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * end);
  };
}

test("what is followed answers as what is read anew, over random changes and names that are taken over", async () => {
  let compared = 0;
  for (let seed = 1; seed <= 20; seed++) {
    const storage = await openMemoryStorage();
    const { directory } = storage.control;
    const random = numbersFrom(seed);
    const some = <Each>(all: readonly Each[]): Each | undefined => all[random(all.length)];
    const ids = {
      organisation: [] as string[],
      team: [] as string[],
      user: [] as string[],
      group: [] as string[],
      application: [] as string[],
    };
    const everSeen = new Set<string>();
    const names = ["one", "two", "three", "FOUR"];
    let followed = await Standing.read(directory);
    for (let step = 0; step < 60; step++) {
      const kind = some(["organisation", "team", "user", "group", "application"] as const)!;
      const organisation = random(3) === 0 ? undefined : some(ids.organisation);
      const owner = organisation === undefined ? {} : { organisation };
      const name = some(names)!;
      const id = some(ids[kind]);
      const act = random(4);
      const changes = {
        active: random(4) > 0,
        ...(random(2) === 0 && (kind === "user" ? { userName: name } : kind === "group" ? { displayName: name } : { name })),
      };
      const members = ids.user.filter(() => random(2) === 0);
      // Names are often taken, and organisations in use: then nothing changes.
      const made = await (async () => {
        if (act === 0 && id !== undefined) return void (await directory[kind].remove(id));
        if (act < 3 && id !== undefined)
          return void (await (directory[kind].update as (id: string, changes: object, now: number) => Promise<unknown>)(
            id,
            { ...changes, ...(kind === "group" && { members }) },
            step,
          ));
        if (kind === "organisation") return directory.organisation.insert({ name, models: ["a*"] }, step);
        if (kind === "team") return directory.team.insert({ ...owner, name, limits: { requestsPerDay: random(9) } }, step);
        if (kind === "application") return directory.application.insert({ ...owner, name, mayPassUser: random(2) === 0 }, step);
        if (kind === "group") return directory.group.insert({ ...owner, displayName: name, members, roles: ["viewer"] }, step);
        return directory.user.insert({ ...owner, userName: name, roles: ["auditor"], teams: [] }, step);
      })().catch(() => undefined);
      if (made) ids[kind].push(made.id);
      for (const each of Object.values(ids).flat()) everSeen.add(each);
      if (random(3) === 0) continue;
      followed = await Standing.read(directory, followed);
      const anew = await Standing.read(directory);
      for (const text of [...everSeen, ...names]) {
        const keys: StoredKey[] = [
          { id: "key_1", kind: "key", name: "k", hash: "", hint: "", scopes: [], createdAt: 0, user: text },
          { id: "key_2", kind: "key", name: "k", hash: "", hint: "", scopes: [], createdAt: 0, ...owner, team: text },
          { id: "key_3", kind: "key", name: "k", hash: "", hint: "", scopes: [], createdAt: 0, ...owner, application: text },
        ];
        const told = (standing: Standing) => [
          standing.ofUser(text),
          standing.organisation(text),
          standing.team(text, organisation),
          standing.withLimits({ kind: "key", keyId: "token:x", keyName: "x", scopes: [], user: text, ...owner }),
          ...keys.map((key) => standing.ofKey(key)),
        ];
        expect([seed, step, text, told(followed)]).toEqual([seed, step, text, told(anew)]);
        compared++;
      }
    }
    await storage.close();
  }
  expect(compared).toBeGreaterThan(5_000);
}, 60_000);

test("nobody reaches further by losing a group, a role or a team of it, whatever is left", async () => {
  const storage = await openMemoryStorage();
  const { directory } = storage.control;
  const random = (below: number) => Math.floor(Math.random() * below);
  const some = <Value>(values: readonly Value[]) => values.filter(() => random(2) === 0);
  const organisation = (await directory.organisation.insert({ name: "acme", models: [] }, 0)).id;
  const teams: string[] = [];
  for (const name of ["red", "blue", "green"]) teams.push((await directory.team.insert({ name, organisation }, 0)).id);
  let narrower = 0;
  for (let round = 0; round < 100; round++) {
    const user = await directory.user.insert(
      { userName: `u${round}`, organisation, roles: some(["viewer", "auditor"]), teams: random(2) === 0 ? [] : some(teams) },
      0,
    );
    const groups: string[] = [];
    for (let at = 0; at < 3; at++) {
      const team = random(3) === 0 ? {} : { team: teams[random(3)] as string };
      const group = {
        displayName: `g${round}-${at}`,
        organisation,
        members: [user.id],
        roles: some(["developer", "finance", "admin"]),
        ...team,
      };
      groups.push((await directory.group.insert(group, 0)).id);
    }
    const left = await Standing.read(directory);
    const before = reaches(left, user.id);
    const [gone, changed] = groups as [string, string];
    if (random(2) === 0) await directory.group.remove(gone);
    else await directory.group.update(gone, { members: [] }, 1);
    await directory.group.update(changed, { roles: [] }, 1);
    const after = reaches(await Standing.read(directory), user.id);
    for (const permission of permissions) {
      const [was, is] = [before.get(permission) as Reach, after.get(permission) as Reach];
      expect([round, permission, was, is, isWithin(is, was)]).toEqual([round, permission, was, is, true]);
      if (JSON.stringify(was) !== JSON.stringify(is)) narrower++;
    }
  }
  await storage.close();
  expect(narrower).toBeGreaterThan(500);
});

/** Everywhere, nowhere, or within these teams. */
type Reach = "all" | readonly string[];

function reaches(standing: Standing, id: string): ReadonlyMap<string, Reach> {
  const principal = { kind: "user", keyId: "session", keyName: "u", scopes: [], ...standing.ofUser(id) } as const;
  return new Map(
    permissions.map((permission) => {
      const access = accessOf(principal, standing.roles, permission);
      return [permission, access.permissions.has(permission) ? (access.scope.teams ?? "all") : []];
    }),
  );
}

function isWithin(reach: Reach, wider: Reach): boolean {
  return wider === "all" || (reach !== "all" && reach.every((team) => wider.includes(team)));
}

test("roles of several places reach each as far as its own place; what holds there only in part does not hold", async () => {
  const storage = await openMemoryStorage();
  const { directory } = storage.control;
  const [red, blue] = [await directory.team.insert({ name: "red" }, 0), await directory.team.insert({ name: "blue" }, 0)];
  const user = await directory.user.insert({ userName: "u", roles: ["viewer"], teams: [] }, 0);
  await directory.group.insert({ displayName: "r", members: [user.id], roles: ["developer"], team: red.id }, 0);
  await directory.group.insert({ displayName: "b", members: [user.id], roles: ["finance"], team: blue.id }, 0);
  const standing = await Standing.read(directory);
  const principal = { kind: "user", keyId: "session", keyName: "u", scopes: [], ...standing.ofUser(user.id) } as const;
  const of = (permission: Permission) => accessOf(principal, standing.roles, permission);
  expect(of("usage:read").scope).toEqual({});
  expect(of("keys:read").scope.teams?.toSorted()).toEqual([red.id, blue.id].toSorted());
  expect(of("keys:write").scope).toEqual({ teams: [red.id] });
  // What it costs is finance's: seen with what is blue, and not with what is everybody's or red too.
  expect(of("costs:read").permissions.has("costs:read")).toBe(true);
  for (const permission of ["usage:read", "keys:read", "keys:write"] as const)
    expect(of(permission).permissions.has("costs:read")).toBe(false);
  expect(of("keys:write").permissions.has("usage:read")).toBe(true);
  expect(of("vault:rekey")).toMatchObject({ scope: { teams: [] } });
  expect(of("vault:rekey").permissions.has("vault:rekey")).toBe(false);
  await storage.close();
});
