import { describe, expect, test } from "bun:test";
import { type Attempt, Fault, Leaving, type Piece } from "../exchange/index.ts";
import { type AttemptTools, attempt } from "./attempt.ts";
import { choose } from "./choose.ts";
import { Health } from "./health.ts";
import type { ModelRoute } from "./model-route.ts";

function route(strategy: ModelRoute<string>["strategy"], names: Readonly<Record<string, number>>): ModelRoute<string> {
  const targets = Object.entries(names).map(([name, weight]) => ({ name, weight, target: name }));
  return { name: "smart", strategy, targets, retries: 2 };
}

const failure = (code: ConstructorParameters<typeof Fault>[0] = "upstream_failed", retryAfterMs?: number) =>
  new Fault(code, retryAfterMs === undefined ? {} : { retryAfterMs });

function piece(fields: Partial<Piece>): Piece {
  return { raw: new Uint8Array([1]), events: [], visible: false, last: false, ...fields };
}

const seen = piece({ visible: true });
const last = piece({ visible: true, last: true });

async function* from(...pieces: (Piece | Fault)[]): AsyncGenerator<Piece> {
  for (const each of pieces) {
    if (each instanceof Fault) throw each;
    yield each;
  }
}

function tools(fields: Partial<AttemptTools> = {}): AttemptTools & { readonly slept: number[] } {
  const slept: number[] = [];
  return {
    health: new Health(),
    retries: 2,
    signal: new Leaving(),
    clock: { now: () => 1000, random: () => 0.5, sleep: async (ms) => void slept.push(ms) },
    slept,
    ...fields,
  };
}

describe("choosing", () => {
  test("keeps the written order of a fallback list, and leaves out what is resting", () => {
    const health = new Health();
    const fallback = route("fallback", { a: 1, b: 1, c: 1 });
    expect(choose(fallback, health, 0, 0).order.map(({ name }) => name)).toEqual(["a", "b", "c"]);
    health.failed("a", failure("upstream_rate_limited", 5000), 0);
    const choice = choose(fallback, health, 0, 1000);
    expect(choice.order.map(({ name }) => name)).toEqual(["b", "c"]);
    expect(choice.reason).toContain("1 resting");
  });

  test("draws by weight: every share within two points over 10,000 draws, the others behind it", () => {
    const weighted = route("weighted", { a: 70, b: 25, c: 5 });
    const counts: Record<string, number> = { a: 0, b: 0, c: 0 };
    for (let draw = 0; draw < 10_000; draw++) {
      const { order } = choose(weighted, new Health(), draw / 10_000, 0);
      counts[order[0]?.name as string]!++;
      expect(order.length).toBe(3);
    }
    expect(Math.abs(counts.a! - 7000)).toBeLessThan(200);
    expect(Math.abs(counts.b! - 2500)).toBeLessThan(200);
    expect(Math.abs(counts.c! - 500)).toBeLessThan(200);
  });

  test("never draws a target of weight 0 first", () => {
    for (const draw of [0, 0.5, 0.999]) expect(choose(route("weighted", { a: 0, b: 1 }), new Health(), draw, 0).order[0]?.name).toBe("b");
  });

  test("says how long to wait where every target rests, and whether that is a rate limit", () => {
    const health = new Health();
    for (const name of ["a", "b"]) health.failed(name, failure("upstream_rate_limited", name === "a" ? 9000 : 4000), 0);
    const fault = (() => {
      try {
        choose(route("fallback", { a: 1, b: 1 }), health, 0, 1000);
        return undefined;
      } catch (error) {
        return error as Fault;
      }
    })();
    expect(fault?.code).toBe("upstream_rate_limited");
    expect(fault?.retryAfterMs).toBe(3000);
  });
});

