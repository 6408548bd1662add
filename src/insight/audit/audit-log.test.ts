import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { createPublicKey, generateKeyPairSync } from "node:crypto";
import { Fault } from "../../exchange/index.ts";
import { openMemoryStorage, type Storage } from "../../storage/index.ts";
import { AuditLog, verifyExport } from "./audit-log.ts";
import { beginning, checkpointOf, hashOf } from "./chain.ts";

const { privateKey, publicKey } = generateKeyPairSync("ed25519");
let storage: Storage;
let log: AuditLog;
let text: string;
const encoder = new TextEncoder();

beforeAll(async () => {
  storage = await openMemoryStorage();
  let at = 1_700_000_000_000;
  log = new AuditLog({ store: storage.control.audit, privateKey, publicKey, now: () => at++ });
  for (let count = 0; count < 1_000; count++)
    await log.append({
      // The last sign is what lenient readers put in the place of broken ones.
      actor: { id: "key_1", name: "é\ufffd" },
      operation: "keys.create",
      outcome: "done",
      object: `key_${count}`,
      body: { name: `n${count}` },
    });
  text = (await Array.fromAsync(log.export())).join("");
});
afterAll(() => storage.close());

describe("a log of a thousand acts", () => {
  test("is found whole, in the store and as a file", async () => {
    expect(await log.verify()).toEqual({ count: 1_000, flaws: [] });
    expect(verifyExport(encoder.encode(text), publicKey)).toEqual({ count: 1_000, flaws: [] });
    expect(verifyExport(encoder.encode(text), createPublicKey(privateKey))).toEqual({ count: 1_000, flaws: [] });
  });

  const broken = (changed: string | Uint8Array) =>
    verifyExport(typeof changed === "string" ? encoder.encode(changed) : changed, publicKey).flaws.length > 0;

  test("shows any one byte that is changed, taken out or swapped with the next", () => {
    const bytes = encoder.encode(text);
    const step = Number(process.env.STEP ?? 499);
    const missed: (readonly [string, number])[] = [];
    let looked = 0;
    // Every byte of the first lines, of the last one and of the checkpoint; of those between, one in `step`.
    for (let at = 0; at < bytes.length; at += at < 600 || at > bytes.length - 600 ? 1 : step) {
      const [here = 0, next = here] = bytes.subarray(at, at + 2);
      for (const [how, put, taken] of [
        ["changed", [here ^ 1], 1],
        ["taken out", [], 1],
        ["swapped", [next, here], 2],
      ] as const) {
        if (how === "swapped" && next === here) continue;
        if (!broken(Buffer.concat([bytes.subarray(0, at), Buffer.from(put), bytes.subarray(at + taken)]))) missed.push([how, at]);
        looked++;
      }
    }
    console.log(`${looked} changes of one byte, ${missed.length} missed`);
    expect(missed).toEqual([]);
  }, 3_600_000);

  test("shows a line taken out, doubled, moved or added", () => {
    const lines = text.split("\n");
    const changed = (change: (lines: string[]) => void) => {
      const copy = [...lines];
      change(copy);
      return broken(copy.join("\n"));
    };
    for (const at of [0, 1, 499, 998, 999, 1_000]) {
      expect([at, changed((copy) => copy.splice(at, 1))]).toEqual([at, true]);
      expect([at, changed((copy) => copy.splice(at, 0, copy[at]!))]).toEqual([at, true]);
      expect([at, changed((copy) => copy.splice(at, 2, copy[at + 1]!, copy[at]!))]).toEqual([at, true]);
    }
  });

  test("shows that its end was cut off, wherever", () => {
    const lines = text.split("\n");
    const checkpoint = lines.at(-2)!;
    for (const kept of [0, 1, 500, 999]) {
      expect(broken(`${lines.slice(0, kept).join("\n")}\n${checkpoint}\n`)).toBe(true);
      expect(broken(`${lines.slice(0, kept).join("\n")}\n`)).toBe(true);
    }
    for (let cut = 1; cut < 400; cut++) expect(broken(text.slice(0, -cut))).toBe(true);
  });

  test("shows that it was written anew by somebody without the key", () => {
    const other = generateKeyPairSync("ed25519");
    expect(verifyExport(encoder.encode(text), other.publicKey).flaws[0]?.problem).toContain("not that of the gateway whose data folder");
  });
});

