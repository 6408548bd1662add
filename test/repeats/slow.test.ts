import { expect, spyOn, test } from "bun:test";
import { ask, chunk, codeOf, hello, isReplay, requestOf, type Scripted, until, useBench } from "./bench.ts";

const bench = useBench();
const streamed = { ...hello, stream: true };

test("what a slow reader has not taken yet takes room, until it has it or is gone", async () => {
  const gateway = await bench.open();
  const { room } = gateway.repeats;
  const long = { ...streamed, max_tokens: 1_000_000 };
  const readers = await Promise.all(
    ["taken", "left"].map(async (key) => (await gateway.fetch(requestOf({ key, body: long }))).body?.getReader()),
  );
  // Both are kept: whoever asks again has them.
  for (const key of ["taken", "left"]) expect(isReplay(await ask(gateway, { key, body: long }))).toBe(true);
  expect(room.used).toBeGreaterThan(2_000_000);
  await readers[1]?.cancel();
  await until(() => room.used < 1_100_000);
  expect(room.used).toBeGreaterThan(1_000_000);
  while (!(await readers[0]?.read())?.done);
  await until(() => room.used === 0);
});

test("who left in the middle and reads on does not find an end", async () => {
  const gateway = await bench.open();
  const leaving = new AbortController();
  const answered = await gateway.fetch(requestOf({ key: "k", body: streamed, signal: leaving.signal }));
  await until(() => gateway.gateway.inFlight === 0);
  leaving.abort();
  await expect(answered.text()).rejects.toThrow();
  expect(isReplay(await ask(gateway, { key: "k", body: streamed }))).toBe(true);
});

const endless: Scripted = (_request, response) => {
  response.setHeader("content-type", "text/event-stream");
  const timer = setInterval(() => response.write(chunk("y".repeat(20_000))), 1);
  response.on("close", () => clearInterval(timer));
};

test("who takes nothing of an answer that is not kept holds nothing once it has left", async () => {
  const gateway = await bench.open({ idempotency: { maxAnswerBytes: 1_024 } });
  bench.script = [endless];
  const leaving = new AbortController();
  const answered = await gateway.fetch(requestOf({ key: "k", body: streamed, signal: leaving.signal }));
  await Bun.sleep(200);
  leaving.abort();
  await until(() => gateway.gateway.inFlight === 0);
  expect(answered.status).toBe(200);
  expect(codeOf(await ask(gateway, { key: "k", body: streamed }))).toBe("repetition_unknown");
});

test("who leaves while its key is written down has asked nobody, and the key is free", async () => {
  const gateway = await bench.open();
  const leaving = new AbortController();
  const { counters } = gateway.storage;
  const swapping = spyOn(counters, "swap");
  const swap = counters.swap.bind(counters);
  swapping.mockImplementationOnce((change) => {
    leaving.abort();
    return swap(change);
  });
  await ask(gateway, { key: "k", signal: leaving.signal }).catch(() => undefined);
  await until(() => gateway.gateway.inFlight === 0);
  swapping.mockRestore();
  expect(bench.seen.length).toBe(0);
  const again = await ask(gateway, { key: "k" });
  expect([again.status, isReplay(again), bench.seen.length]).toEqual([200, false, 1]);
});

test("who leaves while it waits leaves no timer behind", async () => {
  const gateway = await bench.open();
  bench.gate = Promise.withResolvers();
  const first = ask(gateway, { key: "k" });
  await until(() => bench.seen.length === 1);
  const setting = spyOn(globalThis, "setTimeout");
  const clearing = spyOn(globalThis, "clearTimeout");
  try {
    const leaving = new AbortController();
    const waiting = ask(gateway, { key: "k", signal: leaving.signal }).catch((error: Error) => error);
    await until(() => gateway.gateway.inFlight === 2);
    const isLong = (delay: unknown) => typeof delay === "number" && delay > 45_000;
    const waits = () => setting.mock.results.filter((_, at) => isLong(setting.mock.calls[at]?.[1])).map(({ value }) => value as unknown);
    await until(() => waits().length === 1);
    leaving.abort();
    await until(() => gateway.gateway.inFlight === 1);
    await waiting;
    expect(clearing.mock.calls.map(([timer]) => timer as unknown)).toContain(waits()[0]);
  } finally {
    setting.mockRestore();
    clearing.mockRestore();
    bench.gate.resolve();
  }
  expect((await first).status).toBe(200);
});
