import assert from "node:assert/strict";
import { type Fresh, type Suite, withControl } from "../control/control-suite.ts";
import type { StoredKey } from "./key-store.ts";

export function sampleKey(id: string, fields: Partial<StoredKey> = {}): StoredKey {
  return { id, kind: "key", name: id, hash: `hash-of-${id}`, hint: "sk-sluice-…abcd", scopes: [], createdAt: 1000, ...fields };
}

/** What the store of keys promises, whichever database is below. */
export const keysSuite = (fresh: Fresh): Suite => ({
  "a key comes back as it was stored, and changes one by one": () =>
    withControl(fresh, async ({ keys }) => {
      const key = sampleKey("key_1", { team: "support", user: "ann", models: ["fast"], scopes: ["chat"], expiresAt: 5000 });
      await keys.insert(key);
      await keys.insert(sampleKey("key_2", { createdAt: 2000 }));
      assert.deepEqual(await keys.get("key_1"), key);
      assert.equal(await keys.update("key_1", { team: null, models: ["fast", "smart"], name: "renamed" }), true);
      const { team: _, ...rest } = key;
      assert.deepEqual(await keys.get("key_1"), { ...rest, name: "renamed", models: ["fast", "smart"] });
      assert.equal(await keys.update("key_9", { name: "x" }), false);
      assert.equal(await keys.revoke("key_1", 3000), true);
      assert.equal(await keys.revoke("key_1", 4000), false);
      assert.equal((await keys.get("key_1"))?.revokedAt, 3000);
      await keys.touch(new Map([["key_2", 70]]));
      await keys.touch(new Map([["key_2", 60]]));
      assert.equal((await keys.get("key_2"))?.lastUsedAt, 70);
      assert.deepEqual(
        (await keys.list()).map((each) => each.id),
        ["key_1", "key_2"],
      );
    }),

  "keys that moved are read in the order of their changes, each once; that a key was used is no change": () =>
    withControl(fresh, async ({ keys }, other) => {
      for (let index = 0; index < 5; index++) await (index % 2 ? other.keys : keys).insert(sampleKey(`key_${index}`));
      const all = await keys.movedAfter(-1, 100);
      const ids = (moved: typeof all) => moved.map(({ key }) => key.id);
      assert.deepEqual(ids(all), ["key_0", "key_1", "key_2", "key_3", "key_4"]);
      assert.deepEqual(ids(await keys.movedAfter(-1, 2)), ["key_0", "key_1"]);
      const last = all.at(-1)!.change;
      assert.deepEqual(await keys.movedAfter(last, 10), []);
      await keys.touch(new Map([["key_2", 70]]));
      assert.deepEqual(await keys.movedAfter(last, 10), []);
      await other.keys.revoke("key_3", 5);
      await keys.update("key_0", { name: "renamed" });
      await keys.update("key_3", { name: "again" });
      const moved = await keys.movedAfter(last, 10);
      assert.deepEqual(ids(moved), ["key_0", "key_3"]);
      assert.equal(moved[1]?.key.revokedAt, 5);
    }),

  "keys are given in pages of those that are wanted, and by their names": () =>
    withControl(fresh, async ({ keys }) => {
      const now = 10_000;
      for (let index = 0; index < 9; index++)
        await keys.insert(
          sampleKey(`key_${index}`, {
            name: `name ${index % 3}`,
            team: index < 6 ? "blue" : "red",
            ...(index === 4 && { expiresAt: 9_000 }),
          }),
        );
      await keys.revoke("key_1", 5);
      const page = async (wanted: object) => (await keys.page({ limit: 3, now, ...wanted })).map(({ id }) => id);
      assert.deepEqual(await page({}), ["key_0", "key_1", "key_2"]);
      assert.deepEqual(await page({ after: "key_2", team: "blue" }), ["key_3", "key_4", "key_5"]);
      assert.deepEqual(await page({ state: "works", team: "blue" }), ["key_0", "key_2", "key_3"]);
      assert.deepEqual(await page({ state: "expired" }), ["key_4"]);
      assert.deepEqual(await page({ state: "revoked" }), ["key_1"]);
      assert.deepEqual(
        (await keys.named("name 1")).map(({ id }) => id),
        ["key_4", "key_7"],
      );
      assert.deepEqual(
        (await keys.within({ teams: ["red"] }).page({ limit: 9, now })).map(({ id }) => id),
        ["key_6", "key_7", "key_8"],
      );
    }),

  "uses are noted by the thousand, and a newer one stays": () =>
    withControl(fresh, async ({ keys }, other) => {
      const ids = Array.from({ length: 2_500 }, (_, at) => `key_${at}`);
      for (const id of ids.slice(0, 3)) await keys.insert(sampleKey(id));
      await keys.touch(new Map(ids.map((id) => [id, 70])));
      await other.keys.touch(
        new Map([
          ["key_0", 60],
          ["key_1", 80],
        ]),
      );
      assert.deepEqual(await Promise.all(ids.slice(0, 4).map(async (id) => (await keys.get(id))?.lastUsedAt)), [70, 80, 70, undefined]);
    }),

  "of two who change what they have seen, or put another key in its place, one is first": () =>
    withControl(fresh, async (one, other) => {
      await one.keys.insert(sampleKey("key_1"));
      const seen = (await one.keys.get("key_1"))!;
      const changed = await Promise.allSettled([one, other].map(({ keys }, at) => keys.update("key_1", { name: `n${at}` }, seen)));
      assert.deepEqual(changed.map(({ status }) => status).toSorted(), ["fulfilled", "rejected"]);
      const now = (await one.keys.get("key_1"))!;
      const replaced = await Promise.allSettled(
        [one, other].map(({ keys }, at) => keys.replace(now, sampleKey(`next_${at}`), { revokedAt: 9 })),
      );
      assert.deepEqual(replaced.map(({ status }) => status).toSorted(), ["fulfilled", "rejected"]);
      assert.equal((await one.keys.list()).length, 2);
    }),

  "numbers of changes come in the order in which they can be read": () =>
    withControl(fresh, async (one, other) => {
      let last = -1;
      const read = new Set<string>();
      let writing = true;
      const readSome = async () => {
        for (const { key, change } of await other.keys.movedAfter(last, 7)) {
          read.add(key.id);
          last = change;
        }
      };
      const follow = async () => {
        for (; writing; await new Promise((resolve) => setTimeout(resolve, 0))) await readSome();
      };
      const following = follow();
      await Promise.all(Array.from({ length: 120 }, (_, at) => (at % 2 ? one : other).keys.insert(sampleKey(`key_${at}`))));
      writing = false;
      await following;
      let before: number;
      do {
        before = last;
        await readSome();
      } while (before !== last);
      assert.equal(read.size, 120);
    }),

  "two first starts at once make one key of a kind": () =>
    withControl(fresh, async ({ keys }, other) => {
      const stores = [keys, other.keys, keys, other.keys];
      const made = await Promise.all(stores.map((store, at) => store.insertFirst(sampleKey(`key_${at}`))));
      assert.equal(made.filter(Boolean).length, 1);
      assert.equal(await other.keys.insertFirst(sampleKey("key_admin", { kind: "admin" })), true);
    }),
});
