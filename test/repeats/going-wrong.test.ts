import { describe, expect, setSystemTime, test } from "bun:test";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { ask, chunk, codeOf, hello, isReplay, keyText, recordsOf, refusing, type Scripted, until, useBench } from "./bench.ts";

const bench = useBench();

const hang: Scripted = () => undefined;
const breakOff: Scripted = (_request, response) => void response.destroy();
const breakOffLater: Scripted = (_request, response) => {
  response.writeHead(200, { "content-type": "text/event-stream" }).write(chunk("half"));
  setTimeout(() => response.destroy(), 20);
};

describe("a first that goes wrong", () => {
  test.each([400, 404, 429, 500, 503])("since the provider says %d leaves the key free", async (status) => {
    const gateway = await bench.open();
    bench.script = [refusing(status)];
    const first = await ask(gateway, { key: "k" });
    const again = await ask(gateway, { key: "k" });
    expect([first.status >= 400, isReplay(again), again.status, bench.seen.length]).toEqual([true, false, 200, 2]);
    expect(isReplay(await ask(gateway, { key: "k" }))).toBe(true);
  });

  test("since nobody is there leaves the key free", async () => {
    const nobody = createServer().listen(0, "127.0.0.1");
    await once(nobody, "listening");
    const { port } = nobody.address() as AddressInfo;
    await new Promise((resolve) => nobody.close(resolve));
    const away = { ...bench.provider(), baseUrl: `http://127.0.0.1:${port}/v1` };
    const gateway = await bench.open({ providers: { mock: away } });
    expect((await ask(gateway, { key: "k" })).status).toBe(502);
    const again = await ask(gateway, { key: "k" });
    expect([again.status, isReplay(again)]).toEqual([502, false]);
  });

  test("before anybody is asked leaves the key free", async () => {
    const gateway = await bench.open({ keys: [{ name: "a", value: keyText("a"), limits: { requestsPerDay: 1 } }] });
    expect((await ask(gateway, { key: "k", body: { ...hello, model: "nobody/m" } })).status).toBe(404);
    expect((await ask(gateway, { key: "k" })).status).toBe(200);
    expect((await ask(gateway, { key: "l" })).status).toBe(429);
    setSystemTime(Date.now() + 25 * 3_600_000);
    expect((await ask(gateway, { key: "l" })).status).toBe(200);
    expect(bench.seen.length).toBe(2);
  });

  test.each([
    ["timeout", hang, 504],
    ["break", breakOff, 502],
  ] as const)("with a %s is not asked again: it may have been billed", async (_what, how, status) => {
    const gateway = await bench.open({ providers: { mock: bench.provider({ timeouts: { firstEventMs: 100 } }) } });
    bench.script = [how];
    const first = await ask(gateway, { key: "k" });
    const again = await ask(gateway, { key: "k" });
    expect([first.status, again.status, isReplay(again), bench.seen.length]).toEqual([status, status, true, 1]);
    expect(again.bytes.equals(first.bytes)).toBe(true);
    const [repeat] = await recordsOf(gateway);
    expect(repeat).toMatchObject({ outcome: "failed", status, costNanos: 0 });
  });

  test("in the middle of its stream is not asked again, and half an answer is not given", async () => {
    const gateway = await bench.open();
    bench.script = [breakOffLater];
    const body = { ...hello, stream: true };
    expect((await ask(gateway, { key: "k", body }).catch((error: Error) => error)) instanceof Error).toBe(true);
    const again = await ask(gateway, { key: "k", body });
    expect([again.status, codeOf(again), again.headers.get("x-should-retry"), bench.seen.length]).toEqual([
      409,
      "repetition_unknown",
      "false",
      1,
    ]);
    expect(again.bytes.toString()).toContain("its answer broke off");
  });

  test("for fifty at a time goes wrong once", async () => {
    const gateway = await bench.open();
    bench.gate = Promise.withResolvers();
    bench.script = [(request, response) => void bench.gate?.promise.then(() => refusing(429)(request, response))];
    const asked = Array.from({ length: 50 }, () => ask(gateway, { key: "k" }));
    await until(() => bench.seen.length === 1);
    await Bun.sleep(50);
    bench.gate.resolve();
    const answers = await Promise.all(asked);
    expect([answers.every(({ status }) => status === 429), bench.seen.length]).toEqual([true, 1]);
  });
});
