import { expect, test } from "bun:test";
import { fittingPage } from "./fitting-page.ts";

/** From the newest, 25,000, down to 1. */
const newest = 25_000;
const keyOf = String;
let asked = 0;
async function read(limit: number, before: string | undefined): Promise<readonly number[]> {
  asked++;
  const from = before === undefined ? newest : Number(before) - 1;
  return Array.from({ length: Math.min(limit, from) }, (_, at) => from - at);
}

async function all(fits: (item: number) => boolean, limit: number) {
  const found: number[] = [];
  const pages: number[] = [];
  for (let before: string | undefined; ; ) {
    const { data, next } = await fittingPage(read, { limit, before, fits, keyOf });
    found.push(...data);
    pages.push(data.length);
    if (next === undefined) return { found, pages };
    before = next;
  }
}

test("pages of what fits neither double nor hide", async () => {
  for (const step of [1, 2, 999, 1_000, 1_001, 24_999, 30_000]) {
    const { found, pages } = await all((item) => item % step === 0, 200);
    expect(found).toEqual(Array.from({ length: Math.floor(newest / step) }, (_, at) => (Math.floor(newest / step) - at) * step));
    expect(Math.max(...pages)).toBeLessThanOrEqual(200);
  }
});

test("what few fit is looked for in parts, each with a next one", async () => {
  asked = 0;
  const first = await fittingPage(read, { limit: 10, before: undefined, fits: (item) => item === 7, keyOf });
  expect([first.data, first.next, asked]).toEqual([[], "15001", 10]);
  expect((await all((item) => item === 7, 10)).pages).toEqual([0, 0, 1]);
});

test("nothing is looked at behind what is past, and no more than a page where all fit", async () => {
  asked = 0;
  const sought = { limit: 10, before: undefined, fits: () => true, isPast: (item: number) => item < 24_995, keyOf };
  expect(await fittingPage(read, sought)).toEqual({ data: [25_000, 24_999, 24_998, 24_997, 24_996, 24_995], next: undefined });
  const amounts: number[] = [];
  const counting = (limit: number, before: string | undefined) => {
    amounts.push(limit);
    return read(limit, before);
  };
  expect((await fittingPage(counting, { limit: 2, before: undefined, keyOf })).next).toBe("24999");
  expect([asked, amounts]).toEqual([2, [3]]);
});
