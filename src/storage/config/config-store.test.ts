import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openStorage } from "../open-storage.ts";
import type { Storage } from "../storage.ts";
import type { ConfigChange, ConfigObject, NewConfigVersion } from "./config-store.ts";

let folder: string;
let one: Storage;
let other: Storage;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "sluice-config-store-"));
  one = await openStorage({ folder });
  other = await openStorage({ folder });
});
afterEach(async () => {
  await one.close();
  await other.close();
  rmSync(folder, { recursive: true });
});

function object(name: string, fields: Partial<ConfigObject> = {}): ConfigObject {
  return { kind: "models", name, definition: `demo/${name}`, position: 1, source: "api", ...fields };
}

function made(changes: readonly ConfigChange[], fields: Partial<NewConfigVersion> = {}): NewConfigVersion {
  return { at: 1000, author: { id: "key_1", name: "ops" }, operation: "models.create", changes, ...fields };
}

function creation(after: ConfigObject): ConfigChange {
  return { kind: after.kind, name: after.name, after };
}

describe("the store of the config's objects", () => {
  test("keeps an object with the version that made it, for every process", async () => {
    expect(await one.control.config.current()).toEqual({ version: 0, objects: [] });
    const fast = object("fast", { definition: { targets: ["demo/chat"], retries: 1 }, source: "apply", owner: "git" });
    expect(await one.control.config.commit(made([creation(fast)], { reason: "first" }), 0)).toBe(1);
    const kept = { ...fast, revision: 1, changedAt: 1000, author: { id: "key_1", name: "ops" }, reason: "first" };
    expect(await other.control.config.current()).toEqual({ version: 1, objects: [kept] });
    expect(await other.control.config.newest()).toBe(1);
  });

  test("lets one of two win who start from the same version, and changes nothing for the other", async () => {
    await one.control.config.commit(made([creation(object("a"))]), 0);
    const results = await Promise.all([
      one.control.config.commit(made([creation(object("b"))]), 1),
      other.control.config.commit(made([creation(object("c"))]), 1),
    ]);
    expect(results.toSorted()).toEqual([2, undefined]);
    expect((await one.control.config.current()).objects.map(({ name }) => name)).toEqual(["a", "b"]);
  });

  test("changes and removes objects, and its versions tell both sides", async () => {
    const before = object("a");
    const after = object("a", { definition: "demo/other" });
    await one.control.config.commit(made([creation(before), creation(object("b"))]), 0);
    await one.control.config.commit(made([{ kind: "models", name: "a", before, after }], { at: 2000 }), 1);
    await one.control.config.commit(made([{ kind: "models", name: "b", before: object("b") }], { at: 3000 }), 2);
    expect((await one.control.config.current()).objects.map(({ name, revision, changedAt }) => [name, revision, changedAt])).toEqual([
      ["a", 2, 2000],
    ]);
    expect((await one.control.config.version(2))?.changes).toEqual([{ kind: "models", name: "a", before, after }]);
    expect((await one.control.config.before(3, 10)).map(({ number }) => number)).toEqual([2, 1]);
    expect((await one.control.config.after(1, 1)).map(({ number }) => number)).toEqual([2]);
    expect(await one.control.config.version(4)).toBeUndefined();
  });

  test("gives objects by kind, place and name", async () => {
    const changes = [object("z", { position: 1 }), object("a", { position: 2 }), object("b", { position: 1 })].map(creation);
    await one.control.config.commit(made([...changes, creation(object("x", { kind: "keys" }))]), 0);
    expect((await one.control.config.current()).objects.map(({ name }) => name)).toEqual(["x", "b", "z", "a"]);
  });

  test("keeps texts as they are, whatever stands in them", async () => {
    const name = "it's; DROP TABLE config_objects; --";
    await one.control.config.commit(made([creation(object(name, { definition: { "__proto__ ": ["\u0000", "💧"] } }))]), 0);
    expect((await other.control.config.current()).objects[0]).toMatchObject({ name, definition: { "__proto__ ": ["\u0000", "💧"] } });
  });
});
