import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Fault } from "../exchange/index.ts";
import { Secret } from "../secrets/index.ts";
import { type ControlStore, openMemoryStorage, openStorage, type Storage } from "../storage/index.ts";
import { adminKeyFrom, bootstrap, identify, issueKey, KeyHasher, KeyIndex, rotateKey } from "./index.ts";

const now = Date.UTC(2026, 10, 20);
const chat = { path: "/v1/chat/completions", role: "caller" };
const hasher = new KeyHasher(Buffer.alloc(32, 7));
let storage: Storage;
let index: KeyIndex;

beforeEach(async () => {
  storage = await openMemoryStorage();
  index = await KeyIndex.open({ control: storage.control, hasher });
});
afterEach(async () => {
  await index.close();
  await storage.close();
});

function request(headers: Readonly<Record<string, string | undefined>>) {
  return { header: (name: string) => headers[name] };
}

function bearer(key: string) {
  return request({ authorization: `Bearer ${key}` });
}

function codeOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (error instanceof Fault) return error.code;
    throw error;
  }
  return "none";
}

async function stored(fields: Partial<Parameters<typeof issueKey>[0]> = {}) {
  const issued = await issueKey({ kind: "key", name: "bot", ...fields }, storage.control.keys, hasher, now);
  await index.refresh();
  return issued;
}

test("a key has 256 random bits, and only its hash and a hint are kept", async () => {
  const { text, stored: kept } = await stored();
  expect(text).toMatch(/^sk-sluice-[A-Za-z0-9_-]{43}$/);
  expect(kept.hint).toBe(`sk-sluice-…${text.slice(-4)}`);
  expect(JSON.stringify(await storage.control.keys.list())).not.toContain(text.slice(10, 30));
});

test("the caller is who the key says", async () => {
  const { text, stored: kept } = await stored({ team: "support", user: "ann", models: ["fast"] });
  expect(identify(index, bearer(text), chat, now)).toEqual({
    kind: "key",
    keyId: kept.id,
    keyName: "bot",
    team: "support",
    user: "ann",
    scopes: [],
    models: ["fast"],
  });
});

test("a key is taken from each header that SDKs use, the first one there counts", async () => {
  const { text } = await stored();
  const other = "sk-of-a-provider-0123456789";
  for (const headers of [
    { authorization: `Bearer ${text}` },
    { authorization: `bearer  ${text} ` },
    { "x-api-key": text },
    { "api-key": text },
    { "x-goog-api-key": text },
    { authorization: `Bearer ${text}`, "x-api-key": other },
    { authorization: "Basic abc", "x-api-key": text },
    { authorization: "Bearer ", "x-api-key": text },
    { "x-api-key": text, "x-goog-api-key": other },
  ]) {
    expect(identify(index, request(headers), chat, now).keyName).toBe("bot");
  }
  expect(codeOf(() => identify(index, request({ authorization: `Bearer ${other}`, "x-api-key": text }), chat, now))).toBe(
    "credentials_unknown",
  );
});

test("no key, a foreign key and an over-long one are refused without being repeated", async () => {
  for (const headers of [{}, { authorization: "" }, { authorization: "Bearer" }, { "x-api-key": "" }]) {
    expect(codeOf(() => identify(index, request(headers), chat, now))).toBe("credentials_missing");
  }
  const canary = "sk-canary-0123456789abcdef";
  for (const key of [canary, canary.repeat(1000), "__proto__", "é漢\u0000"]) {
    try {
      identify(index, bearer(key), chat, now);
      expect.unreachable();
    } catch (error) {
      expect((error as Fault).code).toBe("credentials_unknown");
      expect((error as Fault).message).not.toContain("canary");
    }
  }
});

test("the stored hash of a key lets nobody in", async () => {
  const { stored: kept } = await stored();
  for (const text of [kept.hash, `sk-sluice-${kept.hash}`, Buffer.from(kept.hash, "base64url").toString("latin1")]) {
    expect(codeOf(() => identify(index, bearer(text), chat, now))).toBe("credentials_unknown");
  }
});

