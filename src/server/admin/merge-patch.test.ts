import { describe, expect, test } from "bun:test";
import { markedFields } from "./grants/field-permissions.ts";
import { mergedFields, mergePatch } from "./merge-patch.ts";
import { adminOperations } from "./operations/all.ts";
import { keyChangesSchema, keyPatchSchema } from "./schemas/keys.ts";

/** RFC 7396, appendix A: the original, the patch, the result. */
const standard: readonly (readonly [unknown, unknown, unknown])[] = [
  [{ a: "b" }, { a: "c" }, { a: "c" }],
  [{ a: "b" }, { b: "c" }, { a: "b", b: "c" }],
  [{ a: "b" }, { a: null }, {}],
  [{ a: "b", b: "c" }, { a: null }, { b: "c" }],
  [{ a: ["b"] }, { a: "c" }, { a: "c" }],
  [{ a: "c" }, { a: ["b"] }, { a: ["b"] }],
  [{ a: { b: "c" } }, { a: { b: "d", c: null } }, { a: { b: "d" } }],
  [{ a: [{ b: "c" }] }, { a: [1] }, { a: [1] }],
  [
    ["a", "b"],
    ["c", "d"],
    ["c", "d"],
  ],
  [{ a: "b" }, ["c"], ["c"]],
  [{ a: "foo" }, null, null],
  [{ a: "foo" }, "bar", "bar"],
  [{ e: null }, { a: 1 }, { e: null, a: 1 }],
  [[1, 2], { a: "b", c: null }, { a: "b" }],
  [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
];

describe("a merge patch", () => {
  test("makes what the standard's own table says, and leaves what it was made from as it was", () => {
    for (const [original, patch, result] of standard) {
      const before = JSON.stringify([original, patch]);
      expect([original, patch, mergePatch(original, patch)]).toEqual([original, patch, result]);
      expect(JSON.stringify([original, patch])).toBe(before);
    }
  });

  test("does what the example of the standard's section 3 says", () => {
    const original = { title: "Goodbye!", author: { givenName: "John", familyName: "Doe" }, tags: ["example", "sample"], content: "This" };
    const patch = { title: "Hello!", phoneNumber: "+01-123-456-7890", author: { familyName: null }, tags: ["example"] };
    expect(mergePatch(original, patch)).toEqual({
      title: "Hello!",
      author: { givenName: "John" },
      tags: ["example"],
      content: "This",
      phoneNumber: "+01-123-456-7890",
    });
  });

  test("of names that programs stumble over changes nothing but the object", () => {
    const patch = JSON.parse('{"__proto__": {"x": 1}, "constructor": {"prototype": null}}');
    const merged = mergePatch({ a: 1 }, patch) as object;
    expect(Object.keys(merged)).toEqual(["a", "__proto__", "constructor"]);
    expect(Object.getPrototypeOf(merged)).toBe(Object.prototype);
    expect(({} as { x?: unknown }).x).toBeUndefined();
  });

  test("gives each field that it names as a whole, and no other", () => {
    const key = { name: "k", limits: { requestsPerDay: 5, concurrency: 2 }, models: ["a"] };
    const patch = { limits: { requestsPerDay: null, tokensPerDay: 9 }, models: null };
    expect(keyPatchSchema.safeParse(patch).success).toBe(true);
    expect(mergedFields(keyChangesSchema, key, patch)).toEqual({ limits: { concurrency: 2, tokensPerDay: 9 }, models: null });
    expect(() => mergedFields(keyChangesSchema, { name: "k" }, { budget: { usd: 5 } })).toThrow(/budget/);
    expect(keyPatchSchema.safeParse({ limits: { requestsPerDecade: null } }).success).toBe(false);
    expect(keyPatchSchema.safeParse({ name: null }).success).toBe(false);
  });

  test("is what every PATCH of the API takes, with permissions for whole fields only", () => {
    const patches = adminOperations.filter(({ method }) => method === "PATCH");
    expect(patches.length).toBe(12);
    for (const { name, body } of patches) {
      expect([name, body?.safeParse({}).success]).toEqual([name, true]);
      expect([name, markedFields(body!).filter(({ path }) => path.length !== 1)]).toEqual([name, []]);
    }
  });
});
