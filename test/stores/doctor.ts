// What `sluice doctor` says of every store that the config names, and of those that are away: `bun test ./test/stores/doctor.ts`.
import { afterAll, beforeAll, beforeEach, expect, setDefaultTimeout, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { RedisClient } from "bun";
import { type S3Server, startS3 } from "../bodies/s3-server.ts";
import { startCluster } from "./redis-cluster.ts";
import { type StoreServer, startPostgres, startRedis } from "./servers.ts";
import { type SpoiltWay, startToxiproxy, type Toxiproxy } from "./toxiproxy.ts";

setDefaultTimeout(60_000);

const folder = mkdtempSync(join(tmpdir(), "sluice-doctor-of-stores-"));
const masterKey = Buffer.alloc(32, 7).toString("base64");
/** No server asks for it, and nobody is told it. */
const password = "password-canary-4711";
let postgres: StoreServer;
let redis: StoreServer;
let s3: S3Server;
let place: Readonly<Record<string, string>>;
let proxies: Toxiproxy;
let way: SpoiltWay;
let stores: Record<string, unknown>;

beforeAll(async () => {
  [postgres, redis, s3, proxies] = await Promise.all([startPostgres(), startRedis(), startS3(), startToxiproxy()]);
  way = await proxies.to(redis.port);
  place = { bucket: s3.bucket, region: "eu-central-1", endpoint: s3.url, ...s3.keys };
}, 300_000);
beforeEach(() => {
  const database = postgres.url.replace("sluice@", `sluice:${password}@`);
  const counters = `redis://127.0.0.1:${way.port}`;
  stores = { control: database, records: database, counters, bodies: { s3: place } };
});
afterAll(async () => {
  await Promise.all([postgres.remove(), redis.remove(), s3.remove(), proxies.close()]);
  rmSync(folder, { recursive: true });
});

interface Found {
  readonly what: string;
  readonly ok: boolean;
  readonly said: string;
  readonly mend?: string;
}

async function doctor(data = "data"): Promise<{ code: number; found: Record<string, Found> }> {
  const config = join(folder, "sluice.json");
  writeFileSync(config, JSON.stringify({ providers: { demo: {} }, stores }));
  const main = join(import.meta.dirname, "../../src/server/main.ts");
  const words = ["doctor", "--json", "--config", config, "--data", join(folder, data)];
  const env = { PATH: process.env.PATH ?? "", SLUICE_MASTER_KEY: masterKey };
  const child = Bun.spawn([process.execPath, main, ...words], { cwd: folder, env, stdout: "pipe", stderr: "pipe" });
  const [out, errors, code] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text(), child.exited]);
  expect(`${out}${errors}`).not.toContain("canary");
  const { findings } = JSON.parse(out) as { findings: readonly Found[] };
  return { code, found: Object.fromEntries(findings.map((each) => [each.what, each])) };
}

const isOk = (found: Record<string, Found>) => Object.fromEntries(Object.entries(found).map(([what, { ok }]) => [what, ok]));
const well = {
  config: true,
  "control store": true,
  "journal and records": true,
  "limits and budgets": true,
  "store of bodies": true,
  "provider demo": true,
};

test("of a folder that is not there yet, what is elsewhere is looked at all the same", async () => {
  stores = { ...stores, control: "sqlite" };
  const { code, found } = await doctor("none");
  const { "control store": _, ...others } = well;
  expect([code, isOk(found)]).toEqual([0, { ...others, data: true }]);
  expect(found["limits and budgets"]?.said).toMatch(/^Redis or Valkey answers after \d+\.\d ms$/);
});

