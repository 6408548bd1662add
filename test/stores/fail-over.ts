// Control on a PostgreSQL that fails over to a standby which was behind: `bun test ./test/stores/fail-over.ts`.
import { afterAll, afterEach, beforeEach, expect, test } from "bun:test";
import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SQL } from "bun";
import { issueKey, KeyHasher, KeyIndex } from "../../src/auth/index.ts";
import { openControl } from "../../src/storage/control/open-control.ts";
import { freshGateway, type GatewayProcess, stopAll } from "../gitops/gateway-process.ts";
import { type StoreServer, startPostgres } from "./servers.ts";

let server: StoreServer;
const folder = mkdtempSync(join(tmpdir(), "sluice-fail-over-"));

beforeEach(async () => {
  server = await startPostgres();
}, 300_000);
afterEach(async () => {
  await stopAll();
  await server.remove();
}, 60_000);
afterAll(() => rmSync(folder, { recursive: true }));

/** What a standby has heard by now; it hears no more. */
async function copyStandby(): Promise<void> {
  await server.stop();
  const { status, stderr } = spawnSync("cp", ["-a", join(server.folder, "data"), join(server.folder, "behind")], { encoding: "utf8" });
  if (status !== 0) throw new Error(stderr);
  await server.start();
}

/** The server dies, and one that has what was there when it was copied takes its place and address. */
async function failOver(): Promise<void> {
  await server.kill();
  renameSync(join(server.folder, "data"), join(server.folder, "dead"));
  renameSync(join(server.folder, "behind"), join(server.folder, "data"));
  writeFileSync(join(server.folder, "data", "standby.signal"), "");
  await server.start();
  const sql = new SQL(server.url, { max: 1 });
  await sql.unsafe("SELECT pg_promote(true, 30)");
  await sql.close();
}

async function until(holds: () => boolean | Promise<boolean>, withinMs: number): Promise<number> {
  const begun = performance.now();
  while (!(await holds())) {
    if (performance.now() - begun > withinMs) return Number.POSITIVE_INFINITY;
    await Bun.sleep(20);
  }
  return performance.now() - begun;
}

const masterKey = randomBytes(32).toString("base64");
const hasher = new KeyHasher(Buffer.alloc(32, 7));

test("a node that has heard what the standby never did hears all that is said from then on, and forgets what is gone", async () => {
  const open = async () => openControl({ folder, where: server.url, warn: () => undefined });
  const operator = await open();
  const make = async (name: string, fields: object = {}) => {
    const { text, stored } = await issueKey({ kind: "key", name, ...fields }, operator.control.keys, hasher, Date.now());
    return { text, id: stored.id };
  };
  const application = (await operator.control.directory.application.insert({ name: "app" }, 1)).id;
  const [revoked, ended, spared] = [await make("revoked"), await make("ended", { application }), await make("spared")];
  await copyStandby();
  const node = await open();
  const heard: string[] = [];
  const index = await KeyIndex.open({ control: node.control, hasher, onEnded: (ids) => void heard.push(...ids) });
  const works = (key: { text: string }) => (index.find(key.text)?.endsAt ?? 0) > Date.now();
  expect([works(revoked), works(ended), works(spared)]).toEqual([true, true, true]);

  // What the standby never hears of.
  const { control } = operator;
  expect(await until(() => operator.isUp(), 5_000)).toBeLessThan(5_000);
  await control.keys.revoke(spared.id, Date.now());
  const lost = await make("lost");
  for (let at = 0; at < 5; at++) await control.directory.team.insert({ name: `team ${at}` }, 1);
  for (let at = 0; at < 60; at++) await make(`lost ${at}`);
  expect(await until(() => works(lost) && !works(spared), 5_000)).toBeLessThan(5_000);

  await failOver();
  expect(await until(() => operator.isUp() && node.isUp(), 10_000)).toBeLessThan(10_000);
  heard.length = 0;
  await control.keys.revoke(revoked.id, Date.now());
  await control.directory.application.update(application, { active: false }, 2);
  const tookMs = [
    await until(() => !works(revoked), 3_000),
    await until(() => !works(ended), 3_000),
    await until(() => !works(lost), 3_000),
  ];
  console.log(JSON.stringify({ tookMs: tookMs.map(Math.round) }));
  expect(tookMs.map((ms) => ms < 2_000)).toEqual([true, true, true]);
  expect(heard.toSorted()).toEqual(expect.arrayContaining([revoked.id, ended.id, lost.id]));
  // That it was revoked is forgotten, as all that the standby did not have.
  expect(works(spared)).toBe(true);
  await index.close().catch(() => undefined);
  node.close();
  operator.close();
}, 120_000);

test("a node that serves a version of the config which is gone serves the one that has come in its place, under the same number", async () => {
  const start = (name: string) => {
    mkdirSync(join(folder, name), { recursive: true });
    const config = join(folder, name, "sluice.yaml");
    writeFileSync(config, `stores: { control: "${server.url}" }\nproviders: { demo: {} }\n`);
    return freshGateway(join(folder, name), config, "", { SLUICE_MASTER_KEY: masterKey });
  };
  const [one, other] = [await start("one"), await start("other")];
  const { body } = await one.ask("POST", "/keys", { name: "calls" });
  const apply = (node: GatewayProcess, name: string) =>
    node.ask("POST", "/config/apply", { owner: "test", objects: { models: { [name]: "demo/echo" } } });
  const calls = async ({ url }: GatewayProcess, model: string) => {
    const answer = await fetch(`${url}/v1/chat/completions`, {
      method: "POST",
      headers: { authorization: `Bearer ${body.key}`, "content-type": "application/json" },
      body: JSON.stringify({ model, messages: [{ role: "user", content: "x" }] }),
    });
    await answer.text();
    return answer.status === 200;
  };
  const isReady = async (node: GatewayProcess) => (await node.ask("GET", "/keys")).status === 200;
  expect((await apply(one, "kept")).status).toBe(200);
  await copyStandby();
  expect(await until(() => isReady(one), 10_000)).toBeLessThan(10_000);
  expect((await apply(one, "lost")).status).toBe(200);
  expect(await until(() => calls(other, "lost"), 10_000)).toBeLessThan(10_000);
  await failOver();
  expect(await until(async () => (await isReady(one)) && isReady(other), 20_000)).toBeLessThan(20_000);
  expect((await apply(other, "next")).status).toBe(200);
  const tookMs = await until(() => calls(one, "next"), 3_000);
  console.log(JSON.stringify({ config: Math.round(tookMs) }));
  expect(tookMs).toBeLessThan(2_000);
  expect(await calls(one, "lost")).toBe(false);
}, 120_000);
