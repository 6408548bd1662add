import { expect, test } from "bun:test";
import { KeyHasher } from "../../auth/index.ts";
import { ownPath } from "./own-path.ts";
import { SealedCookie } from "./sealed-cookie.ts";

const hasher = new KeyHasher(Buffer.alloc(32, 7));
const cookie = new SealedCookie<{ readonly secret: string; readonly endsAt: number }>("__Host-one", hasher);

test("what is sealed is opened until its end, by nobody else, and only whole", () => {
  const sealed = cookie.seal({ secret: "the verifier", endsAt: 1000 });
  expect(Buffer.from(sealed, "base64url").toString("latin1")).not.toContain("verifier");
  expect(cookie.open(sealed, 999)).toEqual({ secret: "the verifier", endsAt: 1000 });
  expect(cookie.open(sealed, 1000)).toBeUndefined();
  expect(new SealedCookie("__Host-two", hasher).open(sealed, 0)).toBeUndefined();
  expect(new SealedCookie("__Host-one", new KeyHasher(Buffer.alloc(32, 8))).open(sealed, 0)).toBeUndefined();
  const bytes = Buffer.from(sealed, "base64url");
  for (let at = 0; at < bytes.length; at++) {
    const changed = Buffer.from(bytes);
    changed[at]! ^= 1;
    expect(cookie.open(changed.toString("base64url"), 0)).toBeUndefined();
    expect(cookie.open(bytes.subarray(0, at).toString("base64url"), 0)).toBeUndefined();
  }
});

test("the same is never sealed the same", () => {
  expect(cookie.seal({ secret: "x", endsAt: 1 })).not.toBe(cookie.seal({ secret: "x", endsAt: 1 }));
});

test.each([
  ["/", "/"],
  ["/auth/device?user_code=ABCD", "/auth/device?user_code=ABCD"],
  ["/a/../b", "/b"],
  ["/a//b", "/a//b"],
  ["/@evil.example", "/@evil.example"],
  ["//evil.example", "/"],
  ["/..//evil.example", "/"],
  ["/\\evil.example", "/"],
  ["https://evil.example", "/"],
  ["/é", "/"],
  [`/${"x".repeat(2000)}`, "/"],
  [undefined, "/"],
])("%p leads to %p", (asked, expected) => {
  expect(ownPath(asked)).toBe(expected);
});