test("nothing is said to be well while a server is dead, and the others are well", async () => {
  mkdirSync(join(folder, "data"), { recursive: true });
  expect(await doctor().then(({ code, found }) => [code, isOk(found)])).toEqual([0, well]);
  await redis.stop();
  const noCounters = await doctor();
  await redis.start();
  await postgres.stop();
  const noDatabase = await doctor();
  await postgres.start();
  expect([noCounters.code, isOk(noCounters.found)]).toEqual([1, { ...well, "limits and budgets": false }]);
  expect([noDatabase.code, isOk(noDatabase.found)]).toEqual([1, { ...well, "control store": false, "journal and records": false }]);
  expect(noDatabase.found["control store"]?.said).toContain("Nodes that run go on with what they know");
  expect(noDatabase.found["journal and records"]?.said).toContain("Requests go on");
  expect(noDatabase.found["journal and records"]?.mend).toContain("`stores.records`");
  expect((await doctor()).code).toBe(0);
});

test("a server that hangs is away too", async () => {
  redis.hang();
  const { code, found } = await doctor();
  redis.resume();
  expect([code, isOk(found)]).toEqual([1, { ...well, "limits and budgets": false }]);
});

test.each([
  [
    {},
    "requests under limits pass up to 10 % of each limit in each process, and are counted when it is back, those under budgets are refused with 503",
  ],
  [{ limits: "allow" }, "requests under limits pass, and are counted when it is back, those under budgets are refused with 503"],
  [
    { limits: "local-share", budgets: "local-share", localShare: 0.05 },
    "requests under limits and budgets pass up to 5 % of each limit in each process",
  ],
])("while the counters are away it says what the config has become of requests: %j", async (onLoss, meaning) => {
  stores = { ...stores, counters: "redis://127.0.0.1:1", onLoss };
  const { code, found } = await doctor();
  expect(code).toBe(1);
  expect(found["limits and budgets"]?.said).toContain(meaning);
});

test("a server that answers later than a call may take is told from one that is dead", async () => {
  await way.spoil("latency", { latency: 40 });
  const { code, found } = await doctor();
  await way.heal();
  expect(code).toBe(1);
  expect(found["limits and budgets"]?.said).toMatch(/answers after 8\d\.\d ms, and a call may take 50: for requests it is away/);
  stores = { ...stores, timeoutMs: 5_000 };
  expect((await doctor()).code).toBe(0);
});

test("a bucket that is not there, or is not to be written, is told", async () => {
  stores = { ...stores, bodies: { s3: { ...place, bucket: "nowhere" } } };
  const missing = await doctor();
  stores = { ...stores, bodies: { s3: { ...place, secretAccessKey: password } } };
  const refused = await doctor();
  expect([missing.code, missing.found["store of bodies"]?.said]).toEqual([1, expect.stringContaining("404 NoSuchBucket")]);
  expect([refused.code, refused.found["store of bodies"]?.said]).toEqual([1, expect.stringContaining("403")]);
});

test("a server that makes room by forgetting is told of, as long as it may", async () => {
  const client = new RedisClient(redis.url);
  const set = (name: string, value: string) => client.send("CONFIG", ["SET", name, value]);
  await set("maxmemory-policy", "volatile-lru");
  expect((await doctor()).found["limits and budgets"]?.ok).toBe(true);
  await set("maxmemory", "100mb");
  const { code, found } = await doctor();
  expect([code, isOk(found)]).toEqual([1, { ...well, "limits and budgets": false }]);
  expect(found["limits and budgets"]?.said).toContain("forgets what was used of limits and budgets when its memory is full");
  expect(found["limits and budgets"]?.mend).toContain("noeviction");
  await set("maxmemory-policy", "noeviction");
  expect((await doctor()).found["limits and budgets"]?.ok).toBe(true);
  client.close();
});

test("a cluster is called one", async () => {
  const cluster = await startCluster();
  try {
    stores = { ...stores, counters: cluster.masters[1].url };
    const { found } = await doctor();
    expect([found["limits and budgets"]?.ok, found["limits and budgets"]?.said]).toEqual([
      true,
      expect.stringContaining("a cluster of 3 masters"),
    ]);
    await cluster.masters[2].ask("CONFIG", "SET", "maxmemory", "100mb");
    await cluster.masters[2].ask("CONFIG", "SET", "maxmemory-policy", "allkeys-lfu");
    expect((await doctor()).found["limits and budgets"]?.said).toContain("allkeys-lfu");
  } finally {
    await cluster.remove();
  }
});
