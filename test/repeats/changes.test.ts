import { expect, setSystemTime, test } from "bun:test";
import { issueKey, rotateKey } from "../../src/auth/index.ts";
import { type Config, readConfig } from "../../src/config/index.ts";
import type { OpenedGateway } from "../../src/gateway/index.ts";
import { ask, codeOf, hello, isReplay, keyText, until, useBench } from "./bench.ts";

const bench = useBench();

async function configOf(more: Record<string, unknown> = {}): Promise<Config> {
  const all = { providers: { mock: bench.provider() }, keys: [{ name: "a", value: keyText("a") }], ...more };
  const read = await readConfig(JSON.stringify(all), "config", { environment: {}, policies: new Map() });
  if (read.issues) throw new Error(JSON.stringify(read.issues));
  return read.config;
}

const isIdle = (gateway: OpenedGateway) => until(() => gateway.gateway.inFlight === 0);

test("whoever may not ask the model any more does not get what was answered before", async () => {
  const gateway = await bench.open();
  await ask(gateway, { key: "k" });
  gateway.reload(await configOf({ keys: [{ name: "a", value: keyText("a"), models: ["other/*"] }] }));
  const again = await ask(gateway, { key: "k" });
  expect([again.status >= 400, isReplay(again), bench.seen.length]).toEqual([true, false, 1]);
  gateway.reload(await configOf());
  expect(isReplay(await ask(gateway, { key: "k" }))).toBe(true);
  gateway.reload(await configOf({ keys: [{ name: "b", value: keyText("b") }] }));
  expect([(await ask(gateway, { key: "k" })).status, bench.seen.length]).toEqual([401, 1]);
});

test("a key that took another's place by rotation is not billed again for what that one asked", async () => {
  const gateway = await bench.open();
  const { keys } = gateway.storage.control;
  const old = await issueKey({ kind: "key", name: "rotated" }, keys, gateway.hasher, Date.now());
  await gateway.rereadKeys();
  const first = await ask(gateway, { key: "k", bearer: old.text });
  let { id } = old.stored;
  for (const graceMs of [60_000, 0]) {
    const next = await rotateKey(id, keys, gateway.hasher, Date.now(), graceMs);
    if (!next) throw new Error("It was not rotated.");
    await gateway.rereadKeys();
    const again = await ask(gateway, { key: "k", bearer: next.text });
    expect([isReplay(again), again.bytes.equals(first.bytes), bench.seen.length]).toEqual([true, true, 1]);
    ({ id } = next.stored);
  }
  const stranger = await issueKey({ kind: "key", name: "stranger" }, keys, gateway.hasher, Date.now());
  await gateway.rereadKeys();
  expect(isReplay(await ask(gateway, { key: "k", bearer: stranger.text }))).toBe(false);
});

test("what is under way when keys are switched off is kept for when they count again", async () => {
  const gateway = await bench.open();
  bench.gate = Promise.withResolvers();
  const first = ask(gateway, { key: "k" });
  await until(() => bench.seen.length === 1);
  gateway.reload(await configOf({ idempotency: { enabled: false } }));
  const meanwhile = ask(gateway, { key: "k" });
  await until(() => bench.seen.length === 2);
  bench.gate.resolve();
  expect([isReplay(await first), isReplay(await meanwhile)]).toEqual([false, false]);
  gateway.reload(await configOf());
  const again = await ask(gateway, { key: "k" });
  expect([isReplay(again), again.bytes.equals((await first).bytes), bench.seen.length]).toEqual([true, true, 2]);
});

test.each([false, true])("what is cut while its client is gone ends at once, and is not asked again, streamed: %s", async (stream) => {
  const gateway = await bench.open();
  bench.script = [() => undefined];
  const leaving = new AbortController();
  const asked = ask(gateway, { key: "k", body: { ...hello, stream }, signal: leaving.signal }).catch((error: Error) => error);
  await until(() => bench.seen.length === 1);
  leaving.abort();
  await Bun.sleep(20);
  expect(gateway.gateway.inFlight).toBe(1);
  gateway.gateway.cut();
  await isIdle(gateway);
  await asked;
  const again = await ask(gateway, { key: "k", body: { ...hello, stream } });
  expect([again.status, codeOf(again), bench.seen.length]).toEqual([409, "repetition_unknown", 1]);
});

test("whose credential ends while they wait for another's answer, or are being answered without being there, get nothing", async () => {
  const gateway = await bench.open();
  bench.gate = Promise.withResolvers();
  const first = ask(gateway, { key: "k" });
  await until(() => bench.seen.length === 1);
  const waiting = ask(gateway, { key: "k" });
  await until(() => gateway.gateway.inFlight === 2);
  gateway.gateway.cutOff(({ keyName }) => keyName === "a");
  await isIdle(gateway);
  expect([(await first).status, (await waiting).status, isReplay(await waiting)]).toEqual([401, 401, false]);
  bench.gate.resolve();
  expect([codeOf(await ask(gateway, { key: "k" })), bench.seen.length]).toEqual(["repetition_unknown", 1]);
});

test("a clock that is set back keeps what is kept, and asks nobody again", async () => {
  const gateway = await bench.open();
  const first = await ask(gateway, { key: "k" });
  setSystemTime(Date.now() - 2 * 3_600_000);
  const again = await ask(gateway, { key: "k" });
  expect([isReplay(again), again.bytes.equals(first.bytes), bench.seen.length]).toEqual([true, true, 1]);
});

test("what the cache had is given again as it was", async () => {
  const gateway = await bench.open({ models: { kept: { targets: ["mock/m"], cache: { ttlSeconds: 300 } } } });
  const body = { ...hello, model: "kept", temperature: 0 };
  await ask(gateway, { body });
  const hit = await ask(gateway, { key: "k", body });
  const again = await ask(gateway, { key: "k", body });
  expect([hit.headers.get("x-sluice-cache"), again.headers.get("x-sluice-cache")]).toEqual(["hit", "bypass; repeat"]);
  expect([isReplay(again), again.bytes.equals(hit.bytes), bench.seen.length]).toEqual([true, true, 1]);
});
