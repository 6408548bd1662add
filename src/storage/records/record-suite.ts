import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { usageOf } from "../../exchange/index.ts";
import type { StorageOptions } from "../open-storage.ts";
import type { UsageGroup } from "../rollups/usage.ts";
import type { Scope } from "../scope.ts";
import type { SettledRecord } from "../settled-record.ts";
import type { Storage } from "../storage.ts";
import { sampleRecord } from "../storage-suite.ts";

/** Opens a store in a folder that is gone afterwards. */
export type WithStorage = (work: (storage: Storage, folder: string) => Promise<void>, options?: Partial<StorageOptions>) => Promise<void>;

/** What records, their sums and the ledger promise, wherever they are kept. Each case throws when the promise is broken. */
export function recordSuite(withStorage: WithStorage): Readonly<Record<string, () => Promise<void>>> {
  return {
    "a record comes back as it was settled": () =>
      withStorage(async ({ journal, records, drain }) => {
        const whole = sampleRecord("req_1", {
          usage: usageOf({
            source: "estimated",
            inputUncached: 5,
            cacheRead: 7,
            cacheWrite: 1,
            cacheWrite5m: 2,
            cacheWrite1h: 3,
            output: 11,
            reasoning: 4,
            outputAudio: 2,
            webSearches: 1,
            units: { image: 3, audioSecond: 12 },
            tier: "flex",
          }),
          detail: { metadata: { note: "tab\t, line\n, é, 漢, 🙂, \u0000, \ud800" }, warnings: ["a"] },
        });
        const bare: SettledRecord = {
          id: "req_0",
          startedAt: 1_700_000_000_123,
          keyId: "",
          endpoint: "messages",
          model: "no-such-model",
          outcome: "refused",
          status: 404,
          fault: "model_unknown",
          stream: false,
          durationMs: 0.5,
          detail: {},
        };
        journal.append(whole);
        journal.append(bare);
        await drain();
        assert.deepEqual(await records.record("req_1"), whole);
        assert.deepEqual(await records.record("req_0"), bare);
        assert.equal(await records.record("req_3"), undefined);
        assert.deepEqual(
          (await records.recent(10)).map((record) => record.id),
          ["req_1", "req_0"],
        );
      }),

    "sums are exact far beyond what a float holds": () =>
      withStorage(async ({ journal, records, drain }) => {
        const cost = Number.MAX_SAFE_INTEGER;
        for (let at = 0; at < 900; at++) journal.append(sampleRecord(`req_${at}`, { costNanos: cost }));
        await drain();
        const [row] = await records.usage({});
        assert.equal(row?.costNanos, BigInt(cost) * 900n);
        assert.equal(row?.inputUncached, 90_000n);
        assert.equal(row?.requests, 900);
      }),

    "usage is summed by any groups, within whole hours": () =>
      withStorage(async ({ journal, records, drain }) => {
        const hour = (day: number, at: number) => Date.UTC(2026, 10, day, at, 59);
        journal.append(sampleRecord("a", { startedAt: hour(20, 1), costNanos: 5 }));
        journal.append(sampleRecord("b", { startedAt: hour(20, 2), costNanos: 7, team: undefined, keyId: "key_two" }));
        journal.append(sampleRecord("c", { startedAt: hour(21, 1), costNanos: undefined, outcome: "failed", provider: "groq" }));
        journal.append(sampleRecord("d", { startedAt: hour(21, 1), usage: undefined, costNanos: undefined, outcome: "refused" }));
        await drain();
        const brief = async (query: Parameters<typeof records.usage>[0]) =>
          (await records.usage(query)).map((row) => [row.group, row.requests, row.costNanos]);
        assert.deepEqual(await brief({ by: ["day"] }), [
          [{ day: "2026-11-20" }, 2, 12n],
          [{ day: "2026-11-21" }, 2, 0n],
        ]);
        assert.deepEqual(await brief({ by: ["team", "key"], until: hour(20, 2) }), [
          [{ team: "", key: "key_two" }, 1, 7n],
          [{ team: "support", key: "key_one" }, 1, 5n],
        ]);
        assert.deepEqual(await brief({ by: ["hour", "provider"], since: hour(21, 1) }), [
          [{ hour: "2026-11-21T01:00Z", provider: "groq" }, 1, 0n],
          [{ hour: "2026-11-21T01:00Z", provider: "openai" }, 1, 0n],
        ]);
        const [all] = await records.usage({});
        assert.deepEqual([all?.success, all?.refused, all?.failed, all?.cancelled, all?.unpriced], [2, 1, 1, 0, 1]);
        assert.equal((await records.usage({ since: hour(25, 1) }))[0]?.requests, 0);
      }),

    "usage is summed by whoever asked and by any tag, and what has no tags is the rest": () =>
      withStorage(async ({ journal, records, drain }) => {
        const who = { organisation: "org_1", application: "app_1", user: "ann", serviceAccount: "sa_1", endUser: "u-7" };
        journal.append(sampleRecord("a", { ...who, costNanos: 5, detail: { metadata: { project: "x", env: "prod" } } }));
        journal.append(sampleRecord("b", { costNanos: 7, detail: { metadata: { env: "prod", project: "y" } } }));
        journal.append(sampleRecord("c", { costNanos: 11, targetModel: "gpt-5" }));
        journal.append(sampleRecord("d", { costNanos: 13, detail: { metadata: { env: 'te"st' } } }));
        await drain();
        const brief = async (...by: UsageGroup[]) =>
          (await records.usage({ by })).map((row) => [...Object.values(row.group), row.costNanos]);
        for (const [group, value] of Object.entries(who))
          assert.deepEqual(await brief(group as UsageGroup), [
            ["", 31n],
            [value, 5n],
          ]);
        assert.deepEqual(await brief("tag:project"), [
          ["", 24n],
          ["x", 5n],
          ["y", 7n],
        ]);
        assert.deepEqual(await brief("tag:env", "targetModel"), [
          ["", "gpt-5", 11n],
          ["prod", "gpt-5-mini", 12n],
          ['te"st', "gpt-5-mini", 13n],
        ]);
        assert.deepEqual(await brief("month"), [["2026-11", 36n]]);
        const ofOne = await records.within({ organisation: "org_1" }).usage({ by: ["tag:project"] });
        assert.deepEqual(
          ofOne.map((row) => [row.group["tag:project"], row.requests]),
          [["x", 1]],
        );
      }),

    "records and sums of another organisation or team are not there either, and go with their records": () =>
      withStorage(async ({ records, journal, drain }) => {
        const at = Date.UTC(2026, 10, 20, 13);
        const record = (id: string, organisation?: string, team?: string) => ({
          ...sampleRecord(id, { startedAt: at, team, costNanos: 1, provider: "p" }),
          ...(organisation !== undefined && { organisation, application: "app_1", user: "user_1" }),
        });
        const all = [
          record("1", "org_1", "team_1"),
          record("2", "org_1"),
          record("3", "org_2"),
          record("4"),
          record("5", undefined, "support"),
        ];
        for (const each of [...all, record("6", "org_1", "team_1")]) journal.append(each);
        await drain();
        const one = records.within({ organisation: "org_1" });
        const team = records.within({ organisation: "org_1", teams: ["team_1"] });
        const file = records.within({ teams: ["support"] });
        const seen = async (store: typeof records) => (await store.recent(10)).map(({ id }) => id);
        assert.deepEqual([await seen(one), await seen(team), await seen(file)], [["6", "2", "1"], ["6", "1"], ["5"]]);
        assert.deepEqual(
          (await one.recent(1, "6")).map(({ id }) => id),
          ["2"],
        );
        assert.deepEqual([(await one.record("1"))?.application, (await one.record("1"))?.user], ["app_1", "user_1"]);
        assert.deepEqual(
          [await one.record("3"), await one.record("4"), await team.record("2"), await file.record("1")],
          Array(4).fill(undefined),
        );
        const sums = async (store: typeof records) =>
          (await store.usage({ by: ["team"] })).map(({ group, requests }) => [group.team, requests]);
        assert.deepEqual(await sums(one), [
          ["", 1],
          ["team_1", 2],
        ]);
        assert.deepEqual(await sums(team), [["team_1", 2]]);
        assert.deepEqual(await sums(file), [["support", 1]]);
        assert.equal((await records.usage({}))[0]?.requests, 6);
        assert.equal(await records.dropBefore(at + 1), 6);
        assert.deepEqual([await seen(one), await seen(records)], [[], []]);
      }),

    "names that callers made up do not grow the rollups": () =>
      withStorage(async ({ journal, records, drain }) => {
        for (let at = 0; at < 50; at++) {
          journal.append(sampleRecord(`req_${at}`, { model: `made-up-${at}`, fault: "model_unknown", provider: undefined }));
        }
        journal.append(sampleRecord("long", { model: "x".repeat(100_000) }));
        await drain();
        assert.equal((await records.usage({ by: ["model"] })).length, 2);
        assert.equal((await records.record("long"))?.model.length, 256);
      }),

    "a number that is no safe integer never reaches the sums": () =>
      withStorage(async ({ journal, records, drain }) => {
        journal.append(sampleRecord("a", { costNanos: 0.5, usage: usageOf({ inputUncached: Number.NaN, output: 1e300 }) }));
        journal.append(sampleRecord("b", { costNanos: 3, usage: usageOf({ output: 2 }) }));
        await drain();
        const [row] = await records.usage({});
        assert.deepEqual([row?.costNanos, row?.inputUncached, row?.output, row?.unpriced], [3n, 0n, 2n, 1]);
      }),

    "old records go and their sums stay": () =>
      withStorage(async ({ journal, records, drain }) => {
        for (let at = 0; at < 2500; at++) journal.append(sampleRecord(`req_${1000 + at}`, { startedAt: at }));
        await drain();
        assert.equal(await records.dropBefore(2400), 2400);
        const left = await records.recent(1000);
        assert.deepEqual([left.length, left[0]?.startedAt, left.at(-1)?.startedAt], [100, 2499, 2400]);
        assert.equal(await records.dropBefore(2400), 0);
        assert.equal((await records.usage({}))[0]?.requests, 2500);
      }),

    "full segments are deleted once they were taken over, and nothing is lost between two": () =>
      withStorage(
        async ({ journal, records, drain }, folder) => {
          for (let at = 0; at < 300; at++) journal.append(sampleRecord(`req_${at}`));
          const segments = () => readdirSync(join(folder, "journal")).length;
          assert.ok(segments() > 5);
          await drain();
          assert.ok(segments() <= 1);
          assert.equal((await records.usage({}))[0]?.requests, 300);
        },
        { segmentBytes: 8 * 1024 },
      ),

    "in disk mode an append is kept when its promise resolves": () =>
      withStorage(
        async ({ journal, records, drain }) => {
          const kept = Array.from({ length: 64 }, (_, at) => journal.append(sampleRecord(`req_${at}`)));
          for (const promise of kept) assert.ok(promise instanceof Promise);
          await Promise.all(kept);
          await drain();
          assert.equal((await records.usage({}))[0]?.requests, 64);
        },
        { journalMode: "disk", segmentBytes: 8 * 1024 },
      ),

    "records are taken over without being asked for": () =>
      withStorage(
        async ({ journal, records }) => {
          journal.append(sampleRecord("req_1"));
          const deadline = Date.now() + 5000;
          while ((await records.record("req_1")) === undefined) {
            assert.ok(Date.now() < deadline, "nothing was drained");
            await new Promise((resolve) => setTimeout(resolve, 5));
          }
        },
        { drainEveryMs: 10 },
      ),

    "records are seen by whom they belong to, newest first, in pages": () =>
      withStorage(async ({ journal, records, drain }) => {
        for (let at = 0; at < 60; at++) {
          const owner = at % 3 === 0 ? {} : { organisation: `org_${at % 3}` };
          journal.append(sampleRecord(`req_${100 + at}`, { ...owner, team: at % 2 === 0 ? "even" : "odd" }));
        }
        await drain();
        const ids = async (scope: Scope, limit: number, before?: string) =>
          (await records.within(scope).recent(limit, before)).map(({ id }) => id);
        assert.deepEqual(await ids({}, 3), ["req_159", "req_158", "req_157"]);
        assert.deepEqual(await ids({}, 2, "req_157"), ["req_156", "req_155"]);
        assert.deepEqual(await ids({ organisation: "org_1" }, 3), ["req_158", "req_155", "req_152"]);
        assert.deepEqual(await ids({ organisation: "org_1", teams: ["odd"] }, 2, "req_155"), ["req_149", "req_143"]);
        assert.deepEqual(await ids({ teams: ["odd"] }, 2, "req_158"), ["req_157", "req_155"]);
        assert.deepEqual(await ids({ organisation: "org_1", teams: [] }, 9), []);
        assert.equal(await records.within({ organisation: "org_2" }).record("req_101"), undefined);
        assert.equal((await records.within({ organisation: "org_1" }).record("req_101"))?.id, "req_101");
        assert.equal((await records.within({ organisation: "org_1", teams: ["odd"] }).usage({}))[0]?.requests, 10);
      }),

    "whatever callers write is kept, and adds up": () =>
      withStorage(async ({ journal, records, drain }) => {
        const odd = ["\u0000", "\ud800", "a\nb", "'\"\\", "漢🙂", "\\u0000", "x".repeat(5_000)];
        for (const [at, text] of odd.entries()) {
          const metadata = { [`name${at}`]: text };
          journal.append(
            sampleRecord(`req_${at}`, { model: text, endUser: text, organisation: "org_1", team: text, detail: { metadata } }),
          );
        }
        await drain();
        for (const [at, text] of odd.entries()) {
          assert.equal((await records.record(`req_${at}`))?.endUser, text);
          assert.deepEqual((await records.record(`req_${at}`))?.detail.metadata, { [`name${at}`]: text });
        }
        assert.equal((await records.usage({}))[0]?.requests, odd.length);
        const sum = async (by: UsageGroup) => (await records.usage({ by: [by] })).reduce((all, { requests }) => all + requests, 0);
        for (const by of ["model", "endUser", "tag:name0", "tag:name6"] as const) assert.equal(await sum(by), odd.length);
        assert.equal((await records.within({ organisation: "org_1" }).recent(100)).length, odd.length);
      }),

    "records of any day are kept, and each is there once": () =>
      withStorage(async ({ journal, records, drain }) => {
        const days = [0, 86_400_000 - 1, 86_400_000, Date.UTC(2020, 1, 29), Date.now(), Date.now() + 400 * 86_400_000, 8e15, 9e15];
        for (const round of [0, 1]) {
          for (const [at, startedAt] of days.entries()) journal.append(sampleRecord(`req_${at}`, { startedAt }));
          if (round === 0) journal.append(sampleRecord("req_other"));
          await drain();
        }
        assert.equal((await records.recent(100)).length, days.length + 1);
        assert.equal((await records.usage({}))[0]?.requests, days.length + 1);
        for (const [at, startedAt] of days.entries()) assert.equal((await records.record(`req_${at}`))?.startedAt, startedAt);
      }),

    "what was put right counts in the sums, once, and never changes": () =>
      withStorage(async ({ journal, records, ledger, drain }) => {
        const tagged = { detail: { metadata: { project: "x" } }, organisation: "org_1" };
        journal.append(sampleRecord("req_1", { costNanos: 100 }));
        journal.append(sampleRecord("req_2", { costNanos: undefined, ...tagged }));
        await drain();
        const made = { madeAt: 5, priceVersion: "2", reason: "wrong price" };
        const first = [
          { recordId: "req_1", number: 1, deltaNanos: -40, ...made },
          { recordId: "req_2", number: 1, deltaNanos: Number.MAX_SAFE_INTEGER, ...made },
          { recordId: "req_2", number: 2, deltaNanos: Number.MAX_SAFE_INTEGER, ...made },
          { recordId: "not-there", number: 1, deltaNanos: 7, ...made },
        ];
        assert.equal(await ledger.correct(first), 3);
        assert.equal(await ledger.correct(first), 0);
        assert.deepEqual(await ledger.corrections(["req_2", "req_1", "not-there"]), first.slice(0, 3));
        assert.deepEqual(await ledger.corrections([]), []);
        const most = BigInt(Number.MAX_SAFE_INTEGER);
        const [all] = await records.usage({});
        assert.deepEqual([all?.costNanos, all?.unpriced, all?.requests], [60n + 2n * most, 0, 2]);
        const byTag = (await records.usage({ by: ["tag:project"] })).map(({ group, costNanos }) => [group["tag:project"], costNanos]);
        assert.deepEqual(byTag, [
          ["", 60n],
          ["x", 2n * most],
        ]);
        await assert.rejects(ledger.correct([{ recordId: "req_1", number: 2, deltaNanos: 0.5, ...made }]), RangeError);
      }),

    "a month is frozen once, whoever comes second": () =>
      withStorage(async ({ ledger }) => {
        const month = { month: "2026-10", closedAt: 7, closedBy: "ann", lines: 250, tags: ["project"], hash: "ab", costNanos: 2n ** 70n };
        const lines = Array.from({ length: 250 }, (_, at) => ({ organisation: `org_${at % 2}`, team: "t", line: `{"at":${at}}` }));
        const both = await Promise.all([ledger.freeze(month, lines), ledger.freeze(month, lines)]);
        assert.deepEqual(both.toSorted(), [false, true]);
        assert.deepEqual(await ledger.months(), [month]);
        assert.deepEqual(await ledger.lines("2026-10"), lines);
        assert.equal((await ledger.within({ organisation: "org_1" }).lines("2026-10")).length, 125);
        assert.deepEqual(await ledger.lines("2026-09"), []);
      }),
  };
}
