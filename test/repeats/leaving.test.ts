import { describe, expect, test } from "bun:test";
import { ask, chunk, hello, isReplay, recordsOf, requestOf, until, useBench } from "./bench.ts";

const bench = useBench();

describe("a client that leaves", () => {
  test.each([false, true])("has its answer made and kept all the same, streamed: %s", async (stream) => {
    const gateway = await bench.open();
    bench.gate = Promise.withResolvers();
    const leaving = new AbortController();
    const body = { ...hello, stream };
    const first = ask(gateway, { key: "k", body, signal: leaving.signal }).catch((error: Error) => error);
    await until(() => bench.seen.length === 1);
    leaving.abort();
    await Bun.sleep(20);
    expect(gateway.gateway.inFlight).toBe(1);
    bench.gate.resolve();
    await first;
    const again = await ask(gateway, { key: "k", body });
    expect([again.status, isReplay(again), bench.seen.length]).toEqual([200, true, 1]);
    expect(again.bytes.toString()).toContain(stream ? '"content":"three"' : "answer 1");
    const original = (await recordsOf(gateway)).find(({ detail }) => detail.repeat && "first" in detail.repeat);
    expect(original).toMatchObject({ outcome: "success", costNanos: 15_000, detail: { repeat: { first: true, clientLeft: true } } });
  });

  test("in the middle of a stream has it made to its end", async () => {
    const gateway = await bench.open();
    const leaving = new AbortController();
    const request = requestOf({ key: "k", body: { ...hello, stream: true }, signal: leaving.signal });
    const reader = (await gateway.fetch(request)).body?.getReader();
    expect(Buffer.from((await reader?.read())?.value ?? []).toString()).toContain("one");
    await reader?.cancel();
    leaving.abort();
    const again = await ask(gateway, { key: "k", body: { ...hello, stream: true } });
    expect(again.bytes.toString()).toContain('"content":"one "');
    expect(again.bytes.toString()).toEndWith("data: [DONE]\n\n");
    expect([isReplay(again), bench.seen.length]).toEqual([true, 1]);
  });

  test("while its answer is too long to be kept lets the provider go", async () => {
    const gateway = await bench.open({ idempotency: { maxAnswerBytes: 1_024 } });
    let closed = false;
    bench.script = [
      (_request, response) => {
        response.setHeader("content-type", "text/event-stream");
        response.on("close", () => {
          closed = true;
        });
        const timer = setInterval(() => {
          if (closed) clearInterval(timer);
          else response.write(chunk("y".repeat(200)));
        }, 5);
      },
    ];
    const leaving = new AbortController();
    const asked = ask(gateway, { key: "k", body: { ...hello, stream: true }, signal: leaving.signal }).catch((error: Error) => error);
    await Bun.sleep(20);
    leaving.abort();
    await asked;
    await until(() => closed);
    await until(() => gateway.gateway.inFlight === 0);
    expect((await ask(gateway, { key: "k", body: { ...hello, stream: true } })).status).toBe(409);
    expect(bench.seen.length).toBe(1);
  });

  test("while it waits for another's answer waits no more", async () => {
    const gateway = await bench.open();
    bench.gate = Promise.withResolvers();
    const first = ask(gateway, { key: "k" });
    await until(() => bench.seen.length === 1);
    const leaving = new AbortController();
    const waiting = ask(gateway, { key: "k", signal: leaving.signal }).catch((error: Error) => error);
    await until(() => gateway.gateway.inFlight === 2);
    leaving.abort();
    await until(() => gateway.gateway.inFlight === 1);
    bench.gate.resolve();
    expect((await first).status).toBe(200);
    await waiting;
  });
});
