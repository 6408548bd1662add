// An installation that has lived in its data folder goes to a real PostgreSQL and a real Redis: `bun test ./test/stores/move.ts`.

import { Database } from "bun:sqlite";
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { randomBytes } from "node:crypto";
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SQL } from "bun";
import { freshGateway, type GatewayProcess, stopAll } from "../gitops/gateway-process.ts";
import { everyAnswer } from "./every-answer.ts";
import { call, type Lived, live, repeatKey, type ShowingUpstream, startShowingUpstream, writeConfig } from "./lived-installation.ts";
import { databasesOf } from "./postgres-databases.ts";
import { type StoreServer, startPostgres, startRedis } from "./servers.ts";

setDefaultTimeout(300_000);

const top = mkdtempSync(join(tmpdir(), "sluice-move-"));
const main = join(import.meta.dirname, "../../src/server/main.ts");
const masterKey = randomBytes(32).toString("base64");
/** What objects of the config may refer to. */
const lent = { UPSTREAM_KEY: "k", SUPPORT_KEY: "s" };
const shared = { SLUICE_MASTER_KEY: masterKey };
let postgres: StoreServer;
let redis: StoreServer;
let databases: ReturnType<typeof databasesOf>;
let upstream: ShowingUpstream;
/** Lived in once; each test has a copy. */
const origin = join(top, "origin");
let lived: Lived;
let before: Map<string, unknown>;
let auditBefore: readonly string[];

async function sluice(words: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const child = Bun.spawn([process.execPath, main, ...words], {
    env: { PATH: process.env.PATH ?? "", ...lent, ...env },
    stdout: "pipe",
    stderr: "pipe",
  });
  const [out, errors, code] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text(), child.exited]);
  return { code, out, errors, text: `${out}${errors}` };
}

const moveWords = (folder: string, config: string, ...more: string[]) => [
  "move",
  "--data",
  join(folder, "data"),
  "--config",
  config,
  ...more,
];

async function exported(folder: string, config: string, env: Readonly<Record<string, string>> = {}): Promise<readonly string[]> {
  const { code, out, errors } = await sluice(["audit", "export", "--data", join(folder, "data"), "--config", config], env);
  expect([code, errors]).toEqual([0, ""]);
  return out.trim().split("\n").slice(0, -1);
}

/** A copy of the installation, and a config that names servers with nothing on them. */
async function moving(name: string, counters: "redis" | "postgres" = "redis") {
  const folder = join(top, name);
  cpSync(origin, folder, { recursive: true });
  const control = counters === "redis" ? await databases.make() : await ownedDatabase();
  const records = await databases.make();
  const database = counters === "redis" ? `${redis.url}/${nextDatabase++}` : await databases.make();
  const stores = { control, records, counters: database };
  return { folder, stores, config: writeConfig(folder, upstream.url, stores), alone: writeConfig(folder, upstream.url) };
}

let nextDatabase = 0;

/** Of a user who may nothing else on the server. */
async function ownedDatabase(name = `plain_${randomBytes(6).toString("hex")}`, owns = true): Promise<string> {
  const admin = new SQL(postgres.url, { max: 1 });
  await admin.unsafe(`CREATE ROLE ${name} LOGIN`);
  await admin.unsafe(`CREATE DATABASE ${name} OWNER ${owns ? name : "sluice"}`);
  await admin.close();
  return postgres.url.replace("sluice@", `${name}@`).replace(/[^/]+$/, name);
}

beforeAll(async () => {
  [postgres, redis] = await Promise.all([startPostgres(), startRedis()]);
  databases = databasesOf(postgres);
  upstream = startShowingUpstream();
  const config = writeConfig(origin, upstream.url);
  lived = await live(origin, config, async (words) => {
    const { code, out, text } = await sluice([...words, "--data", join(origin, "data"), "--config", config]);
    if (code !== 0) throw new Error(`${words.join(" ")}: ${text}`);
    return out;
  });
  const gateway = await freshGateway(origin, config);
  before = await everyAnswer(gateway);
  await gateway.end("SIGTERM");
  auditBefore = await exported(origin, config);
});
afterAll(async () => {
  await stopAll();
  upstream.close();
  await databases.close();
  await postgres.remove();
  await redis.remove();
  rmSync(top, { recursive: true });
});

/** Without the master key's id and the config's path, which are others. NUL is no character of PostgreSQL's: sums have another sign for it. */
function told(answers: Map<string, unknown>): Map<string, unknown> {
  const plain = (_: string, value: unknown) =>
    typeof value === "string" ? value.replace(/^mk_.*|^.*\.yaml$/, "…").replaceAll("\0", "\ufffd") : value;
  return new Map([...answers].map(([asked, answer]) => [asked, JSON.parse(JSON.stringify(answer, plain))]));
}

