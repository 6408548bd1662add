import { expect, test } from "bun:test";
import { openMemoryStorage } from "../memory/open-memory-storage.ts";
import { sampleRecord } from "../storage-suite.ts";
import { Retention } from "./retention.ts";

test("records go with their day when it is over for long enough, and their sums stay", async () => {
  const storage = await openMemoryStorage();
  const startedAt = (day: number, hour: number) => Date.UTC(2026, 10, day, hour);
  for (const [day, hour] of [
    [18, 1],
    [18, 23],
    [19, 0],
    [21, 12],
  ] as const)
    storage.journal.append(sampleRecord(`req_${day}_${hour + 10}`, { startedAt: startedAt(day, hour) }));
  await storage.drain();
  let now = startedAt(21, 12);
  const retention = new Retention({ records: storage.records, now: () => now, warn: console.error });
  const kept = async () => (await storage.records.recent(10)).map(({ id }) => id);
  expect(await retention.look()).toBe(0);
  retention.keep(2);
  expect(await retention.look()).toBe(2);
  expect(await kept()).toEqual(["req_21_22", "req_19_10"]);
  now = startedAt(22, 0);
  expect(await retention.look()).toBe(1);
  now = startedAt(23, 23);
  expect([await retention.look(), await kept()]).toEqual([0, ["req_21_22"]]);
  expect((await storage.records.usage({}))[0]?.requests).toBe(4);
  retention.close();
  await storage.close();
});
