import { afterAll, expect, setSystemTime, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Fault } from "../../exchange/index.ts";
import { openVault } from "./open-vault.ts";

const folder = mkdtempSync(join(tmpdir(), "sluice-seals-"));
const first = await openVault({ folder, env: {}, guards: {} });
const second = await openVault({ folder, env: {}, guards: {} });
afterAll(() => {
  first.close();
  second.close();
  rmSync(folder, { recursive: true });
});

const plain = Buffer.from("what was asked, and what was answered");
const { bodySeals: seals } = first;
const refusal = (work: Promise<unknown>) =>
  work.then(
    () => "opened",
    (error: unknown) => Fault.from(error).code,
  );

test("what one process sealed another opens, and nothing of it can be read in between", async () => {
  const sealed = await seals.seal("org-acme", "req_1", [plain]);
  expect(sealed.includes("asked")).toBe(false);
  expect((await second.bodySeals.open("org-acme", "req_1", sealed)).equals(plain)).toBe(true);
  expect((await seals.seal("org-acme", "req_1", [plain])).equals(sealed)).toBe(false);
});

test("two processes that seal first at the same time use one key", async () => {
  const made = await Promise.all([first, second].map(({ bodySeals }) => bodySeals.seal("org-race", "req_1", [plain])));
  for (const sealed of made)
    for (const each of [first, second]) expect((await each.bodySeals.open("org-race", "req_1", sealed)).equals(plain)).toBe(true);
});

test("in another's place it does not open: another record, another owner, another's head", async () => {
  const one = await seals.seal("org-acme", "req_1", [plain]);
  const other = await seals.seal("org-acme", "req_2", [plain]);
  await seals.seal("org-other", "req_1", [plain]);
  expect(await refusal(seals.open("org-acme", "req_2", one))).toBe("vault_locked");
  expect(await refusal(seals.open("org-other", "req_1", one))).toBe("vault_locked");
  const headEnd = 8 + one.readUInt32BE(4);
  const mixed = Buffer.concat([one.subarray(0, headEnd), other.subarray(8 + other.readUInt32BE(4))]);
  expect(await refusal(seals.open("org-acme", "req_1", mixed))).toBe("vault_locked");
});

test("any one byte changed, and any end cut off, is found", async () => {
  const sealed = await seals.seal("org-acme", "req_1", [plain]);
  for (let at = 0; at < sealed.length; at++) {
    const changed = Buffer.from(sealed);
    changed[at] = (changed[at] as number) ^ 1;
    expect([at, await refusal(seals.open("org-acme", "req_1", changed))]).toEqual([at, "vault_locked"]);
    expect([at, await refusal(seals.open("org-acme", "req_1", sealed.subarray(0, at)))]).toEqual([at, "vault_locked"]);
  }
});

test("a new master key takes the bodies over without touching them, and the old one may be forgotten", async () => {
  const sealed = await seals.seal("org-acme", "req_1", [plain]);
  await first.vault.renewMasterKey();
  expect((await first.vault.rekey()).rewrapped).toBeGreaterThan(0);
  expect(await first.vault.forgetMasterKeys()).toBe(1);
  const fresh = await openVault({ folder, env: {}, guards: {} });
  expect((await fresh.bodySeals.open("org-acme", "req_1", sealed)).equals(plain)).toBe(true);
  fresh.close();
});

test("a clock that goes back keeps no key of another process's that was erased", async () => {
  const sealed = await seals.seal("org-back", "req_1", [plain]);
  expect((await second.bodySeals.open("org-back", "req_1", sealed)).equals(plain)).toBe(true);
  await seals.forget("org-back");
  setSystemTime(new Date(Date.now() - 3_600_000));
  try {
    expect(await refusal(second.bodySeals.open("org-back", "req_1", sealed))).not.toBe("opened");
  } finally {
    setSystemTime();
  }
});

test("an owner whose key is erased has no body that opens; what is sealed afterwards has another key", async () => {
  const sealed = await seals.seal("org-gone", "req_1", [plain]);
  expect(await seals.forget("org-gone")).toBe(true);
  expect(await seals.forget("org-gone")).toBe(false);
  expect(await refusal(seals.open("org-gone", "req_1", sealed))).toBe("vault_locked");
  const anew = await seals.seal("org-gone", "req_1", [plain]);
  expect(await refusal(seals.open("org-gone", "req_1", sealed))).toBe("vault_locked");
  expect((await seals.open("org-gone", "req_1", anew)).equals(plain)).toBe(true);
});

test("whoever asks whether an owner was forgotten is told so, and what was changed is not taken for that", async () => {
  const sealed = await seals.seal("org-left", "req_1", [plain]);
  expect((await seals.openUnlessForgotten("org-left", "req_1", sealed))?.equals(plain)).toBe(true);
  const changed = Buffer.from(sealed);
  changed[changed.length - 1] = (changed.at(-1) as number) ^ 1;
  expect(await refusal(seals.openUnlessForgotten("org-left", "req_1", changed))).toBe("vault_locked");
  await seals.forget("org-left");
  expect(await seals.openUnlessForgotten("org-left", "req_1", sealed)).toBeUndefined();
  await seals.seal("org-left", "req_1", [plain]);
  expect(await seals.openUnlessForgotten("org-left", "req_1", sealed)).toBeUndefined();
});

test("the keys of bodies are not among the credentials that configs may name", async () => {
  await seals.ready("installation");
  expect(await first.vault.list()).toEqual([]);
});

test("without a good master key nothing is sealed", async () => {
  const other = mkdtempSync(join(tmpdir(), "sluice-seals-"));
  const opened = await openVault({ folder: other, env: { SLUICE_MASTER_KEY: `file:${join(other, "nowhere")}` }, guards: {} });
  expect(await refusal(opened.bodySeals.ready("installation"))).toBe("vault_locked");
  opened.close();
  rmSync(other, { recursive: true });
});
