import { afterEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import { readdirSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { type GatewayProcess, makeFolder, readLedger, removeFolder, startGateway } from "../faults/gateway-process.ts";
import { sleep, until } from "../faults/promise.ts";
import { startTextUpstream, type TextUpstream } from "../faults/text-upstream.ts";
import { providersAt } from "../faults/upstream-config.ts";
import { post, SteadyClients } from "./load.ts";
import { isAlive, replaceAll, startWorkers, workersOf, writeConfig } from "./workers-of.ts";

setDefaultTimeout(60_000);

let gateway: GatewayProcess | undefined;
let upstream: TextUpstream | undefined;

afterEach(async () => {
  await gateway?.stop();
  if (gateway) removeFolder(gateway.folder);
  await upstream?.close();
  gateway = undefined;
  upstream = undefined;
});

const demo = { providers: { demo: {} }, models: { steady: "demo/chat" }, drainSeconds: 20 };
const hello = { model: "steady", stream: false };
const words = (count: number) => ({ pieces: Array.from({ length: count }, (_, at) => `word ${at} `) });

describe("several workers", () => {
  test("when one is killed the others take its connections over, and another takes its place", async () => {
    gateway = await startWorkers(2, { config: demo });
    const [victim = 0, other = 0] = workersOf(gateway);
    const clients = new SteadyClients(gateway.port, (_asked, { status }) => status === 200);
    clients.start(6, hello, false);
    await sleep(300);
    process.kill(victim, "SIGKILL");
    const served = gateway;
    expect(await until(() => workersOf(served).length === 2, 5_000)).toBe(true);
    await sleep(300);
    await clients.end();
    expect(workersOf(gateway)).toContain(other);
    expect(workersOf(gateway)).not.toContain(victim);
    expect(gateway.log()).toContain("A worker died; another takes its place.");
    // Only what the dead one was answering at that moment is lost.
    expect(clients.failures.length).toBeLessThanOrEqual(6);
    expect(clients.asked).toBeGreaterThan(50);
  });

  test("while the config file is wrong, a worker that takes a dead one's place serves what was served", async () => {
    gateway = await startWorkers(1, { config: demo });
    const [victim = 0] = workersOf(gateway);
    writeConfig(gateway, { ...demo, modles: {} });
    const served = gateway;
    expect(await until(() => served.log().includes("modles"), 5_000)).toBe(true);
    process.kill(victim, "SIGKILL");
    // It waits in the socket until somebody is there.
    expect((await post(gateway.port, hello)).status).toBe(200);
    writeConfig(gateway, { ...demo, models: { other: "demo/chat" } });
    const taken = async () => (await post(served.port, { model: "other", stream: false })).status === 200;
    for (let tries = 0; tries < 60 && !(await taken()); tries++) await sleep(50);
    expect(await taken()).toBe(true);
  });

  test("a stop runs in order: not ready, nobody new, what runs ends whole, the journal is empty, gone", async () => {
    upstream = await startTextUpstream();
    const model = `chat/${upstream.add(words(900))}`;
    gateway = await startWorkers(2, { config: { ...demo, providers: providersAt(upstream.url), models: {} } });
    const pids = workersOf(gateway);
    const streams = Array.from({ length: 12 }, () => post(gateway?.port ?? 0, { model, stream: true }));
    const { bodies } = upstream;
    expect(await until(() => bodies.length === 12, 5_000)).toBe(true);
    const kept = connect(gateway.port, "127.0.0.1");
    let said = "";
    kept.on("data", (bytes) => {
      said += bytes;
    });
    kept.on("error", () => undefined);
    kept.write("GET /readyz HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n");
    expect(await until(() => said.includes('"ready"'), 2_000)).toBe(true);
    // Half a request keeps a connection open: its answer tells how things are by then.
    kept.write("GET /readyz HTTP/1.1\r\nhost: 127");
    await sleep(50);
    const stopped = gateway.stop();
    await sleep(300);
    kept.write(".0.0.1\r\n\r\n");
    expect(await until(() => said.includes('"draining"'), 2_000)).toBe(true);
    expect(said).toContain("503");
    expect(await isTaken(gateway.port)).toBe(false);
    expect(pids.every(isAlive)).toBe(true);
    for (const { status, body, error } of await Promise.all(streams)) {
      expect([status, error]).toEqual([200, undefined]);
      expect(body).toEndWith("data: [DONE]\n\n");
      expect(body).toContain("word 899 ");
    }
    await stopped;
    expect(pids.some(isAlive)).toBe(false);
    expect(readdirSync(join(gateway.folder, "data", "journal"))).toEqual([]);
    const { records } = await readLedger(gateway.folder);
    expect([...records.values()].map(({ outcome }) => outcome)).toEqual(Array(12).fill("success"));
  });

  test("when the supervisor is killed the workers let their requests end, and go", async () => {
    upstream = await startTextUpstream();
    const model = `chat/${upstream.add(words(900))}`;
    gateway = await startWorkers(2, { config: { ...demo, providers: providersAt(upstream.url), models: {} } });
    const pids = workersOf(gateway);
    const stream = post(gateway.port, { model, stream: true });
    const { bodies } = upstream;
    expect(await until(() => bodies.length === 1, 5_000)).toBe(true);
    await gateway.kill();
    expect((await stream).body).toEndWith("data: [DONE]\n\n");
    expect(await until(() => !pids.some(isAlive), 10_000)).toBe(true);
  });

  test("all can be replaced: the old ones are gone, new ones serve", async () => {
    gateway = await startWorkers(2, { config: demo });
    const before = workersOf(gateway);
    await replaceAll(gateway);
    const served = gateway;
    expect(await until(() => !before.some(isAlive), 15_000)).toBe(true);
    expect(workersOf(served).length).toBe(2);
    expect((await post(gateway.port, hello)).status).toBe(200);
  });
});

describe("what one worker is told", () => {
  test("all know within a second: a key that was made, and that it was revoked", async () => {
    const adminKey = "sk-sluice-admin-suites-6t1v8z3c5b";
    gateway = await startWorkers(3, { config: demo, env: { SLUICE_ADMIN_KEY: adminKey } });
    const { port } = gateway;
    const operate = (method: string, path: string, body?: object) =>
      fetch(`http://127.0.0.1:${port}/admin/v1${path}`, {
        method,
        headers: { authorization: `Bearer ${adminKey}`, "content-type": "application/json" },
        ...(body && { body: JSON.stringify(body) }),
      });
    /** How long until so many connections in a row, which chance leads to all workers, hear the same. */
    const heardBy = async (key: string, wanted: number): Promise<number> => {
      const since = performance.now();
      for (let row = 0; row < 16; ) {
        const { status } = await post(port, hello, undefined, key);
        row = status === wanted ? row + 1 : 0;
        if (performance.now() - since > 10_000) throw new Error(`still ${status}`);
      }
      return performance.now() - since;
    };
    const slowest = { made: 0, revoked: 0 };
    for (let round = 0; round < 5; round++) {
      const { id, key } = (await (await operate("POST", "/keys", { name: `shared-${round}` })).json()) as { id: string; key: string };
      slowest.made = Math.max(slowest.made, await heardBy(key, 200));
      expect((await operate("DELETE", `/keys/${id}`)).status).toBe(204);
      slowest.revoked = Math.max(slowest.revoked, await heardBy(key, 401));
    }
    // The sixteen requests take a while themselves.
    expect(slowest.made).toBeLessThan(1_500);
    expect(slowest.revoked).toBeLessThan(1_500);
  });
});

describe("a start that cannot be", () => {
  const failing = async (words: readonly string[], config: Readonly<Record<string, unknown>> = demo, port = 0): Promise<string> => {
    const folder = makeFolder();
    try {
      const started = await startGateway({ config, folder, words, port });
      await started.stop();
      return "it started";
    } catch (error) {
      return String(error);
    } finally {
      removeFolder(folder);
    }
  };

  test("is told once, in the words that one process has", async () => {
    expect(await failing(["--workers", "many"])).toContain("--workers takes a number or `auto`");
    expect(await failing(["--workers", "0"])).toContain("--workers takes a number or `auto`");
    expect(await failing(["--workers", "2"], { ...demo, modles: {} })).toContain("modles");
    expect(await failing(["--workers", "2"], { ...demo, stores: { counters: "memory" } })).toContain("cannot share counters");
  });

  test("finds the port taken, though another gateway's workers would share it", async () => {
    gateway = await startWorkers(2, { config: demo });
    expect(await failing(["--workers", "2"], demo, gateway.port)).toContain("is taken by another program");
    expect(await failing([], demo, gateway.port)).toContain("is taken by another program");
  });
});

/** The sockets outlive each worker, but not the stop. */
function isTaken(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.on("error", () => resolve(false));
    socket.on("connect", () => {
      socket.destroy();
      resolve(true);
    });
  });
}