describe("the breaker", () => {
  test("opens after five failures within 30 s, lets one probe through after 30 s, and closes when it succeeds", () => {
    const health = new Health();
    for (let count = 0; count < 4; count++) health.failed("a", failure(), count);
    expect(health.ready("a", 10)).toBe(true);
    health.failed("a", failure(), 10);
    expect(health.ready("a", 11)).toBe(false);
    expect(health.ready("a", 30_011)).toBe(true);
    health.started("a");
    expect(health.ready("a", 30_012)).toBe(false);
    health.succeeded("a");
    expect(health.ready("a", 30_013)).toBe(true);
  });

  test("opens again when the probe fails, and frees the probe when the client was at fault", () => {
    const health = new Health();
    for (let count = 0; count < 5; count++) health.failed("a", failure(), 0);
    health.started("a");
    health.failed("a", failure(), 31_000);
    expect(health.ready("a", 32_000)).toBe(false);
    expect(health.ready("a", 62_000)).toBe(true);
    health.started("a");
    health.released("a");
    expect(health.ready("a", 62_001)).toBe(true);
  });

  test("forgets failures that lie more than 30 s apart", () => {
    const health = new Health();
    for (let count = 0; count < 20; count++) health.failed("a", failure(), count * 31_000);
    expect(health.ready("a", 20 * 31_000)).toBe(true);
  });

  test("has retries for a fifth of the requests and ten in reserve", () => {
    const health = new Health();
    let retries = 0;
    while (health.takeRetry(0)) retries++;
    expect(retries).toBe(10);
    for (let request = 0; request < 50; request++) health.started("a");
    while (health.takeRetry(0)) retries++;
    expect(retries).toBeLessThanOrEqual(20);
  });
});

describe("trying", () => {
  test("moves to the next target before anything was seen, and says which answered", async () => {
    const attempts: Attempt[] = [];
    const choice = choose(route("fallback", { a: 1, b: 1 }), new Health(), 0, 0);
    const taken = await attempt(
      choice,
      async (target) => (target === "a" ? Promise.reject(failure()) : { pieces: from(seen, last) }),
      attempts,
      tools(),
    );
    expect(taken.candidate.name).toBe("b");
    expect(attempts.map(({ target, outcome }) => [target, outcome])).toEqual([
      ["a", "upstream_failed"],
      ["b", "answered"],
    ]);
    expect(await Array.fromAsync(taken.pieces)).toEqual([seen, last]);
  });

  test("takes an error inside a 200 before output as a failure, and gives the preamble only of the one that answered", async () => {
    const preamble = piece({});
    const broken = piece({ events: [{ type: "answer-error", fault: failure("upstream_overloaded") }] });
    const choice = choose(route("fallback", { a: 1, b: 1 }), new Health(), 0, 0);
    const taken = await attempt(
      choice,
      async (target) => ({ pieces: target === "a" ? from(preamble, broken) : from(preamble, last) }),
      [],
      tools(),
    );
    expect(await Array.fromAsync(taken.pieces)).toEqual([preamble, last]);
  });

  test("has no other try after the first visible piece, and the break counts against the target", async () => {
    let asked = 0;
    const used = tools();
    const choice = choose(route("fallback", { a: 1, b: 1 }), used.health, 0, 0);
    for (let count = 0; count < 5; count++) {
      const taken = await attempt(
        choice,
        async () => {
          asked++;
          return { pieces: from(seen, failure("upstream_incomplete")) };
        },
        [],
        used,
      );
      expect(await Array.fromAsync(taken.pieces).catch((error: Fault) => error.code)).toBe("upstream_incomplete" as never);
    }
    expect(asked).toBe(5);
    expect(used.health.ready("a", 1000)).toBe(false);
  });

  test("tries the last target again with jitter, or after the Retry-After that it asked for", async () => {
    const used = tools();
    const choice = choose(route("single", { a: 1 }), used.health, 0, 0);
    let asked = 0;
    const waits = [undefined, 1500];
    const taken = await attempt(
      choice,
      async () => {
        if (asked < 2) throw failure("upstream_failed", waits[asked++]);
        return { pieces: from(last) };
      },
      [],
      used,
    );
    expect(taken.candidate.name).toBe("a");
    expect(used.slept).toEqual([100, 1500]);
  });

  test.each(["upstream_rejected", "request_unsupported", "upstream_filtered"] as const)("does not try again after %s", async (code) => {
    let asked = 0;
    const choice = choose(route("fallback", { a: 1, b: 1 }), new Health(), 0, 0);
    const error = await attempt(
      choice,
      async () => {
        asked++;
        throw failure(code);
      },
      [],
      tools(),
    ).catch((fault: Fault) => fault.code);
    expect(error).toBe(code as never);
    expect(asked).toBe(1);
  });

  test("tries nobody else once the client has left", async () => {
    let asked = 0;
    const signal = new Leaving();
    const choice = choose(route("fallback", { a: 1, b: 1 }), new Health(), 0, 0);
    const error = await attempt(
      choice,
      async () => {
        asked++;
        signal.leave();
        throw failure("upstream_timeout");
      },
      [],
      tools({ signal }),
    ).catch((fault: Fault) => fault.code);
    expect(error).toBe("upstream_timeout" as never);
    expect(asked).toBe(1);
  });
});
