import { expect, test } from "bun:test";
import { BodyQueue, type WaitingBody } from "./body-queue.ts";

function bodyOf(bytes: number): WaitingBody["body"] {
  const side = { type: "", length: bytes, truncated: false, bytes: new Uint8Array(bytes) };
  return { request: side, answer: { ...side, status: 200, whole: true, bytes: new Uint8Array() } };
}

/** A queue over a store that a test makes fail; what was written, what is held in memory, what was told. */
function opened(fails: (waiting: WaitingBody) => boolean, pauseMs: readonly [number, number] = [5, 20]) {
  const written: string[] = [];
  const told: string[] = [];
  let held = 0;
  let atOnce = 0;
  let most = 0;
  const queue = new BodyQueue({
    async write(waiting) {
      most = Math.max(most, ++atOnce);
      await new Promise((resolve) => setTimeout(resolve, 1));
      atOnce--;
      if (fails(waiting)) throw Object.assign(new Error("x"), { code: "EACCES" });
      written.push(waiting.id);
    },
    warn: (message) => told.push(message),
    pauseMs,
  });
  const add = (id: string, owner = "installation", bytes = 0) => {
    held++;
    queue.add({ id, owner, startedAt: 0, body: bodyOf(bytes), release: () => held-- });
  };
  return { queue, add, written, told, held: () => held, most: () => most };
}

async function until(holds: () => boolean): Promise<void> {
  const deadline = performance.now() + 5_000;
  while (!holds()) {
    expect(performance.now()).toBeLessThan(deadline);
    await Bun.sleep(2);
  }
}

test("sixteen at a time, about in their order, and each frees its memory once", async () => {
  const { queue, add, written, held, most } = opened(() => false);
  for (let at = 0; at < 100; at++) add(`b${at}`);
  await queue.close();
  expect([written.length, new Set(written).size, held(), most()]).toEqual([100, 100, 0, 16]);
  for (const [at, id] of written.entries()) expect(Math.abs(Number(id.slice(1)) - at)).toBeLessThan(16);
});

test("of large ones fewer at a time, and one at least", async () => {
  const { queue, add, written, most } = opened(() => false);
  for (let at = 0; at < 20; at++) add(`b${at}`, "installation", 3_000_000);
  await queue.close();
  expect([written.length, most()]).toEqual([20, 2]);
  const one = opened(() => false);
  for (let at = 0; at < 3; at++) one.add(`b${at}`, "installation", 20_000_000);
  await one.queue.close();
  expect([one.written.length, one.most()]).toEqual([3, 1]);
});

test("one tenant whose bodies cannot be written keeps nobody else's back, and is not waited for for ever", async () => {
  const { queue, add, written, told, held } = opened(({ owner }) => owner === "org-odd");
  for (let at = 0; at < 40; at++) add(`b${at}`, at % 4 === 0 ? "org-odd" : "org-even");
  await until(() => written.length === 30);
  // What is left may be the store's fault; when all of it is old, another one may tell.
  await until(() => queue.trouble !== undefined);
  await until(() => queue.trouble === undefined);
  for (let at = 0; held() > 0; at++) {
    if (queue.trouble === undefined) add(`later ${at}`, "org-even");
    await Bun.sleep(5);
    expect(at).toBeLessThan(1_000);
  }
  expect(told.filter((line) => line.includes("is lost; others could")).length).toBe(10);
  expect(written.filter((id) => id.startsWith("b")).length).toBe(30);
  await until(() => queue.trouble === undefined);
  await queue.close();
});

test("while nothing can be written nothing is lost, and at the end what can be written is", async () => {
  let away = true;
  const { queue, add, written, held, told } = opened(({ owner }) => away || owner === "org-odd", [5, 10_000]);
  for (let at = 0; at < 50; at++) add(`b${at}`, at === 0 ? "org-odd" : "org-even");
  await until(() => queue.trouble !== undefined);
  await Bun.sleep(100);
  expect([held(), written.length]).toEqual([50, 0]);
  away = false;
  await queue.close();
  expect([written.length, held()]).toEqual([49, 0]);
  expect(told.at(-1)).not.toContain("before the end");
});

test("at the end a store that is away is not asked for each", async () => {
  let asked = 0;
  const { queue, add, held, told } = opened(() => ++asked > 0);
  for (let at = 0; at < 500; at++) add(`b${at}`);
  await queue.close();
  expect([held(), asked <= 33, told.at(-1)?.startsWith("500 bodies could not be written before the end")]).toEqual([0, true, true]);
});
