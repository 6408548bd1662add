import { expect, test } from "bun:test";
import { openMemoryStorage, type StoredKey, type WholeDirectory } from "../storage/index.ts";
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
