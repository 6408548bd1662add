import { expect, test } from "bun:test";
import { isWeakSecret, weakness } from "./weak-secret.ts";

test("well-known defaults, short and monotonous secrets are called weak, with the reason", () => {
  for (const [secret, reason] of [
    ["", /shorter/],
    ["sk-1234", /well-known/],
    ["changeme", /well-known/],
    ["ChangeMe123!", /well-known/],
    ["admin", /well-known/],
    ["sk-master-key-0123456789", /well-known/],
    ["edd1c9f034335f136f87ad84b625c8f1", /well-known/],
    ["EDD1C9F034335F136F87AD84B625C8F1", /well-known/],
    ["tooshort", /shorter/],
    ["aaaaaaaaaaaaaaaaaaaaaaaa", /repeats/],
    ["abcabcabcabcabcabc", /repeats/],
    ["changemechangeme", /repeats/],
    ["sk-sluice-111122221111222212", /too few/],
    ["a key with spaces in it", /white space/],
  ] as const) {
    expect(weakness(secret)).toMatch(reason);
    expect(isWeakSecret(secret)).toBe(true);
  }
});

test("random secrets of fair length pass", () => {
  for (const secret of [
    "sk-sluice-admin-0123456789abcdef0123456789abcdef0123",
    "sk-sluice-acceptance-0123456789abcdef0123456789abcdef",
    "f3a9c1d27b604e58",
    "correct-horse-battery-staple",
  ]) {
    expect(weakness(secret)).toBeUndefined();
  }
});
