import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { WaitingDevice } from "../login/log-ins.ts";
import type { StoredSession } from "../login/sessions.ts";
import type { SealedSecret } from "../sealed/sealed-store.ts";
import type { ControlStore } from "./control.ts";
import { type OpenedControl, openControl } from "./open-control.ts";

/** A control store that is empty, and gone afterwards. */
export interface ControlPlace {
  /** As another process opens it. */
  open(): Promise<OpenedControl>;
  remove(): Promise<void>;
}

export type Fresh = () => Promise<ControlPlace>;
export type Suite = Readonly<Record<string, () => Promise<void>>>;

export async function inFolder(): Promise<ControlPlace> {
  const folder = mkdtempSync(join(tmpdir(), "sluice-control-"));
  return { open: () => openControl({ folder: join(folder, "data") }), remove: async () => rmSync(folder, { recursive: true }) };
}

/** Gives `work` the same store as two processes have it. */
export async function withControl(fresh: Fresh, work: (one: ControlStore, other: ControlStore) => Promise<void>): Promise<void> {
  const place = await fresh();
  const [one, other] = [await place.open(), await place.open()];
  try {
    await work(one.control, other.control);
  } finally {
    one.close();
    other.close();
    await place.remove();
  }
}

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Whether a change is heard of within a second. */
async function hears(control: ControlStore): Promise<boolean> {
  for (const until = Date.now() + 1_000; Date.now() < until; await sleep(20)) if (control.changed()) return true;
  return false;
}

