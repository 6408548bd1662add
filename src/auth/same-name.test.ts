import { expect, test } from "bun:test";
import { isSameName } from "./same-name.ts";

test("names are one whatever their case and composition, and not by looking alike", () => {
  for (const [one, other, same] of [
    ["ann", "ANN", true],
    ["École", "ÉCOLE".normalize("NFD"), true],
    ["\u212Aate", "\u212Aate", true],
    ["\u212Aate", "kate", false],
    ["Kate", "\u212Aate", false],
    ["\uFF4Bate", "kate", false],
    ["o\uFB03ce", "office", false],
    ["bo\u017Fs", "boss", false],
    ["\u0130d", "i\u0307d", false],
    ["ann\u200B", "ann", false],
    ["ann ", "ann", false],
    ["a\u2460", "a1", false],
    ["ann", "bob", false],
  ] as const)
    expect([one, other, isSameName(one, other)]).toEqual([one, other, same]);
});
