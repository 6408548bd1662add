import { Database } from "bun:sqlite";
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { randomBytes } from "node:crypto";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Fault } from "../../exchange/index.ts";
import { openControl } from "../../storage/index.ts";
import { Secret } from "../secret.ts";
import type { KeyGuards } from "./key-guard.ts";
import { Keyring } from "./keyring.ts";
import { type OpenedVault, openVault } from "./open-vault.ts";
import { Vault } from "./vault.ts";

let folder: string;
let opened: OpenedVault[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sluice-vault-"));
  opened = [];
});

afterEach(() => {
  for (const each of opened) each.close();
  rmSync(folder, { recursive: true, force: true });
});

async function vaultWith(given?: string, guards: KeyGuards = {}): Promise<Vault> {
  const each = await openVault({ folder, env: given === undefined ? {} : { SLUICE_MASTER_KEY: given }, guards });
  opened.push(each);
  return each.vault;
}

function sql<T>(work: (database: Database) => T): T {
  const database = new Database(join(folder, "control.db"));
  try {
    return work(database);
  } finally {
    database.close();
  }
}

async function refusal(work: Promise<unknown>): Promise<string> {
  const fault = await work.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (!(fault instanceof Fault)) throw new Error("nothing was refused");
  return `${fault.code}: ${fault.message}`;
}

const newKey = () => randomBytes(32).toString("base64");
const keyFile = () => join(folder, "secrets", "master-key");
const reveal = async (vault: Vault, name: string) => (await vault.read(name)).value.reveal();

test("a credential is given back to who asks by name, its versions count, and it can be removed", async () => {
  const vault = await vaultWith();
  const put = await vault.put("openai", new Secret("sk-first-0123456789abcdef"));
  expect(put).toMatchObject({ name: "openai", version: 1, hint: "…cdef" });
  expect(await reveal(vault, "openai")).toBe("sk-first-0123456789abcdef");
  expect(await refusal(vault.put("openai", new Secret("x")))).toContain("object_conflict");
  const before = await vault.revision();
  expect(await vault.rotate("openai", new Secret("short"))).toMatchObject({ id: put.id, version: 2, hint: "…" });
  expect(await vault.revision()).toBeGreaterThan(before);
  expect(await vault.read("openai")).toMatchObject({ version: "2" });
  expect(await reveal(vault, "openai")).toBe("short");
  expect(JSON.stringify(await vault.list())).not.toContain("short");
  await vault.remove("openai");
  expect(await refusal(vault.read("openai"))).toContain("object_unknown");
  expect(await refusal(vault.rotate("openai", new Secret("x")))).toContain("object_unknown");
  for (const name of ["", "../x", "a b", "x".repeat(101), "-a"])
    expect(await refusal(vault.put(name, new Secret("x")))).toContain("request_");
});