/** What control promises beside keys, directory and config, whichever database is below. Each case throws when the promise is broken. */
export const controlSuite = (fresh: Fresh): Suite => ({
  "a change is heard of by the writer and by others, and then it is quiet": () =>
    withControl(fresh, async (one, other) => {
      const key = { id: "key_1", kind: "key", name: "a", hash: "h", hint: "", scopes: [], createdAt: 1 } as const;
      const denial = { id: "d", kind: "token", issuer: "i", value: "v", createdAt: 1 } as const;
      const quiet = async () => {
        await sleep(600);
        return [one.changed(), other.changed(), one.changed(), other.changed()].slice(2);
      };
      assert.deepEqual(await quiet(), [false, false]);
      for (const write of [
        () => other.keys.insert(key),
        () => one.keys.revoke("key_1", 5),
        () => one.directory.user.insert({ userName: "ann", roles: [], teams: [] }, 1),
        () => other.denials.insert(denial),
        () => other.denials.lift("d"),
      ]) {
        await write();
        assert.deepEqual(await Promise.all([hears(one), hears(other)]), [true, true], String(write));
        assert.deepEqual(await quiet(), [false, false], String(write));
      }
    }),

  "the audit log has one chain, whoever writes, and each sees its end with its lines": () =>
    withControl(fresh, async (one, other) => {
      assert.deepEqual(await one.audit.after(0, 10), { rows: [], head: undefined });
      const append = (control: ControlStore, organisation?: string) =>
        control.audit.append((last) => {
          const seq = (last?.seq ?? 0) + 1;
          const line = JSON.stringify({ organisation, odd: "\u0000 漢 \ud800" });
          return { row: { seq, line, hash: `${last?.hash ?? ""}${seq};` }, head: `head of ${seq}` };
        });
      await Promise.all(Array.from({ length: 20 }, (_, at) => append(at % 2 ? one : other, at % 4 === 0 ? "org_1" : undefined)));
      const { rows, head } = await other.audit.after(0, 100);
      assert.deepEqual(
        rows.map(({ seq }) => seq),
        Array.from({ length: 20 }, (_, at) => at + 1),
      );
      assert.equal(rows.at(-1)?.hash, rows.map(({ seq }) => `${seq};`).join(""));
      assert.equal(head, "head of 20");
      assert.equal(await one.audit.head(), "head of 20");
      assert.deepEqual(await one.audit.after(20, 5), { rows: [], head: "head of 20" });
      const seqs = async (...of: Parameters<typeof one.audit.before>) => (await one.audit.before(...of)).map(({ seq }) => seq);
      assert.deepEqual(await seqs(Number.MAX_SAFE_INTEGER, 2), [20, 19]);
      assert.equal((await seqs(Number.MAX_SAFE_INTEGER, 100, "org_1")).length, 5);
      await assert.rejects(
        one.audit.append(() => {
          throw new TypeError("no line");
        }),
        TypeError,
      );
      assert.equal((await one.audit.after(0, 100)).rows.length, 20);
    }),

  "denials last until they end or are lifted": () =>
    withControl(fresh, async (one, other) => {
      const denial = (id: string, fields = {}) => ({ id, kind: "subject", issuer: "i", value: id, createdAt: 10, ...fields }) as const;
      await one.denials.insert(denial("a", { endsAt: 20 }));
      await one.denials.insert(denial("b", { reason: "left" }));
      assert.deepEqual(await other.denials.list(15), [denial("a", { endsAt: 20 }), denial("b", { reason: "left" })]);
      assert.deepEqual(
        (await other.denials.list(20)).map(({ id }) => id),
        ["b"],
      );
      // By the clock of whoever made it, which may be ahead.
      await other.denials.insert(denial("c", { createdAt: 30 }));
      assert.equal((await one.denials.get("a"))?.endsAt, 20);
      await other.denials.insert(denial("d", { createdAt: 86_400_020 }));
      assert.deepEqual([await one.denials.get("a"), (await one.denials.get("b"))?.reason], [undefined, "left"]);
      assert.deepEqual([await one.denials.lift("b"), await other.denials.lift("b")], [true, false]);
    }),

  "sessions come back as they were begun, end one by one and by whose they are": () =>
    withControl(fresh, async (one, other) => {
      const session = (id: string, fields: Partial<StoredSession> = {}): StoredSession => ({
        ...{ id, hash: `hash of ${id}`, holder: "browser", name: "Ann", roles: ["viewer"], createdAt: 1, lastSeenAt: 1, idleMs: 100 },
        ...{ endsAt: 1_000, userAgent: "x", address: "::1", ...fields },
      });
      const { id: organisation } = await one.directory.organisation.insert({ name: "Acme" }, 1);
      const { id: userId } = await one.directory.user.insert({ organisation, userName: "ann", roles: [], teams: [] }, 1);
      const whole = session("s1", { userId, issuer: "i", subject: "s", providerSession: "p", keyId: "k", keyHash: "h" });
      for (const each of [whole, session("s2", { issuer: "i", subject: "s" }), session("s3"), session("s4", { idleMs: 5 })])
        await one.sessions.insert(each);
      assert.deepEqual(await other.sessions.find("hash of s1"), whole);
      assert.deepEqual(await other.sessions.get("s2"), session("s2", { issuer: "i", subject: "s" }));
      const ids = async (store: Pick<typeof one.sessions, "list">, now: number) => (await store.list(now)).map(({ id }) => id);
      assert.deepEqual(await ids(other.sessions, 50), ["s1", "s2", "s3"]);
      await one.sessions.seen("s4", 60);
      await other.sessions.seen("s4", 40);
      assert.equal((await one.sessions.get("s4"))?.lastSeenAt, 60);
      const within = other.sessions.within({ organisation });
      assert.deepEqual(await ids(within, 50), ["s1"]);
      assert.deepEqual(await ids(other.sessions.within({ organisation, teams: ["t"] }), 50), []);
      assert.deepEqual([await within.revoke("s3", 70), await within.revoke("s1", 70), await within.revoke("s1", 71)], [false, true, false]);
      assert.equal(await one.sessions.revokeAll({ issuer: "i", subject: "s" }, 80), 1);
      assert.equal((await other.sessions.get("s2"))?.revokedAt, 80);
      assert.equal(await other.sessions.revoke("s3", 90), true);
      await one.sessions.forget(1_001);
      assert.equal(await one.sessions.get("s4"), undefined);
    }),

  "what is good once is good for one of many": () =>
    withControl(fresh, async (one, other) => {
      const taken = await Promise.all(Array.from({ length: 20 }, (_, at) => (at % 2 ? one : other).logIns.once("code", 100)));
      assert.equal(taken.filter(Boolean).length, 1);
      await one.logIns.forget(101);
      assert.equal(await other.logIns.once("code", 200), true);
    }),

  "no more devices wait than may, and an answered one is taken by one of many": () =>
    withControl(fresh, async (one, other) => {
      const device = (at: number): WaitingDevice => ({
        ...{ hash: `h${at}`, userHash: `u${at}`, userAgent: "x", address: at % 2 ? "::1" : "::2" },
        ...{ createdAt: 1, endsAt: 100, askedAt: 1 },
      });
      const added = await Promise.all(Array.from({ length: 20 }, (_, at) => (at % 4 < 2 ? one : other).logIns.addDevice(device(at), 5, 3)));
      assert.equal(added.filter(Boolean).length, 5);
      const waiting = added.indexOf(true);
      assert.deepEqual(await other.logIns.device({ hash: `h${waiting}` }), device(waiting));
      await one.logIns.deviceAsks(`h${waiting}`, 9);
      assert.deepEqual(await other.logIns.device({ userHash: `u${waiting}` }), { ...device(waiting), askedAt: 9 });
      assert.equal(await one.logIns.takeDevice(`h${waiting}`), false);
      assert.deepEqual(
        [await one.logIns.answerDevice(`u${waiting}`, "s"), await other.logIns.answerDevice(`u${waiting}`, "")],
        [true, false],
      );
      const takes = await Promise.all([one, other, one, other].map(({ logIns }) => logIns.takeDevice(`h${waiting}`)));
      assert.equal(takes.filter(Boolean).length, 1);
    }),

  "SCIM tokens are found by their hash, listed within reach and revoked once": () =>
    withControl(fresh, async (one, other) => {
      const token = (id: string, fields = {}) => ({ id, name: id, hash: `hash of ${id}`, hint: "…", createdAt: 1, ...fields });
      await one.scimTokens.insert(token("a", { organisation: "org_1", expiresAt: 9 }));
      await one.scimTokens.insert(token("b"));
      assert.deepEqual(await other.scimTokens.find("hash of a"), token("a", { organisation: "org_1", expiresAt: 9 }));
      const within = other.scimTokens.within({ organisation: "org_1" });
      assert.deepEqual(
        [await within.list(), await other.scimTokens.list()].map((list) => list.map(({ id }) => id)),
        [["a"], ["a", "b"]],
      );
      assert.deepEqual(
        [await within.revoke("b", 5), await within.revoke("a", 5), await one.scimTokens.revoke("a", 6)],
        [false, true, false],
      );
    }),

  "sealed secrets change by versions, and of two who change one at once one is first": () =>
    withControl(fresh, async (one, other) => {
      const secret = (name: string, fields: Partial<SealedSecret> = {}): SealedSecret => ({
        ...{ id: `cred_${name}`, tenant: "", name, version: 1, hint: "…", masterKey: "m1", wrappedKey: "w", sealed: "s" },
        ...{ createdAt: 1, changedAt: 1, ...fields },
      });
      const revision = await other.sealed.revision();
      assert.deepEqual([await one.sealed.insert(secret("b")), await other.sealed.insert(secret("b", { id: "cred_x" }))], [true, false]);
      await one.sealed.insert(secret("a", { masterKey: "m2" }));
      await one.sealed.insert(secret("a", { id: "cred_other", tenant: "org_1" }));
      assert.deepEqual(await other.sealed.list(""), [secret("a", { masterKey: "m2" }), secret("b")]);
      assert.deepEqual(await other.sealed.list("", "a", 5), [secret("b")]);
      assert.deepEqual(await other.sealed.get("", "cred_b"), secret("b"));
      const next = secret("b", { version: 2, sealed: "t", changedAt: 2 });
      assert.deepEqual((await Promise.all([one, other].map(({ sealed }) => sealed.replace(next)))).toSorted(), [false, true]);
      assert.equal(await other.sealed.revision(), revision + 4);
      assert.deepEqual(
        (await one.sealed.openedByOthers("m1", 9)).map(({ id }) => id),
        ["cred_a"],
      );
      const change = { before: secret("a", { masterKey: "m2" }), masterKey: "m1", wrappedKey: "v" };
      assert.deepEqual([await one.sealed.rewrap([change]), await other.sealed.rewrap([change])], [1, 0]);
      assert.deepEqual([...(await other.sealed.countByMasterKey())], [["m1", 3]]);
      const guarded = { id: "m3", guard: "g", sealed: "x", createdAt: 3 };
      await one.sealed.addGuardedKey(guarded);
      assert.deepEqual(await other.sealed.guardedKeys(), [guarded]);
      assert.deepEqual([await other.sealed.remove("", "b"), await other.sealed.remove("", "b")], [true, false]);
    }),

  "a message in the outbox is sent by one of many, once": () =>
    withControl(fresh, async (one, other) => {
      const message = (id: string) => ({ id, target: "ops", body: "{}", createdAt: 10 });
      assert.deepEqual([await one.outbox.add(message("a")), await other.outbox.add(message("a"))], [true, false]);
      for (let at = 0; at < 9; at++) await one.outbox.add(message(`b${at}`));
      const claimed = await Promise.all([one, other, one, other].map(({ outbox }) => outbox.claim(10, 50, 3)));
      assert.deepEqual(claimed.map(({ length }) => length).toSorted(), [1, 3, 3, 3]);
      assert.equal(new Set(claimed.flat().map(({ id }) => id)).size, 10);
      assert.equal(claimed.flat()[0]?.tries, 1);
      assert.deepEqual(await other.outbox.claim(59, 50, 9), []);
      await one.outbox.later("a", 20);
      assert.deepEqual(await other.outbox.claim(20, 50, 9), [{ ...message("a"), tries: 2 }]);
      await other.outbox.end("a", 30);
      assert.equal(await one.outbox.add(message("a")), false);
      await one.outbox.sweep(31);
      assert.equal(await other.outbox.add(message("a")), true);
    }),
});