test("a key under another pepper is another key", async () => {
  const { text } = await stored();
  const other = await KeyIndex.open({ control: storage.control, hasher: new KeyHasher(Buffer.alloc(32, 8)) });
  expect(codeOf(() => identify(other, bearer(text), chat, now))).toBe("credentials_unknown");
  await other.close();
});

test("a key ends at its expiry and at its revocation", async () => {
  const { text } = await stored({ expiresAt: now + 1000 });
  expect(identify(index, bearer(text), chat, now + 999).keyName).toBe("bot");
  expect(codeOf(() => identify(index, bearer(text), chat, now + 1000))).toBe("credentials_expired");
  const second = await stored({ name: "second" });
  await storage.control.keys.revoke(second.stored.id, now);
  await index.refresh();
  expect(codeOf(() => identify(index, bearer(second.text), chat, now))).toBe("credentials_expired");
});

test("scopes bound a key to endpoints of the route table", async () => {
  const { text } = await stored({ scopes: ["/v1/messages", "/v1/models*"] });
  const on = (path: string) => codeOf(() => identify(index, bearer(text), { path, role: "caller" }, now));
  expect([on("/v1/messages"), on("/v1/models"), on("/v1/models/{model}")]).toEqual(["none", "none", "none"]);
  expect([on("/v1/chat/completions"), on("/v1/messages/batches")]).toEqual(["credentials_forbidden", "credentials_forbidden"]);
});

test("admin keys call no models and virtual keys manage nothing", async () => {
  const admin = await stored({ kind: "admin", name: "chief" });
  const key = await stored();
  expect(admin.text).toMatch(/^sk-sluice-admin-[A-Za-z0-9_-]{43}$/);
  const adminPath = { path: "/admin/v1/keys", role: "admin" };
  expect(identify(index, bearer(admin.text), adminPath, now).kind).toBe("admin");
  expect(codeOf(() => identify(index, bearer(key.text), adminPath, now))).toBe("credentials_forbidden");
  expect(codeOf(() => identify(index, bearer(admin.text), chat, now))).toBe("credentials_forbidden");
});

test("configured keys work beside stored ones and go when the config lets go of them", async () => {
  const { text } = await stored();
  const value = "any text of 16 characters or more";
  index.configure([{ name: "support-bot", team: "support", value: new Secret(value), expiresAt: now + 5, models: undefined }]);
  expect(identify(index, bearer(value), chat, now)).toEqual({
    kind: "key",
    keyId: "config:support-bot",
    keyName: "support-bot",
    team: "support",
    scopes: [],
  });
  expect(codeOf(() => identify(index, bearer(value), chat, now + 5))).toBe("credentials_expired");
  expect(identify(index, bearer(text), chat, now).keyName).toBe("bot");
  index.configure([]);
  expect(codeOf(() => identify(index, bearer(value), chat, now))).toBe("credentials_unknown");
});

test("a rotated key has the old one's rights, and the old one ends at once or after its grace", async () => {
  const old = await stored({ team: "support", models: ["fast"], scopes: ["/v1/*"] });
  const next = await rotateKey(old.stored.id, storage.control.keys, hasher, now, 1000);
  const last = await rotateKey(next?.stored.id ?? "", storage.control.keys, hasher, now);
  await index.refresh();
  expect(identify(index, bearer(last?.text ?? ""), chat, now)).toMatchObject({ team: "support", models: ["fast"], scopes: ["/v1/*"] });
  expect(codeOf(() => identify(index, bearer(next?.text ?? ""), chat, now))).toBe("credentials_expired");
  expect(codeOf(() => identify(index, bearer(old.text), chat, now + 999))).toBe("none");
  expect(codeOf(() => identify(index, bearer(old.text), chat, now + 1000))).toBe("credentials_expired");
  expect(await rotateKey(next?.stored.id ?? "", storage.control.keys, hasher, now)).toBeUndefined();
});