/** All that was promised before holds on this gateway. */
async function holdsAll(gateway: GatewayProcess): Promise<void> {
  const after = told(await everyAnswer(gateway));
  for (const [asked, answer] of told(before)) expect([asked, after.get(asked)]).toEqual([asked, answer]);
  expect([...after.keys()]).toEqual([...before.keys()]);

  const body = await gateway.ask("GET", `/records/${lived.record}/body`);
  expect([body.status, JSON.stringify(body.body).includes("end-user-1")]).toEqual([200, true]);
  const asked = upstream.asked;
  const again = await call(gateway, lived.key, "shown", { "idempotency-key": repeatKey });
  expect([again.status, again.text, upstream.asked]).toEqual([200, lived.answer, asked]);
  const repeated = await gateway.ask("POST", "/teams", { name: "repeated" }, { "idempotency-key": repeatKey });
  expect([repeated.status, repeated.body.id]).toEqual([201, lived.act.id]);
  // Three of five were used before, and the replay was a request.
  const left = [await call(gateway, lived.key, "shown"), await call(gateway, lived.key)];
  expect(left.map(({ status }) => status)).toEqual([200, 429]);
  expect(left[0]?.text).toContain(`Bearer ${lived.vaultValue}`);
  expect((await call(gateway, lived.revokedKey)).status).toBe(401);
  const get = async (path: string, credential: string) =>
    (await fetch(`${gateway.url}${path}`, { headers: { authorization: `Bearer ${credential}` } })).status;
  expect(await get("/admin/v1/keys", lived.adminKey)).toBe(200);
  expect(await get("/admin/v1/me", lived.session)).toBe(200);
  expect(await get("/scim/v2/Users", lived.scimToken)).toBe(200);
  expect(await get("/scim/v2/Users", `${lived.scimToken}x`)).toBe(401);
}

describe("an installation that has lived in its data folder", () => {
  test.each(["redis", "postgres"] as const)("is on PostgreSQL what it was, with counters on %s", async (counters) => {
    const { folder, config } = await moving(`whole-${counters}`, counters);
    const dry = await sluice(moveWords(folder, config, "--dry-run"), shared);
    expect([dry.code, dry.errors]).toEqual([0, ""]);
    expect(dry.out).toContain("Nothing was moved");

    const done = await sluice(moveWords(folder, config), shared);
    expect([done.code, done.errors]).toEqual([0, ""]);
    console.log(done.out);

    const gateway = await freshGateway(folder, config, "", shared);
    await holdsAll(gateway);
    await gateway.end("SIGTERM");
    const verified = await sluice(["audit", "verify", "--data", join(folder, "data"), "--config", config], shared);
    expect([verified.code, verified.text]).toEqual([0, expect.stringContaining("The audit log is whole")]);
    const log = await exported(folder, config, shared);
    expect(log.slice(0, auditBefore.length)).toEqual([...auditBefore]);
    const moved = log.slice(auditBefore.length, auditBefore.length + 2).map((line) => JSON.parse(JSON.parse(line).line));
    expect(moved.map(({ operation, outcome }) => [operation, outcome])).toEqual([
      ["installation.move", "asked"],
      ["installation.move", "done"],
    ]);
    const month = await sluice(["chargeback", "show", lived.month, "--data", join(folder, "data"), "--config", config], shared);
    expect([month.code, month.errors]).toEqual([0, ""]);

    const again = await sluice(moveWords(folder, config), shared);
    expect([again.code, again.errors]).toEqual([0, ""]);
    expect(again.out).toContain("was moved from");
    expect(readFileSync(join(folder, "data", "moved.json"), "utf8")).toContain("doneAt");
  });
});

