import { describe, expect, setSystemTime, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { issueKey } from "../../src/auth/index.ts";
import type { OpenedGateway } from "../../src/gateway/index.ts";
import { ask, codeOf, hello, isReplay, keyText, recordsOf, refusing, until, useBench } from "./bench.ts";

const bench = useBench();

describe("what is kept", () => {
  test("is kept for a day, and then the key is free", async () => {
    const gateway = await bench.open();
    await ask(gateway, { key: "k" });
    setSystemTime(Date.now() + 24 * 3_600_000 - 60_000);
    expect([isReplay(await ask(gateway, { key: "k" })), bench.seen.length]).toEqual([true, 1]);
    setSystemTime(Date.now() + 61_000);
    expect([isReplay(await ask(gateway, { key: "k" })), bench.seen.length]).toEqual([false, 2]);
  });

  test("is no answer that is too long: a repeat is told so, and not billed", async () => {
    const gateway = await bench.open({ idempotency: { maxAnswerBytes: 4_096 } });
    for (const stream of [false, true]) {
      const body = { ...hello, max_tokens: 5_000, stream };
      const first = await ask(gateway, { key: `k${stream}`, body });
      expect([first.status, first.bytes.length > 5_000]).toEqual([200, true]);
      const again = await ask(gateway, { key: `k${stream}`, body });
      expect([again.status, codeOf(again)]).toEqual([409, "repetition_unknown"]);
      expect(again.bytes.toString()).toContain("maxAnswerBytes");
    }
    expect(bench.seen.length).toBe(2);
  });

  test("is bounded in all, and of one caller in number", async () => {
    const gateway = await bench.open({ idempotency: { maxBytes: 1_048_576, maxKeysPerCaller: 3 } });
    const long = { ...hello, max_tokens: 600_000 };
    for (const key of ["1", "2"]) expect((await ask(gateway, { key, body: long })).status).toBe(200);
    expect(isReplay(await ask(gateway, { key: "1", body: long }))).toBe(true);
    expect(codeOf(await ask(gateway, { key: "2", body: long }))).toBe("repetition_unknown");
    bench.script = [refusing(400)];
    // What came to nothing takes no room.
    expect((await ask(gateway, { key: "3" })).status).toBe(400);
    expect((await ask(gateway, { key: "3" })).status).toBe(200);
    const fourth = await ask(gateway, { key: "4" });
    expect([fourth.status, codeOf(fourth)]).toEqual([429, "rate_limit_exceeded"]);
    expect([isReplay(await ask(gateway, { key: "3" })), (await ask(gateway, { key: "4", as: "b" })).status]).toEqual([true, 200]);
  });

  test("counts as a request, and takes neither tokens nor money", async () => {
    // One request sets aside a token a byte, and uses fifteen.
    const room = JSON.stringify(hello).length + 10;
    const limits = { requestsPerDay: 3, tokensPerDay: room };
    const gateway = await bench.open({ keys: [{ name: "a", value: keyText("a"), limits, budget: { usd: room / 1e6, per: "day" } }] });
    const statuses = [];
    for (const key of ["k", "l", "k", "k", "k"]) statuses.push([key, (await ask(gateway, { key })).status]);
    expect(statuses).toEqual([
      ["k", 200],
      ["l", 429],
      ["k", 200],
      ["k", 200],
      ["k", 429],
    ]);
    expect(bench.seen.length).toBe(1);
  });

  test("is sealed in the data folder, opened by another process of it, and told from what was asked", async () => {
    const folder = bench.newFolder();
    const gateway = await bench.open({}, folder);
    const first = await ask(gateway, { key: "my-own-key-7" });
    const other = await bench.open({}, folder);
    const again = await ask(other, { key: "my-own-key-7" });
    expect([isReplay(again), again.bytes.equals(first.bytes), bench.seen.length]).toEqual([true, true, 1]);
    const inside = ["counters.db", "counters.db-wal"].map((name) => readFileSync(join(folder, name)).toString("latin1")).join("");
    expect(inside).toContain("answer:req_");
    for (const secret of ["answer 1", Buffer.from("answer 1").toString("base64"), "hello", "my-own-key-7"])
      expect(inside).not.toContain(secret);
    const [entry] = await recordsOf(gateway);
    expect(JSON.stringify(entry)).not.toContain("my-own-key-7");
  });

  test("is asked once by fifty at a time at two processes of one folder", async () => {
    const folder = bench.newFolder();
    const gateways = [await bench.open({}, folder), await bench.open({}, folder)];
    for (const body of [hello, { ...hello, stream: true }]) {
      bench.seen = [];
      const answers = await Promise.all(
        Array.from({ length: 50 }, (_, at) => ask(gateways[at % 2] as OpenedGateway, { key: `k${"stream" in body}`, body })),
      );
      expect([bench.seen.length, new Set(answers.map(({ bytes }) => bytes.toString())).size]).toEqual([1, 1]);
    }
  });

  test("is erased with its record, and a repeat is told so", async () => {
    const gateway = await bench.open({}, bench.newFolder());
    await ask(gateway, { key: "k" });
    const [record] = await recordsOf(gateway);
    expect(await gateway.repeats.erase(record as NonNullable<typeof record>)).toBe(true);
    const again = await ask(gateway, { key: "k" });
    expect([again.status, codeOf(again), bench.seen.length]).toEqual([409, "repetition_unknown", 1]);
  });

  test("goes with the record by which it can be erased, and its key stands on: nobody is billed twice", async () => {
    const gateway = await bench.open({ records: { keepDays: 1 }, idempotency: { keepHours: 168 } });
    const first = await ask(gateway, { key: "k" });
    const dayMs = 86_400_000;
    // A record of a day is dropped when the day after it is over.
    const dropped = (Math.floor(Date.now() / dayMs) + 2) * dayMs;
    setSystemTime(dropped - 60_000);
    const again = await ask(gateway, { key: "k" });
    expect([isReplay(again), again.bytes.equals(first.bytes)]).toEqual([true, true]);
    setSystemTime(dropped);
    const late = await ask(gateway, { key: "k" });
    expect([late.status, codeOf(late), bench.seen.length]).toEqual([409, "repetition_unknown", 1]);
    expect(late.bytes.toString()).toContain("records.keepDays");
  });

  test("opens no more once its organisation was forgotten, in any process, and others' answers do", async () => {
    const folder = bench.newFolder();
    const gateway = await bench.open({}, folder);
    const directory = gateway.storage.control.directory;
    const organisation = await directory.organisation.insert({ name: "gone", active: true }, Date.now());
    const { text } = await issueKey(
      { kind: "key", name: "k", organisation: organisation.id },
      gateway.storage.control.keys,
      gateway.hasher,
      Date.now(),
    );
    await gateway.rereadKeys();
    const others = await ask(gateway, { key: "k" });
    const first = await ask(gateway, { key: "k", bearer: text });
    const other = await bench.open({}, folder);
    const again = await ask(other, { key: "k", bearer: text });
    expect([isReplay(again), again.bytes.equals(first.bytes), bench.seen.length]).toEqual([true, true, 2]);
    await gateway.repeats.forget(organisation.id);
    // Also in a process that had opened it before, as soon as it asks the vault again.
    setSystemTime(Date.now() + 11_000);
    for (const each of [gateway, other]) {
      const late = await ask(each, { key: "k", bearer: text });
      expect([late.status, codeOf(late), bench.seen.length]).toEqual([409, "repetition_unknown", 2]);
      expect((await ask(each, { key: "k" })).bytes.equals(others.bytes)).toBe(true);
    }
  });

  test("of a process that died is not asked again once its time is over", async () => {
    const folder = bench.newFolder();
    const gateway = await bench.open({}, folder);
    const other = await bench.open({ idempotency: { waitSeconds: 1 } }, folder);
    bench.gate = Promise.withResolvers();
    const first = ask(gateway, { key: "k" });
    await until(() => bench.seen.length === 1);
    expect(codeOf(await ask(other, { key: "k" }))).toBe("repetition_under_way");
    setSystemTime(Date.now() + 36_000);
    const again = await ask(other, { key: "k" });
    expect([again.status, codeOf(again), bench.seen.length]).toEqual([409, "repetition_unknown", 1]);
    // It lives after all.
    bench.gate.resolve();
    await first;
    expect(isReplay(await ask(other, { key: "k" }))).toBe(true);
  });
});
