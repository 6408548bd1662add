import { beforeAll, describe, expect, test } from "bun:test";
import { METHODS } from "node:http";
import { join } from "node:path";
import { randomFrom } from "../faults/promise.ts";
import { crookedRequests, second } from "./crooked-requests.ts";
import { openListener, type Seen } from "./seen-requests.ts";

const seed = Number(process.env.SLUICE_SEED ?? 20_261_121);
const random = randomFrom(seed);
const { composed, damaged } = crookedRequests(random);
const count = 1_500;
const node = Bun.which("node");

/** White space like any other (RFC 9110, section 5.6.3), but Node refuses it behind a framing. Nobody reads another framing there. */
const tabBehindFraming = /(?:content-length:[\t ]*\d+|transfer-encoding:[\t ]*chunked) *\t[\t ]*\r\n/i;

/** Requests up to one whose method Node does not know: there it stops reading. */
function known(seen: readonly Seen[]): readonly Seen[] {
  const end = seen.findIndex(({ method }) => !METHODS.includes(method));
  return end < 0 ? seen : seen.slice(0, end);
}

describe.skipIf(node === null)("crooked requests, each with another behind it", () => {
  const cases: string[] = [];
  const byNode: Seen[][] = [];
  const bySluice: Seen[][] = [];

  beforeAll(async () => {
    for (let index = 0; index < count; index++) cases.push((index % 3 === 2 ? damaged() : composed()) + second);
    const asked = Bun.spawn([node as string, join(import.meta.dir, "requests-by-node.mjs")], { stdin: "pipe", stdout: "pipe" });
    asked.stdin.write(JSON.stringify(cases.map((text) => Buffer.from(text, "latin1").toString("base64"))));
    await asked.stdin.end();
    byNode.push(...((await new Response(asked.stdout).json()) as Seen[][]));
    const listener = await openListener();
    for (const text of cases) bySluice.push(await listener.read(text, () => text.length));
    await listener.close();
  }, 60_000);

  test("are never more, or other ones, than Node sees", () => {
    expect(byNode.length).toBe(count);
    const wrong = cases.flatMap((text, index) => {
      const [ours, theirs] = [bySluice[index] ?? [], byNode[index] ?? []];
      const same = known(ours).every((request, at) => JSON.stringify(request) === JSON.stringify(theirs[at]));
      return same || tabBehindFraming.test(text) ? [] : [{ text, ours, theirs }];
    });
    expect(wrong).toEqual([]);
  });

  test("are the same ones however their bytes are sliced", async () => {
    const listener = await openListener();
    for (const [index, text] of cases.entries()) {
      if (index % 5 !== 0) continue;
      const seen = await listener.read(text, () => 1 + Math.floor(random() * 40));
      expect({ text, seen }).toEqual({ text, seen: bySluice[index] ?? [] });
    }
    await listener.close();
  }, 60_000);

  test("are tried in all kinds: some pass whole, some in part, many not at all", () => {
    const passed = [0, 1, 2].map((requests) => bySluice.filter(({ length }) => length === requests).length);
    for (const times of passed) expect(times).toBeGreaterThan(20);
  });
});