describe("a move is refused", () => {
  const refused = async (words: readonly string[], env: Readonly<Record<string, string>>, ...reasons: string[]) => {
    const { code, text } = await sluice(words, env);
    expect([code, ...reasons.filter((reason) => !text.includes(reason)), text.includes("unforeseen")]).toEqual([1, false]);
    expect(text).not.toContain("@127.0.0.1");
  };

  test("while a gateway runs on the folder, also one to which nothing happens", async () => {
    const { folder, config, alone } = await moving("running");
    const gateway = await freshGateway(folder, alone);
    await refused(moveWords(folder, config), shared, "Stop it first");
    await gateway.end("SIGKILL");
    expect((await sluice(moveWords(folder, config), shared)).code).toBe(0);
  });

  test("without the master key that all nodes get, with one that is none, and where a secret is sealed by another", async () => {
    const { folder, config } = await moving("locked");
    await refused(moveWords(folder, config), {}, "SLUICE_MASTER_KEY is not set");
    await refused(moveWords(folder, config), { SLUICE_MASTER_KEY: "too-short" }, "is not 32 bytes");
    const control = new Database(join(folder, "data", "control.db"));
    const [{ sealed }] = control.query("SELECT sealed FROM sealed_secrets WHERE name = 'shown'").all() as [{ sealed: string }];
    const damaged = `${sealed.slice(0, 20)}${sealed[20] === "A" ? "B" : "A"}${sealed.slice(21)}`;
    control.run("UPDATE sealed_secrets SET sealed = ? WHERE name = 'shown'", [damaged]);
    control.close();
    await refused(moveWords(folder, config), shared, '"shown"', "does not open");
    rmSync(join(folder, "data", "secrets", "master-key"));
    await refused(moveWords(folder, config), shared, "sealed secrets need the master key mk_");
    expect(existsSync(join(folder, "data", "moved.json"))).toBe(false);
  });

  test("to servers that are not empty, or are not there, and nothing is written then", async () => {
    for (const part of ["control", "records", "counters"] as const) {
      const { folder, config, stores } = await moving(`filled-${part}`);
      const other = join(top, `other-${part}`);
      const own = { control: await databases.make(), records: "sqlite", counters: "sqlite", [part]: stores[part] };
      const gateway = await freshGateway(other, writeConfig(other, undefined, own), "", { ...shared, ...lent });
      const { key } = (await gateway.ask("POST", "/keys", { name: "k", limits: { requestsPerDay: 9 } })).body;
      expect((await call(gateway, key)).status).toBe(200);
      await gateway.end("SIGTERM");
      await refused(moveWords(folder, config), shared, `stores.${part} is not empty`);
      expect(existsSync(join(folder, "data", "moved.json"))).toBe(false);
      const dead = writeConfig(folder, upstream.url, { ...stores, [part]: stores[part].replace(/:\d+\//, ":9/") });
      await refused(moveWords(folder, dead), shared, `stores.${part} does not answer`);
    }
  });

  test("to a database that the user may make nothing in", async () => {
    const { folder, stores } = await moving("no-rights");
    const config = writeConfig(folder, upstream.url, { ...stores, control: await ownedDatabase(undefined, false) });
    await refused(moveWords(folder, config), shared, "(42501)", "GRANT CREATE ON DATABASE");
  });

  test("of data that a newer version has written, of a folder without any, and to no server", async () => {
    const { folder, config, alone } = await moving("newer");
    const database = new Database(join(folder, "data", "records.db"));
    database.run("PRAGMA user_version = 99");
    database.close();
    await refused(moveWords(folder, config), shared, "records.db has schema 99", "Start the newer version");
    await refused(moveWords(join(top, "nowhere"), config), shared, "There is nothing to move");
    await refused(moveWords(folder, alone), shared, "names no server to move to");
    await refused(moveWords(folder, config, "--only", "keys"), shared, 'no part "keys"');
  });

  test("a second time to other servers; and no gateway begins on what was moved away, until somebody wants it so", async () => {
    const { folder, config, alone, stores } = await moving("twice");
    const only = await sluice(moveWords(folder, config, "--only", "control", "--json"), shared);
    expect([only.code, JSON.parse(only.out).parts[0].part, JSON.parse(only.out).parts[0].counts.keys]).toEqual([0, "control", 4]);
    const others = { ...stores, control: await databases.make() };
    await refused(moveWords(folder, writeConfig(folder, upstream.url, others)), shared, "control.db", "it is not moved twice");
    const start = ["serve", "--port", "0", "--data", join(folder, "data"), "--config", alone];
    await refused(start, {}, "control.db", "was moved to a server");
    // What is left is moved afterwards, and counted by the log of the new store.
    expect((await sluice(moveWords(folder, writeConfig(folder, upstream.url, stores)), shared)).code).toBe(0);
    await refused(start, {}, "was moved to a server");
    rmSync(join(folder, "data", "moved.json"));
    const gateway = await freshGateway(folder, alone);
    expect((await call(gateway, lived.key)).status).toBe(200);
    await gateway.end("SIGTERM");
  });
});

test("what a gateway was killed under load with is moved: each answered request is recorded once, and counted by limits", async () => {
  const { folder, config, alone, stores } = await moving("under-load");
  const gateway = await freshGateway(folder, alone);
  const limit = { requestsPerDay: 400 };
  const { key, id } = (await gateway.ask("POST", "/keys", { name: "loaded", limits: limit, budget: { usd: 5, per: "month" } })).body;
  const answered: string[] = [];
  const loads = Array.from({ length: 8 }, async () => {
    for (;;) {
      const answer = await call(gateway, key).catch(() => undefined);
      if (answer?.status !== 200) return;
      answered.push(answer.id);
    }
  });
  while (answered.length < 150) await Bun.sleep(5);
  await gateway.end("SIGKILL");
  await Promise.all(loads);
  const { code, text } = await sluice(moveWords(folder, config), shared);
  expect([code, code === 0 || text]).toEqual([0, true]);

  const sql = new SQL(stores.records, { max: 1 });
  const lines: { id: string; cost: string }[] = await sql.unsafe(
    "SELECT id, coalesce(cost_nanos, 0)::text AS cost FROM sluice.records WHERE key_id = $1",
    [id],
  );
  const [sums] = await sql.unsafe(
    "SELECT sum(requests)::text AS requests, sum(cost_nanos)::text AS cost FROM sluice.rollups WHERE key_id = $1",
    [id],
  );
  await sql.close();
  const recorded = new Set(lines.map((line) => line.id));
  expect([recorded.size, answered.filter((each) => !recorded.has(each))]).toEqual([lines.length, []]);
  const cost = lines.reduce((sum, line) => sum + BigInt(line.cost), 0n);
  expect([Number(sums.requests), BigInt(sums.cost)]).toEqual([lines.length, cost]);

  const after = await freshGateway(folder, config, "", { ...shared, ...lent });
  const limits = (await after.ask("GET", `/limits?kind=key&of=${id}`)).body.data as { measure: string; used: number; limit: number }[];
  const used = (measure: string) => limits.find((each) => each.measure === measure)?.used ?? 0;
  console.log(
    `${answered.length} answered, ${lines.length} recorded; the limit counts ${used("requests")} requests and ${used("nanos")} of ${cost} nano-dollars`,
  );
  // What a killed process may have used untold counts as used, and never less than was.
  expect([used("requests") >= answered.length, used("requests") <= limit.requestsPerDay]).toEqual([true, true]);
  expect([used("nanos") >= Number(cost), used("nanos") <= 5e9]).toEqual([true, true]);
  await after.end("SIGTERM");
});

describe("a move that is broken off", () => {
  const turns = 5;

  test("by SIGKILL, wherever, goes on with the next run: nothing is lost, and nothing there twice", async () => {
    const ended: Record<string, number> = {};
    const timed = await moving("timed", "postgres");
    const began = performance.now();
    expect((await sluice(moveWords(timed.folder, timed.config), shared)).code).toBe(0);
    const wholeMs = performance.now() - began;
    for (const counters of ["redis", "postgres"] as const) {
      for (let turn = 0; turn < turns; turn++) {
        const { folder, config } = await moving(`killed-${counters}-${turn}`, counters);
        for (let kill = 0; kill < 2; kill++) {
          const child = Bun.spawn([process.execPath, main, ...moveWords(folder, config)], {
            env: { PATH: process.env.PATH ?? "", ...lent, ...shared },
            stdout: "ignore",
            stderr: "ignore",
          });
          const timer = setTimeout(() => child.kill("SIGKILL"), wholeMs * (0.5 + 0.5 * ((turn + kill / 2) / turns)));
          await child.exited;
          clearTimeout(timer);
          const path = join(folder, "data", "moved.json");
          const parts = existsSync(path) ? (JSON.parse(readFileSync(path, "utf8")).parts as Record<string, { doneAt?: string }>) : {};
          const done = Object.keys(parts).filter((part) => parts[part]?.doneAt);
          const place =
            child.signalCode === null ? "at its end" : `${Object.keys(parts).length > 0 ? "begun" : "not begun"}, done: ${done}`;
          ended[place] = (ended[place] ?? 0) + 1;
        }
        const { code, text } = await sluice(moveWords(folder, config), shared);
        expect([code, code === 0 || text]).toEqual([0, true]);
        const gateway = await freshGateway(folder, config, "", { ...shared, ...lent });
        await holdsAll(gateway);
        await gateway.end("SIGTERM");
        expect((await sluice(["audit", "verify", "--data", join(folder, "data"), "--config", config], shared)).code).toBe(0);
      }
    }
    console.log("killed:", ended);
  });
});
