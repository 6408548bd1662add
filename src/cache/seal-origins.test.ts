import { describe, expect, test } from "bun:test";
import { SealOrigins } from "./seal-origins.ts";

const day = 24 * 60 * 60 * 1000;

describe("who has sealed a thought", () => {
  test("is told to the owner alone, for a day", () => {
    let now = 0;
    const origins = new SealOrigins(() => now);
    expect(origins.knows("key_a")).toBe(false);
    origins.note("key_a", "seal", "second");
    expect(origins.of("key_a", "seal")).toBe("second");
    expect([origins.of("key_b", "seal"), origins.of("key_a", "another"), origins.knows("key_b")]).toEqual([undefined, undefined, false]);
    now = day;
    expect(origins.of("key_a", "seal")).toBeUndefined();
    origins.note("key_b", "other", "second");
    expect(origins.knows("key_a")).toBe(false);
  });

  test("is bounded for one owner and for all, the oldest go first", () => {
    const origins = new SealOrigins(() => 0);
    for (let at = 0; at < 10_010; at++) origins.note("key_a", `seal ${at}`, "second");
    expect([origins.of("key_a", "seal 9"), origins.of("key_a", "seal 10")]).toEqual([undefined, "second"]);
    for (let owner = 0; owner < 10; owner++) {
      for (let at = 0; at < 10_000; at++) origins.note(`key_${owner}`, `seal ${at}`, "second");
    }
    expect(origins.knows("key_a")).toBe(false);
    expect(origins.of("key_0", "seal 0")).toBe("second");
  });
});
