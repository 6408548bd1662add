import { describe, expect, test } from "bun:test";
import { Fault } from "../../exchange/index.ts";
import type { Grant } from "./grant.ts";
import { KeptGrant } from "./kept-grant.ts";

const minute = 60_000;

/** Grants of an hour by a clock that stands still until it is moved; fetches end when they are told to. */
function keeper(lifeMs = 60 * minute, deadlineMs = 1000) {
  const clock = { ms: 1_000_000 };
  const waiting: { resolve(grant: Grant<string>): void; reject(error: unknown): void }[] = [];
  let asked = 0;
  const kept = new KeptGrant<string>(
    () =>
      new Promise((resolve, reject) => {
        asked++;
        waiting.push({ resolve, reject });
      }),
    () => clock.ms,
    deadlineMs,
  );
  const answer = async (value: string) => {
    waiting.shift()?.resolve({ value, endsAtMs: clock.ms + lifeMs });
    await Bun.sleep(0);
  };
  const refuse = async (error: unknown) => {
    waiting.shift()?.reject(error);
    await Bun.sleep(0);
  };
  return { kept, clock, answer, refuse, asked: () => asked };
}

describe("a kept grant", () => {
  test("is fetched once for all who wait, and then there at once", async () => {
    const { kept, answer, asked } = keeper();
    const waiters = Promise.all(Array.from({ length: 100 }, () => kept.take()));
    await answer("one");
    expect(new Set(await waiters)).toEqual(new Set(["one"]));
    expect(kept.take()).toBe("one");
    expect(asked()).toBe(1);
  });

  test("is fetched anew before its end, while callers go on with what they have", async () => {
    const { kept, clock, answer, asked } = keeper();
    const first = kept.take();
    await answer("one");
    await first;
    clock.ms += 54 * minute;
    expect(kept.take()).toBe("one");
    expect(asked()).toBe(1);
    clock.ms += 2 * minute;
    expect([kept.take(), kept.take(), kept.take()]).toEqual(["one", "one", "one"]);
    expect(asked()).toBe(2);
    await answer("two");
    expect(kept.take()).toBe("two");
  });

  test("is fetched anew when the clock has gone back, as nobody knows then when it ends; and what was refused is asked again", async () => {
    const { kept, clock, answer, refuse, asked } = keeper();
    const first = kept.take();
    await answer("one");
    await first;
    clock.ms -= 3_600_000;
    const second = kept.take();
    expect(asked()).toBe(2);
    await answer("two");
    expect([await second, kept.take(), asked()]).toEqual(["two", "two", 2]);
    clock.ms -= 3_600_000;
    expect(kept.drop("two")).toBe(true);
    const third = Promise.resolve(kept.take()).catch((error: Fault) => error.code);
    await refuse(new Fault("upstream_unreachable"));
    expect(await third).toBe("upstream_unreachable");
    clock.ms -= 3_600_000;
    const fourth = kept.take();
    await answer("four");
    expect([await fourth, asked()]).toEqual(["four", 4]);
  });

  test("lives half of its time where that is shorter than five minutes", async () => {
    const { kept, clock, answer, asked } = keeper(2 * minute);
    const first = kept.take();
    await answer("one");
    await first;
    clock.ms += 50_000;
    expect(kept.take()).toBe("one");
    expect(asked()).toBe(1);
    clock.ms += 15_000;
    expect(kept.take()).toBe("one");
    expect(asked()).toBe(2);
  });

  test("that has ended is waited for", async () => {
    const { kept, clock, answer } = keeper();
    const first = kept.take();
    await answer("one");
    await first;
    clock.ms += 60 * minute;
    const next = kept.take();
    expect(next).toBeInstanceOf(Promise);
    await answer("two");
    expect(await next).toBe("two");
  });

  test("serves on where it cannot be renewed, and its source is asked once a second", async () => {
    const { kept, clock, answer, refuse, asked } = keeper();
    const first = kept.take();
    await answer("one");
    await first;
    clock.ms += 56 * minute;
    expect(kept.take()).toBe("one");
    await refuse(new Error("down"));
    expect([kept.take(), kept.take()]).toEqual(["one", "one"]);
    expect(asked()).toBe(2);
    clock.ms += 1_001;
    expect(kept.take()).toBe("one");
    expect(asked()).toBe(3);
  });

  test("that cannot be had at all is a fault, the same for a second", async () => {
    const { kept, clock, refuse, answer, asked } = keeper();
    const first = Promise.resolve(kept.take()).catch((error: unknown) => Fault.from(error).code);
    await refuse(new Error("no"));
    expect(await first).toBe("upstream_credentials");
    expect(await Promise.resolve(kept.take()).catch((error: unknown) => Fault.from(error).code)).toBe("upstream_credentials");
    expect(asked()).toBe(1);
    clock.ms += 1_001;
    const next = kept.take();
    await answer("one");
    expect(await next).toBe("one");
  });

  test("is given up after its deadline, by its signal too", async () => {
    let left = false;
    const kept = new KeptGrant<string>(
      (signal) =>
        new Promise(() => {
          signal.addEventListener("abort", () => {
            left = true;
          });
        }),
      Date.now,
      20,
    );
    expect(await Promise.resolve(kept.take()).catch((error: unknown) => Fault.from(error).code)).toBe("upstream_timeout");
    expect(left).toBe(true);
  });

  test("that was refused is dropped, unless it is new or another is there already", async () => {
    const { kept, clock, answer, asked } = keeper();
    const first = kept.take();
    await answer("one");
    await first;
    expect(kept.drop("one")).toBe(false);
    expect(kept.drop("zero")).toBe(true);
    clock.ms += 6_000;
    expect(kept.drop("one")).toBe(true);
    const next = kept.take();
    await answer("two");
    expect([await next, asked()]).toEqual(["two", 2]);
  });
});