test("of two that rotate at once one wins and the other hears of it", async () => {
  const vault = await vaultWith();
  await vault.put("a", new Secret("old"));
  const outcomes = await Promise.allSettled(["one", "two", "three"].map((value) => vault.rotate("a", new Secret(value))));
  expect(outcomes.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
  expect(outcomes.filter((each) => each.status === "rejected" && each.reason.code === "object_changed")).toHaveLength(2);
});

test("no file of the data folder holds a value; the master key's file is its owner's alone", async () => {
  const vault = await vaultWith();
  await vault.put("canary", new Secret("canary-value-0123456789"));
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((each) => each.isFile());
  for (const { parentPath, name } of files) {
    const bytes = readFileSync(join(parentPath, name));
    for (const form of ["canary-value", Buffer.from("canary-value-0123456789").toString("base64").slice(0, 20)])
      expect(bytes.includes(form)).toBe(false);
  }
  expect(files.length).toBeGreaterThan(1);
  expect(statSync(keyFile()).mode & 0o777).toBe(0o600);
});

describe("what was moved or changed in the store does not open", () => {
  const columns = ["id", "tenant", "name", "version", "hint", "master_key", "wrapped_key", "sealed"] as const;

  async function two(): Promise<Vault> {
    const vault = await vaultWith();
    await vault.put("a", new Secret("value-of-a-0123456789"));
    await vault.renewMasterKey();
    await vault.put("b", new Secret("value-of-b-9876543210"));
    await vault.rotate("b", new Secret("value-of-b-rotated-0000"));
    return vaultWith();
  }

  /** Every set of columns whose cells change places between the two rows. */
  test("every combination of swapped cells of two rows", async () => {
    const vault = await two();
    const rows = sql((database) => database.query("SELECT * FROM sealed_secrets ORDER BY name").all()) as Record<string, string>[];
    const [a, b] = rows as [Record<string, string>, Record<string, string>];
    const swappable = columns.filter((column) => a[column] !== b[column]);
    expect(swappable).toEqual(columns.filter((column) => column !== "tenant"));
    let tried = 0;
    let opened = 0;
    // All columns together is the same table in another order.
    for (let set = 1; set < 2 ** swappable.length - 1; set++) {
      const moved = swappable.filter((_, index) => set & (1 << index));
      sql((database) => {
        database.run("DELETE FROM sealed_secrets");
        for (const [row, other] of [
          [a, b],
          [b, a],
        ] as const) {
          const mixed = { ...row, ...Object.fromEntries(moved.map((column) => [column, other[column]!])) };
          const names = Object.keys(mixed);
          database.run(`INSERT INTO sealed_secrets (${names}) VALUES (${names.map(() => "?")})`, Object.values(mixed));
        }
      });
      for (const name of ["a", "b"]) {
        tried++;
        opened += await vault.read(name).then(
          () => 1,
          (error) => (error instanceof Fault && error.code === "vault_locked" ? 0 : 1),
        );
      }
    }
    expect(tried).toBe(2 * (2 ** 7 - 2));
    expect(opened).toBe(0);
  });

  test("a row of another tenant under this one's name", async () => {
    const vault = await two();
    const { control, close } = await openControl({ folder });
    const keyring = new Keyring({ folder, given: undefined, guards: {}, store: control.sealed, now: Date.now });
    const others = new Vault({ store: control.sealed, keyring, now: Date.now, tenant: "org_other" });
    sql((database) => database.run("UPDATE sealed_secrets SET tenant = 'org_other' WHERE name = 'a'"));
    expect(await refusal(others.read("a"))).toContain("vault_locked");
    expect(await refusal(vault.read("a"))).toContain("object_unknown");
    close();
  });

  test("any byte of the two ciphertexts, and any that is cut off or added", async () => {
    const vault = await two();
    const row = sql((database) => database.query("SELECT * FROM sealed_secrets WHERE name = 'a'").get()) as Record<string, string>;
    let refused = 0;
    let tried = 0;
    for (const column of ["wrapped_key", "sealed"]) {
      const bytes = Buffer.from(row[column]!, "base64url");
      const forms = [...bytes.keys()].map((index) => {
        const changed = Buffer.from(bytes);
        changed[index]! ^= 1 << (index % 8);
        return changed;
      });
      forms.push(bytes.subarray(0, -1), bytes.subarray(1), Buffer.concat([bytes, Buffer.from([0])]), Buffer.alloc(0));
      for (const form of [...forms.map((each) => each.toString("base64url")), `${row[column]}=`, `${row[column]}!`, ` ${row[column]}`]) {
        sql((database) => database.run(`UPDATE sealed_secrets SET ${column} = ? WHERE name = 'a'`, [form]));
        tried++;
        if ((await refusal(vault.read("a"))).startsWith("vault_locked")) refused++;
      }
      sql((database) => database.run(`UPDATE sealed_secrets SET ${column} = ? WHERE name = 'a'`, [row[column]!]));
      expect(await reveal(vault, "a")).toBe("value-of-a-0123456789");
    }
    expect(tried).toBeGreaterThan(100);
    expect(refused).toBe(tried);
  });
});

describe("master keys", () => {
  test("are 32 random bytes; others are refused with what to set", async () => {
    const bad = [
      "changeme",
      "x".repeat(44),
      Buffer.alloc(32).toString("base64"),
      Buffer.from("correct-horse-battery-staple-abc").toString("base64"),
    ];
    bad.push(Buffer.from(Array.from({ length: 32 }, (_, index) => index)).toString("hex"), randomBytes(16).toString("base64"));
    bad.push("603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4", `${newKey()},admin`);
    for (const text of bad) {
      const said = await refusal(vaultWith(text));
      expect(said).toContain("vault_locked: SLUICE_MASTER_KEY");
      expect(said).toContain("openssl rand -base64 32");
      expect(said).not.toContain(text);
    }
    for (const good of [newKey(), randomBytes(32).toString("hex"), randomBytes(32).toString("base64url"), `${newKey()}, ${newKey()}`])
      await vaultWith(good);
  });

  test("of the environment seal instead of the data folder's, which is not made then", async () => {
    const vault = await vaultWith(newKey());
    await vault.put("a", new Secret("one"));
    expect(existsSync(keyFile())).toBe(false);
    expect((await vault.status()).masterKeys).toMatchObject([{ from: "SLUICE_MASTER_KEY", seals: true, secrets: 1 }]);
  });

  test("may be several: the first seals, the others open, and after re-keying they are not needed", async () => {
    const [older, newer] = [newKey(), newKey()];
    await (await vaultWith(older)).put("a", new Secret("one"));
    const both = await vaultWith(`${newer},${older}`);
    expect(await reveal(both, "a")).toBe("one");
    await both.put("b", new Secret("two"));
    expect((await both.status()).masterKeys.map(({ secrets }) => secrets)).toEqual([1, 1]);
    expect((await both.rekey()).rewrapped).toBe(1);
    expect((await both.rekey()).rewrapped).toBe(0);
    const after = await vaultWith(newer);
    expect([await reveal(after, "a"), await reveal(after, "b")]).toEqual(["one", "two"]);
    const gone = await refusal((await vaultWith(older)).read("a"));
    expect(gone).toContain((await after.status()).masterKeys[0]!.id);
    expect(gone).toContain("sluice vault status");
  });

  test("may stand in a file of the operator's", async () => {
    const file = join(folder, "my-keys");
    const key = newKey();
    writeFileSync(file, `# since November\n${key}\n`);
    await (await vaultWith(`file:${file}`)).put("a", new Secret("one"));
    expect(await reveal(await vaultWith(key), "a")).toBe("one");
    expect(await refusal((await vaultWith(`file:${file}-not`)).put("b", new Secret("x")))).toContain("cannot be read");
    writeFileSync(file, `${key}\nchangeme\n`);
    expect(await refusal((await vaultWith(`file:${file}`)).read("a"))).toContain(`line 2 of ${file} is not 32 bytes`);
  });

  test("of the data folder are renewed while other processes read and write, and the old one is forgotten", async () => {
    const [one, other] = [await vaultWith(), await vaultWith()];
    for (let index = 0; index < 250; index++) await one.put(`c${index}`, new Secret(`value ${index}`));
    expect(await reveal(other, "c7")).toBe("value 7");
    await one.renewMasterKey();
    const steps: number[] = [];
    const [{ rewrapped, status }] = await Promise.all([
      one.rekey((done) => steps.push(done)),
      ...Array.from({ length: 50 }, (_, index) => other.read(`c${index * 5}`)),
      other.put("meanwhile", new Secret("under the new key")),
      other.rotate("c3", new Secret("rotated meanwhile")),
    ]);
    expect(rewrapped).toBeGreaterThanOrEqual(249);
    expect(steps.length).toBeGreaterThan(1);
    expect(status.masterKeys.find(({ seals }) => !seals)?.secrets).toBe(0);
    expect(await one.forgetMasterKeys()).toBe(1);
    expect(readFileSync(keyFile(), "utf8").trim().split("\n")).toHaveLength(1);
    const fresh = await vaultWith();
    for (let index = 0; index < 250; index++)
      expect(await reveal(fresh, `c${index}`)).toBe(index === 3 ? "rotated meanwhile" : `value ${index}`);
    expect(await reveal(other, "meanwhile")).toBe("under the new key");
  });

  test("that are taken away in the moment of sealing lose nothing", async () => {
    const vault = await vaultWith();
    await vault.put("a", new Secret("one"));
    const other = await vaultWith();
    for (let round = 0; round < 20; round++) {
      const name = `r${round}`;
      await Promise.all([
        vault.put(name, new Secret(name)),
        (async () => {
          await other.renewMasterKey();
          await other.rekey();
          await other.forgetMasterKeys();
        })(),
      ]);
      expect(await reveal(await vaultWith(), name)).toBe(name);
    }
  });

  test("of a key service are made once, kept sealed, and have to come back as they were", async () => {
    const asked: string[] = [];
    const mask = 0x5a;
    const flip = (bytes: Uint8Array) => bytes.map((byte) => byte ^ mask);
    const guards: KeyGuards = {
      "test-kms": (key) => ({
        seal: async (plain, id) => {
          asked.push(`seal ${key} ${id}`);
          return Buffer.from(flip(plain)).toString("base64");
        },
        open: async (sealed, id) => {
          asked.push(`open ${key} ${id}`);
          return key === "wrong" ? randomBytes(32) : flip(Buffer.from(sealed, "base64"));
        },
      }),
    };
    const vault = await vaultWith("test-kms:alias/one", guards);
    await vault.put("a", new Secret("one"));
    await vault.put("b", new Secret("two"));
    expect(asked).toHaveLength(1);
    const again = await vaultWith("test-kms:alias/one", guards);
    expect(await reveal(again, "a")).toBe("one");
    expect(asked.slice(1)).toEqual([asked[0]!.replace("seal", "open")]);
    await again.renewMasterKey();
    expect((await again.rekey()).rewrapped).toBe(2);
    expect(existsSync(keyFile())).toBe(false);
    sql((database) => database.run("UPDATE guarded_master_keys SET guard = 'test-kms:wrong'"));
    expect(await refusal((await vaultWith("test-kms:wrong", guards)).read("a"))).toContain("something else than the master key");
  });
});