const ofStrange = { actor: { id: "a", name: "\ufffd" }, operation: "keys.create", outcome: "done" } as const;

test("a line of the store shows a broken byte however the store reads it", async () => {
  const kept = await openMemoryStorage();
  const strange = new AuditLog({ store: kept.control.audit, privateKey, publicKey, now: () => 0 });
  expect((await strange.append(ofStrange)).actor.name).toBe("\ufffd");
  const { line = "" } = (await kept.control.audit.after(0, 1)).rows[0] ?? {};
  const bytes = Buffer.from(line);
  for (let at = 0; at < bytes.length; at++)
    for (const put of [[], [(bytes[at] as number) ^ 1], [0xff]])
      expect([at, Buffer.concat([bytes.subarray(0, at), Buffer.from(put), bytes.subarray(at + 1)]).toString("utf8")]).not.toEqual([
        at,
        line,
      ]);
  await kept.close();
});

test("an export with such a sign in it, as older ones have, shows a byte that was taken out of it", async () => {
  const kept = await openMemoryStorage();
  const line = JSON.stringify({ at: new Date(0).toISOString(), ...ofStrange });
  const row = { seq: 1, line, hash: hashOf(beginning, 1, line) };
  await kept.control.audit.append(() => ({ row, head: JSON.stringify(checkpointOf(row, new Date(0).toISOString(), privateKey)) }));
  const old = new AuditLog({ store: kept.control.audit, privateKey, publicKey, now: () => 0 });
  const bytes = Buffer.from((await Array.fromAsync(old.export())).join(""));
  expect(verifyExport(bytes, publicKey).flaws).toEqual([]);
  const at = bytes.indexOf("\ufffd");
  for (const taken of [0, 1, 2])
    expect(verifyExport(Buffer.concat([bytes.subarray(0, at + taken), bytes.subarray(at + taken + 1)]), publicKey).flaws.length).toBe(1);
  await kept.close();
});

test("a log that was put back to an earlier state is found by a checkpoint that was kept elsewhere", async () => {
  const earlier = await openMemoryStorage();
  const tools = { store: earlier.control.audit, privateKey, publicKey, now: () => 0 };
  const short = new AuditLog(tools);
  await short.append({ actor: { id: "a", name: "a" }, operation: "keys.revoke", outcome: "asked" });
  expect((await short.verify()).flaws).toEqual([]);
  const kept = (await log.checkpoint())!;
  expect((await short.verify([kept])).flaws).toEqual([{ seq: 1_000, problem: "the log has lost what stood behind line 1" }]);
  expect((await log.verify([kept])).flaws).toEqual([]);
  await earlier.close();
});

test("two writers make one chain", async () => {
  const shared = await openMemoryStorage();
  const tools = { store: shared.control.audit, privateKey, publicKey, now: () => 0 };
  const [one, other] = [new AuditLog(tools), new AuditLog(tools)];
  const act = { actor: { id: "a", name: "a" }, operation: "x", outcome: "done" } as const;
  await Promise.all(Array.from({ length: 20 }, (_, at) => (at % 2 ? one : other).append(act)));
  expect(await one.verify()).toEqual({ count: 20, flaws: [] });
  expect((await other.newest(2)).map(({ seq }) => seq)).toEqual([20, 19]);
  await shared.close();
});

test("a store that takes nothing is a fault, not a silence", async () => {
  const store = { append: () => Promise.reject(new Error("disk full")) };
  const full = new AuditLog({ store: store as never, privateKey, publicKey, now: () => 0 });
  const refused = await full.append({ actor: { id: "a", name: "a" }, operation: "x", outcome: "asked" }).catch((error) => error);
  expect(refused).toBeInstanceOf(Fault);
  expect(refused.code).toBe("audit_failed");
});