test("last uses are written to the store later, and survive a refresh", async () => {
  const { text, stored: kept } = await stored();
  identify(index, bearer(text), chat, now + 5);
  expect((await storage.control.keys.get(kept.id))?.lastUsedAt).toBeUndefined();
  await index.refresh();
  await index.saveUses();
  expect((await storage.control.keys.get(kept.id))?.lastUsedAt).toBe(now + 5);
});

test("the first start makes one key of each kind, later ones none, even when all were revoked", async () => {
  const first = await bootstrap(storage.control.keys, hasher, now, false);
  await index.refresh();
  expect(identify(index, bearer(first.virtual ?? ""), chat, now).keyName).toBe("first");
  expect(identify(index, bearer(first.admin ?? ""), { path: "/admin/v1/keys", role: "admin" }, now).keyName).toBe("first-admin");
  for (const key of await storage.control.keys.list()) await storage.control.keys.revoke(key.id, now);
  expect(await bootstrap(storage.control.keys, hasher, now, false)).toEqual({});
});

test("an admin key from the environment is taken as it is, unless it could be guessed", async () => {
  expect(Object.keys(await bootstrap(storage.control.keys, hasher, now, true))).toEqual(["virtual"]);
  expect(adminKeyFrom(undefined)).toBeUndefined();
  const value = "sk-sluice-admin-0123456789abcdef0123456789abcdef0123";
  const given = adminKeyFrom(value);
  index.configure(given === undefined ? [] : [given]);
  expect(identify(index, bearer(value), { path: "/admin/v1/keys", role: "admin" }, now).kind).toBe("admin");
  for (const weak of ["sk-1234", "changeme", "admin", "edd1c9f034335f136f87ad84b625c8f1", "short"]) {
    expect(() => adminKeyFrom(weak)).toThrow(/^SLUICE_ADMIN_KEY .*openssl rand/);
  }
});

test("a key that another process makes or revokes is known without a restart, and no file holds a key", async () => {
  const folder = mkdtempSync(join(tmpdir(), "sluice-auth-"));
  const gateway = await openStorage({ folder });
  const following = await KeyIndex.open({ control: gateway.control, hasher });
  const commandLine = await openStorage({ folder });
  const { text, stored: kept } = await issueKey({ kind: "key", name: "made" }, commandLine.control.keys, hasher, now);
  await until(() => codeOf(() => identify(following, bearer(text), chat, now)) === "none");
  await commandLine.control.keys.revoke(kept.id, now);
  await until(() => codeOf(() => identify(following, bearer(text), chat, now)) === "credentials_expired");
  for (const name of readdirSync(folder, { recursive: true }) as string[]) {
    const path = join(folder, name);
    if (statSync(path).isFile()) expect(readFileSync(path).includes(text.slice(12))).toBe(false);
  }
  await following.close();
  await commandLine.close();
  await gateway.close();
  rmSync(folder, { recursive: true });
});

test("what was written is done although its store cannot be read just then: it is read as soon as it can be", async () => {
  let away = false;
  const { keys } = storage.control;
  const unreadable = new Proxy(keys, {
    get(store, name: keyof typeof keys) {
      if (away && name === "movedAfter") return () => Promise.reject(new Fault("store_unavailable"));
      const found = store[name];
      return typeof found === "function" ? found.bind(store) : found;
    },
  });
  const control = {
    directory: storage.control.directory,
    keys: unreadable,
    changed: () => storage.control.changed(),
    history: () => "",
  } as ControlStore;
  const behind = await KeyIndex.open({ control, hasher, patience: { againMs: 20, mostMs: 60 } });
  const { text } = await issueKey({ kind: "key", name: "made" }, keys, hasher, now);
  away = true;
  await behind.takeOver();
  expect(codeOf(() => identify(behind, bearer(text), chat, now))).toBe("credentials_unknown");
  away = false;
  await until(() => codeOf(() => identify(behind, bearer(text), chat, now)) === "none");
  const { text: next } = await issueKey({ kind: "key", name: "next" }, keys, hasher, now);
  away = true;
  setTimeout(() => {
    away = false;
  }, 30);
  await behind.takeOver();
  expect(codeOf(() => identify(behind, bearer(next), chat, now))).toBe("none");
  await behind.close();
});

