// `Idempotency-Key` across workers, nodes and deaths: `bun test ./test/repeats/processes.ts`.
import { afterAll, afterEach, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { clientKey, type GatewayProcess, makeFolder, readLedger, removeFolder, startGateway } from "../faults/gateway-process.ts";
import { until } from "../faults/promise.ts";
import { providersAt } from "../faults/upstream-config.ts";
import { databasesOf } from "../stores/postgres-databases.ts";
import { type StoreServer, startPostgres, startRedis } from "../stores/servers.ts";
import { startWorkers } from "../workers/workers-of.ts";
import { type CountingUpstream, startCountingUpstream } from "./counting-upstream.ts";

setDefaultTimeout(120_000);

let upstream: CountingUpstream;
let gateways: GatewayProcess[] = [];
let folders: string[] = [];

beforeAll(async () => {
  upstream = await startCountingUpstream();
});
afterAll(() => upstream.close());
afterEach(async () => {
  for (const gateway of gateways) await gateway.stop();
  for (const folder of folders) removeFolder(folder);
  gateways = [];
  folders = [];
});

const config = (more: object = {}) => ({ providers: providersAt(upstream.url), drainSeconds: 20, ...more });

async function start(options: { folder?: string; more?: object; env?: Record<string, string> } = {}): Promise<GatewayProcess> {
  const { folder = newFolder(), more, env } = options;
  const gateway = await startGateway({ config: config(more), folder, ...(env && { env }) });
  gateways.push(gateway);
  return gateway;
}

function newFolder(): string {
  const folder = makeFolder();
  folders.push(folder);
  return folder;
}

type Shape = "whole" | "stream" | "embeddings";

/** On a connection of its own, so that it may come to any worker. */
async function ask({ port }: GatewayProcess, model: string, key: string | undefined, shape: Shape = "whole") {
  const path = shape === "embeddings" ? "embeddings" : "chat/completions";
  const said = shape === "embeddings" ? { input: "hi" } : { messages: [{ role: "user", content: "hi" }], stream: shape === "stream" };
  const response = await fetch(`http://127.0.0.1:${port}/v1/${path}`, {
    method: "POST",
    headers: {
      authorization: `Bearer ${clientKey}`,
      "content-type": "application/json",
      connection: "close",
      ...(key !== undefined && { "idempotency-key": key }),
    },
    body: JSON.stringify({ model: `chat/${model}`, ...said }),
  });
  const text = await response.text();
  const [id, replayed] = ["x-sluice-request-id", "idempotent-replayed"].map((name) => response.headers.get(name));
  return { status: response.status, text, id: id ?? "", replayed: replayed === "true" };
}

async function explained(folder: string, id: string): Promise<string> {
  const main = join(import.meta.dirname, "../../src/server/main.ts");
  const data = ["--data", join(folder, "data"), "--config", join(folder, "sluice.json")];
  const child = Bun.spawn([process.execPath, main, "explain", id, ...data], { stdout: "pipe", stderr: "inherit" });
  return new Response(child.stdout).text();
}

const codeOf = ({ text }: { readonly text: string }) => (JSON.parse(text) as { error: { code: string } }).error.code;
const shapes = ["whole", "stream", "embeddings"] as const;

/** Fifty at once, in turns at each of them: the provider is asked once, and all get the same. */
async function crowd(at: readonly GatewayProcess[], name: string): Promise<void> {
  for (const shape of shapes) {
    const model = `${name}-${shape}-300`;
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, index) => ask(at[index % at.length] as GatewayProcess, model, `key-${model}`, shape)),
    );
    const texts = new Set(answers.map(({ text }) => text));
    expect([shape, upstream.calls(model), texts.size, answers.filter(({ status }) => status === 200).length]).toEqual([shape, 1, 1, 50]);
    expect(answers.filter(({ replayed }) => replayed).length).toBe(49);
  }
}

