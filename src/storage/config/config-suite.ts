import assert from "node:assert/strict";
import { type Fresh, type Suite, withControl } from "../control/control-suite.ts";
import type { ConfigChange, ConfigObject, NewConfigVersion } from "./config-store.ts";

function object(name: string, fields: Partial<ConfigObject> = {}): ConfigObject {
  return { kind: "models", name, definition: `demo/${name}`, position: 1, source: "api", ...fields };
}

function made(changes: readonly ConfigChange[], fields: Partial<NewConfigVersion> = {}): NewConfigVersion {
  return { at: 1000, author: { id: "key_1", name: "ops" }, operation: "models.create", changes, ...fields };
}

function creation(after: ConfigObject): ConfigChange {
  return { kind: after.kind, name: after.name, after };
}

/** What the store of the config's objects promises, whichever database is below. */
export const configSuite = (fresh: Fresh): Suite => ({
  "the store of the config's objects keeps an object with the version that made it, for every process": () =>
    withControl(fresh, async (one, other) => {
      assert.deepEqual(await one.config.current(), { version: 0, objects: [] });
      const fast = object("fast", { definition: { targets: ["demo/chat"], retries: 1 }, source: "apply", owner: "git" });
      assert.equal(await one.config.commit(made([creation(fast)], { reason: "first" }), 0), 1);
      const kept = { ...fast, revision: 1, changedAt: 1000, author: { id: "key_1", name: "ops" }, reason: "first" };
      assert.deepEqual(await other.config.current(), { version: 1, objects: [kept] });
      assert.equal(await other.config.newest(), 1);
    }),

  "the store of the config's objects lets one of two win who start from the same version, and changes nothing for the other": () =>
    withControl(fresh, async (one, other) => {
      await one.config.commit(made([creation(object("a"))]), 0);
      const results = await Promise.all([
        one.config.commit(made([creation(object("b"))]), 1),
        other.config.commit(made([creation(object("c"))]), 1),
      ]);
      assert.deepEqual(results.toSorted(), [2, undefined]);
      const winner = results[0] === 2 ? "b" : "c";
      assert.deepEqual(
        (await one.config.current()).objects.map(({ name }) => name),
        ["a", winner],
      );
    }),

  "the store of the config's objects changes and removes objects, and its versions tell both sides": () =>
    withControl(fresh, async (one) => {
      const before = object("a");
      const after = object("a", { definition: "demo/other" });
      await one.config.commit(made([creation(before), creation(object("b"))]), 0);
      await one.config.commit(made([{ kind: "models", name: "a", before, after }], { at: 2000 }), 1);
      await one.config.commit(made([{ kind: "models", name: "b", before: object("b") }], { at: 3000 }), 2);
      assert.deepEqual(
        (await one.config.current()).objects.map(({ name, revision, changedAt }) => [name, revision, changedAt]),
        [["a", 2, 2000]],
      );
      assert.deepEqual((await one.config.version(2))?.changes, [{ kind: "models", name: "a", before, after }]);
      assert.deepEqual(
        (await one.config.before(3, 10)).map(({ number }) => number),
        [2, 1],
      );
      assert.deepEqual(
        (await one.config.after(1, 1)).map(({ number }) => number),
        [2],
      );
      assert.equal(await one.config.version(4), undefined);
    }),

  "the store of the config's objects gives objects by kind, place and name": () =>
    withControl(fresh, async (one) => {
      const changes = [object("z", { position: 1 }), object("a", { position: 2 }), object("b", { position: 1 })].map(creation);
      await one.config.commit(made([...changes, creation(object("x", { kind: "keys" }))]), 0);
      assert.deepEqual(
        (await one.config.current()).objects.map(({ name }) => name),
        ["x", "b", "z", "a"],
      );
    }),

  "the store of the config's objects keeps texts as they are, whatever stands in them": () =>
    withControl(fresh, async (one, other) => {
      const name = "it's; DROP TABLE config_objects; --";
      await one.config.commit(made([creation(object(name, { definition: { "__proto__ ": ["\u0000", "💧"] } }))]), 0);
      const [kept] = (await other.config.current()).objects;
      assert.deepEqual([kept?.name, kept?.definition], [name, { "__proto__ ": ["\u0000", "💧"] }]);
    }),
});