test("what runs with a key that the directory ends is told of, also where somebody comes with it while the store is read", async () => {
  const { keys, directory } = storage.control;
  let during = async () => undefined as unknown;
  const slow = new Proxy(keys, {
    get(store, name: keyof typeof keys) {
      if (name === "movedAfter") return (...words: [number, number]) => during().then(() => store.movedAfter(...words));
      const found = store[name];
      return typeof found === "function" ? found.bind(store) : found;
    },
  });
  const ended: string[] = [];
  const control = { directory, keys: slow, changed: () => false, history: () => "" } as unknown as ControlStore;
  const busy = await KeyIndex.open({ control, hasher, onEnded: (ids) => void ended.push(...ids) });
  const application = (await directory.application.insert({ name: "app" }, now)).id;
  const { text, stored: kept } = await issueKey({ kind: "key", name: "running", application }, keys, hasher, now);
  await busy.refresh();
  const come = () => codeOf(() => identify(busy, bearer(text), chat, now));
  expect(come()).toBe("none");
  await directory.application.update(application, { active: false }, now);
  // Once the store goes away in the middle, too.
  let tries = 0;
  const heard: string[] = [];
  during = async () => {
    heard.push(come());
    if (++tries === 1) throw new Fault("store_unavailable");
  };
  expect(await busy.refresh().catch((error: Fault) => error.code)).toBe("store_unavailable");
  await busy.refresh();
  expect([heard, ended]).toEqual([["credentials_expired", "credentials_expired"], [kept.id]]);
  await busy.refresh();
  expect(ended).toEqual([kept.id]);
  await busy.close();
});

async function until(holds: () => boolean): Promise<void> {
  const deadline = Date.now() + 5000;
  while (!holds()) {
    expect(Date.now()).toBeLessThan(deadline);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

test("of keys that have ended nothing is kept that was worked out for requests, and one whose end is taken back is good again", async () => {
  const texts: string[] = [];
  const ids: string[] = [];
  const endsAt = Date.now() + 2_000;
  for (let count = 0; count < 200; count++) {
    const wanted = { kind: "key", name: `task ${count}`, expiresAt: endsAt } as const;
    const { text, stored: kept } = await issueKey(wanted, storage.control.keys, hasher, now);
    texts.push(text);
    ids.push(kept.id);
  }
  await index.refresh();
  const principals = texts.map((text) => new WeakRef(identify(index, bearer(text), chat, now)));
  const alive = async () => {
    // What was looked at stays until the turn is over.
    await new Promise((resolve) => setTimeout(resolve, 5));
    Bun.gc(true);
    return principals.filter((principal) => principal.deref() !== undefined).length;
  };
  await index.saveUses();
  expect(await alive()).toBe(200);
  await new Promise((resolve) => setTimeout(resolve, endsAt - Date.now()));
  await index.saveUses();
  await alive();
  // The collector may take some word on the stack for one of them.
  expect(await alive()).toBeLessThan(20);
  const [text, id] = [texts[0] as string, ids[0] as string];
  expect(codeOf(() => identify(index, bearer(text), chat, Date.now()))).toBe("credentials_expired");
  await storage.control.keys.update(id, { expiresAt: Date.now() + 60_000 });
  await index.refresh();
  expect(identify(index, bearer(text), chat, Date.now()).keyId).toBe(id);
});