describe("one machine", () => {
  test("fifty at once at two workers ask the provider once, and each has its record", async () => {
    const gateway = await startWorkers(2, { config: config(), folder: newFolder() });
    gateways.push(gateway);
    await crowd([gateway], "workers");
    await gateway.stop();
    const { records } = await readLedger(gateway.folder);
    const repeats = [...records.values()].map(({ detail, costNanos, usage }) => ({ repeat: detail.repeat, costNanos, usage }));
    expect(repeats.filter(({ repeat }) => repeat && "first" in repeat).length).toBe(3);
    const again = repeats.filter(({ repeat }) => repeat && "of" in repeat);
    expect([again.length, again.every(({ costNanos, usage }) => costNanos === 0 && usage === undefined)]).toEqual([147, true]);
  });

  test("what was answered is given again after a SIGKILL and a restart", async () => {
    const folder = newFolder();
    const gateway = await start({ folder });
    const first = await ask(gateway, "kept", "k", "stream");
    await gateway.kill();
    const next = await start({ folder });
    const again = await ask(next, "kept", "k", "stream");
    expect([again.status, again.text === first.text, again.replayed, upstream.calls("kept")]).toEqual([200, true, true, 1]);
    await next.stop();
    expect(await explained(folder, first.id)).toContain("Idempotency-Key: the first with it");
    expect(await explained(folder, again.id)).toContain(`what ${first.id} was answered was given again`);
  });

  test("what a killed process had asked is not asked again", async () => {
    const folder = newFolder();
    const gateway = await start({ folder });
    const asked = ask(gateway, "killed-60000", "k").catch((error: Error) => error);
    expect(await until(() => upstream.calls("killed-60000") === 1, 5_000)).toBe(true);
    await gateway.kill();
    expect(await asked).toBeInstanceOf(Error);
    const next = await start({ folder, more: { idempotency: { waitSeconds: 1 } } });
    expect(codeOf(await ask(next, "killed-60000", "k"))).toBe("repetition_under_way");
    const codes: string[] = [];
    for (const end = performance.now() + 60_000; codes.at(-1) !== "repetition_unknown" && performance.now() < end; )
      codes.push(codeOf(await ask(next, "killed-60000", "k")));
    expect(new Set(codes)).toEqual(new Set(["repetition_under_way", "repetition_unknown"]));
    expect(upstream.calls("killed-60000")).toBe(1);
  });

  test("a stop waits for an answer whose client has left, and it is kept", async () => {
    const folder = newFolder();
    const gateway = await start({ folder });
    const leaving = new AbortController();
    const headers = { authorization: `Bearer ${clientKey}`, "content-type": "application/json", "idempotency-key": "k" };
    const body = JSON.stringify({ model: "chat/left-1500", messages: [{ role: "user", content: "hi" }], stream: true });
    const asked = fetch(`http://127.0.0.1:${gateway.port}/v1/chat/completions`, { method: "POST", headers, body, signal: leaving.signal });
    asked.then((response) => response.text()).catch(() => undefined);
    expect(await until(() => upstream.calls("left-1500") === 1, 5_000)).toBe(true);
    leaving.abort();
    await gateway.stop();
    const again = await ask(await start({ folder }), "left-1500", "k", "stream");
    expect([again.status, again.replayed, upstream.calls("left-1500")]).toEqual([200, true, 1]);
    expect(again.text).toContain("is over");
    expect(again.text).toEndWith("data: [DONE]\n\n");
  });
});

describe("two nodes", () => {
  const masterKey = randomBytes(32).toString("base64");
  let redis: StoreServer;
  let postgres: StoreServer;
  let databases: ReturnType<typeof databasesOf>;

  beforeAll(async () => {
    [redis, postgres] = await Promise.all([startRedis(), startPostgres()]);
    databases = databasesOf(postgres);
  }, 300_000);
  afterAll(async () => {
    await databases.close();
    await redis.remove();
    await postgres.remove();
  });

  /** Of one installation, each with a data folder of its own. */
  async function nodes(counters: string, control: string, more: object = {}): Promise<[GatewayProcess, GatewayProcess]> {
    const options = { more: { stores: { control, counters, timeoutMs: 500 }, ...more }, env: { SLUICE_MASTER_KEY: masterKey } };
    return [await start(options), await start(options)];
  }

  test.each(["redis", "postgres"] as const)("on %s ask the provider once, fifty at once and one after another", async (kind) => {
    const control = await databases.make();
    const both = await nodes(kind === "redis" ? redis.url : await databases.make(), control);
    await crowd(both, kind);
    const first = await ask(both[0], `${kind}-later`, "later");
    const again = await ask(both[1], `${kind}-later`, "later");
    expect([again.replayed, again.text === first.text, upstream.calls(`${kind}-later`)]).toEqual([true, true, 1]);
  });

  test("while the server is away nothing with a key is asked, and an answer that was under way is kept when it is back", async () => {
    const [one, other] = await nodes(redis.url, await databases.make());
    const asked = ask(one, "away-1500", "away");
    expect(await until(() => upstream.calls("away-1500") === 1, 5_000)).toBe(true);
    await redis.stop();
    try {
      expect((await asked).status).toBe(200);
      for (const node of [one, other]) {
        expect((await ask(node, "plain", undefined)).status).toBe(200);
        expect((await ask(node, "never", "never")).status).toBe(503);
        expect(await (await fetch(`http://127.0.0.1:${node.port}/readyz`)).json()).toEqual({ status: "ready", degraded: ["counters"] });
      }
    } finally {
      await redis.start();
    }
    const isBack = async () => (await ask(other, "away-1500", "away")).replayed;
    for (const end = performance.now() + 30_000; !(await isBack()) && performance.now() < end; ) await Bun.sleep(200);
    expect([await isBack(), upstream.calls("away-1500"), upstream.calls("never")]).toEqual([true, 1, 0]);
    expect((await ask(other, "never", "never")).status).toBe(200);
  });

  test("while the server is away a key may pass where the config says so", async () => {
    const [one] = await nodes(redis.url, await databases.make(), { idempotency: { onLoss: "pass" } });
    await redis.stop();
    try {
      const statuses = [await ask(one, "pass", "pass"), await ask(one, "pass", "pass", "stream")].map(({ status }) => status);
      expect([statuses, upstream.calls("pass")]).toEqual([[200, 200], 2]);
    } finally {
      await redis.start();
    }
  });
});

test("no provider ever heard of a caller's key", () => {
  expect(upstream.headerNames.has("authorization")).toBe(true);
  expect(upstream.headerNames.has("idempotency-key")).toBe(false);
});
