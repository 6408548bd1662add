import { expect, test } from "bun:test";
import type { DenialStore, StoredDenial } from "../../storage/index.ts";
import { openMemoryStorage } from "../../storage/index.ts";
import { DenialList } from "./denial-list.ts";
import { tokenKeyId } from "./token-principal.ts";

const noon = Date.UTC(2026, 10, 21, 12);
const hourMs = 3_600_000;
const issuer = "https://login.example";

async function listed(): Promise<{
  store: DenialStore;
  clock: { now: number };
  list: DenialList;
  deny(more: Partial<StoredDenial>): Promise<void>;
}> {
  const { control } = await openMemoryStorage();
  const clock = { now: noon };
  let count = 0;
  const deny = async (more: Partial<StoredDenial>) => {
    await control.denials.insert({ id: `deny_${count++}`, kind: "token", issuer, value: "t1", createdAt: clock.now, ...more });
  };
  return { store: control.denials, clock, list: new DenialList(control.denials, () => clock.now), deny };
}
const token = { issuer, subject: "ann", id: "t1" };

test("what is denied until a date is denied until then, without another look at the store", async () => {
  const { clock, list, deny } = await listed();
  await deny({ endsAt: noon + hourMs });
  await deny({ kind: "subject", value: "bob", endsAt: noon + 2 * hourMs });
  expect(await list.refresh()).toBe(true);
  expect([list.denies(token), list.deniesHolder(tokenKeyId(issuer, "bob"))]).toEqual([true, true]);
  clock.now += hourMs;
  expect([list.denies(token), list.deniesHolder(tokenKeyId(issuer, "bob"))]).toEqual([false, true]);
  clock.now += hourMs;
  expect(list.deniesHolder(tokenKeyId(issuer, "bob"))).toBe(false);
  expect(await list.refresh()).toBe(false);
});

test("a clock that was ahead when the list was read, or when another denial was made, lets nobody in when it is put right", async () => {
  const { clock, list, deny } = await listed();
  await deny({ endsAt: noon + 10 * 60_000 });
  clock.now += hourMs;
  await deny({ kind: "subject", value: "bob" });
  await list.refresh();
  expect(list.denies(token)).toBe(false);
  clock.now -= hourMs;
  expect(list.denies(token)).toBe(true);
  await list.refresh();
  expect(list.denies(token)).toBe(true);
});

test("a denial that takes the place of one that has ended makes another list", async () => {
  const { clock, list, deny } = await listed();
  await deny({ endsAt: noon + 1_000 });
  await list.refresh();
  clock.now += 2_000;
  expect([await list.refresh(), list.denies(token)]).toEqual([false, false]);
  await deny({ endsAt: noon + hourMs });
  expect([await list.refresh(), list.denies(token)]).toEqual([true, true]);
});
