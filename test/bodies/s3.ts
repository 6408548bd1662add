// Bodies in a bucket of a real S3 server: `bun test ./test/bodies/s3.ts`.
import { afterAll, beforeAll, expect, test } from "bun:test";
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type OpenedGateway, openGateway } from "../../src/gateway/index.ts";
import { type OpenedVault, openVault } from "../../src/secrets/index.ts";
import { startServer } from "../../src/server/index.ts";
import { startPostgres } from "../stores/servers.ts";
import { readBodies } from "./kept-bodies.ts";
import { type S3Server, startS3 } from "./s3-server.ts";

const value = "sk-sluice-bodies-0123456789abcdef0123456789abcdef";
let s3: S3Server;
const folders: string[] = [];

beforeAll(async () => {
  s3 = await startS3();
}, 600_000);
afterAll(async () => {
  await s3.remove();
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

interface Opened {
  readonly gateway: OpenedGateway;
  readonly folder: string;
  readonly warnings: string[];
  close(): Promise<void>;
}

async function opened(over: Record<string, unknown> = {}, folder = mkdtempSync(join(tmpdir(), "sluice-s3-bodies-"))): Promise<Opened> {
  folders.push(folder);
  const vault: OpenedVault = await openVault({ folder, env: {}, guards: {} });
  const warnings: string[] = [];
  const place = { bucket: s3.bucket, region: "eu-central-1", endpoint: s3.url, prefix: "kept/here", ...s3.keys, ...over };
  const gateway = await openGateway({
    folder,
    bodySeals: vault.bodySeals,
    log: (level, message) => {
      if (level !== "debug" && level !== "info") warnings.push(message);
    },
    config: {
      providers: { demo: {} },
      keys: [{ name: "a", value }],
      stores: { bodies: { s3: place } },
      records: { bodies: { maxBytes: 4_194_304 } },
    },
  });
  const close = async () => {
    await gateway.close();
    vault.close();
  };
  return { gateway, folder, warnings, close };
}

async function ask({ gateway }: Pick<Opened, "gateway">, content: string) {
  const body = JSON.stringify({ model: "demo/chat", max_tokens: 5, messages: [{ role: "user", content }] });
  const headers = { authorization: `Bearer ${value}`, "content-type": "application/json" };
  const begun = performance.now();
  const answer = await gateway.fetch(new Request("http://127.0.0.1/v1/chat/completions", { method: "POST", headers, body }));
  const got = await answer.text();
  return { id: answer.headers.get("x-sluice-request-id") ?? "", status: answer.status, body, got, ms: performance.now() - begun };
}

async function recordOf({ gateway }: Opened, id: string) {
  await gateway.storage.drain();
  const record = await gateway.storage.records.record(id);
  if (!record) throw new Error(`There is no record of ${id}.`);
  return record;
}

async function read(from: Opened, id: string) {
  const body = await from.gateway.bodies?.read(await recordOf(from, id));
  return body && { asked: Buffer.from(body.request.bytes).toString(), answered: Buffer.from(body.answer.bytes).toString() };
}

async function until(what: () => unknown, withinMs = 20_000): Promise<void> {
  for (const end = performance.now() + withinMs; !(await what()); await Bun.sleep(20))
    if (performance.now() > end) throw new Error(`It did not come true: ${what}`);
}

const objectOf = (id: string) => s3.objects().find((name) => name.endsWith(id));
const waiting = async ({ folder }: Opened) => (await readBodies(folder, "bodies/waiting")).whole.size;

test("go to the bucket sealed, by day and owner, and are read back from there", async () => {
  const node = await opened();
  const { id, status, body, got } = await ask(node, "Is this sealed?");
  expect(status).toBe(200);
  await until(() => objectOf(id));
  await until(async () => (await waiting(node)) === 0);
  expect(objectOf(id)).toMatch(new RegExp(`^kept/here/\\d{4}-\\d\\d-\\d\\d/installation/${id}$`));
  expect(s3.bytesOf(objectOf(id) ?? "").includes("sealed?")).toBe(false);
  expect(await read(node, id)).toEqual({ asked: body, answered: got });
  const again = await ask(node, "And this?");
  await until(() => objectOf(again.id));
  await node.gateway.bodies?.erase(await recordOf(node, id));
  expect([objectOf(id), await read(node, id)]).toEqual([undefined, undefined]);
  expect(await read(node, again.id)).toBeDefined();
  await node.close();
});

test("a large one arrives whole", async () => {
  const node = await opened();
  const { id, body } = await ask(node, randomBytes(1_500_000).toString("base64"));
  await until(() => objectOf(id));
  await until(async () => (await waiting(node)) === 0);
  expect((await read(node, id))?.asked === body).toBe(true);
  await node.close();
});

test("wait on this machine's disk while S3 is away, are read from there, and go on when it is back, also after a restart", async () => {
  const node = await opened();
  await s3.stop();
  const first = await Promise.all(Array.from({ length: 20 }, (_, at) => ask(node, `away ${at}`)));
  expect(first.map(({ status }) => status)).toEqual(Array(20).fill(200));
  await until(async () => (await waiting(node)) === 20);
  expect(await read(node, first[3]?.id ?? "")).toEqual({ asked: first[3]?.body ?? "", answered: first[3]?.got ?? "" });
  expect((await recordOf(node, first[3]?.id ?? "")).detail.body).toEqual({ kept: true });
  expect(node.warnings.filter((line) => line.includes("wait on this machine's disk")).length).toBe(1);
  await node.close();
  const next = await opened({}, node.folder);
  const late = await ask(next, "after the restart");
  await s3.start();
  await until(() => [...first, late].every(({ id }) => objectOf(id)), 60_000);
  await until(async () => (await waiting(next)) === 0);
  expect(await read(next, first[7]?.id ?? "")).toEqual({ asked: first[7]?.body ?? "", answered: first[7]?.got ?? "" });
  await next.close();
}, 120_000);

test("an S3 that hangs delays no answer", async () => {
  const node = await opened();
  await ask(node, "warm");
  s3.hang();
  const told: Awaited<ReturnType<typeof ask>>[] = [];
  for (let count = 0; count < 50; count++) told.push(await ask(node, `hung ${count}`));
  expect(Math.max(...told.map(({ ms }) => ms))).toBeLessThan(2_000);
  expect(told.every(({ status }) => status === 200)).toBe(true);
  s3.resume();
  await until(() => told.every(({ id }) => objectOf(id)), 60_000);
  await node.close();
}, 120_000);

test("when no more may wait, bodies are not kept, their records say why, and requests go on", async () => {
  const node = await opened({ waitingBytes: 1_048_576 });
  await s3.stop();
  const told: Awaited<ReturnType<typeof ask>>[] = [];
  for (let count = 0; count < 12; count++) {
    told.push(await ask(node, randomBytes(150_000).toString("base64")));
    await Bun.sleep(50);
  }
  expect(told.every(({ status }) => status === 200)).toBe(true);
  const says = await Promise.all(told.map(async ({ id }) => (await recordOf(node, id)).detail.body));
  expect(says[0]).toEqual({ kept: true });
  expect(says.at(-1)).toMatchObject({ kept: false, why: expect.stringContaining("wait for it already") });
  await s3.start();
  // What was promised is kept in the end, and new ones are taken again.
  await until(() => told.every(({ id }, at) => !says[at]?.kept || objectOf(id)), 90_000);
  await until(async () => (await recordOf(node, (await ask(node, "again?")).id)).detail.body?.kept, 60_000);
  await node.close();
}, 240_000);

test("nodes that share the control store and the bucket read what the others have kept, and erase it", async () => {
  const postgres = await startPostgres();
  const admin = "sk-sluice-admin-0123456789abcdef0123456789abcdef0123";
  const env = { SLUICE_ADMIN_KEY: admin, SLUICE_LOG: "error", SLUICE_MASTER_KEY: randomBytes(32).toString("base64") };
  const folder = mkdtempSync(join(tmpdir(), "sluice-s3-nodes-"));
  folders.push(folder);
  const configPath = join(folder, "sluice.json");
  const place = { bucket: s3.bucket, region: "eu-central-1", endpoint: s3.url, ...s3.keys };
  const stores = { control: postgres.url, records: postgres.url, bodies: { s3: place } };
  const keys = [{ name: "a", value }];
  writeFileSync(configPath, JSON.stringify({ providers: { demo: {} }, keys, stores, records: { bodies: {} } }));
  const start = (name: string) => startServer({ dataDir: join(folder, name), configPath, port: 0, host: "127.0.0.1", env });
  const [one, other] = [await start("one"), await start("other")];
  const body = JSON.stringify({ model: "demo/chat", max_tokens: 5, messages: [{ role: "user", content: "from one" }] });
  const headers = { authorization: `Bearer ${value}`, "content-type": "application/json" };
  const answer = await fetch(`${one.url}/v1/chat/completions`, { method: "POST", headers, body });
  const [got, id] = [await answer.text(), answer.headers.get("x-sluice-request-id") ?? ""];
  await until(() => objectOf(id));
  const seen = (method: string) =>
    fetch(`${other.url}/admin/v1/records/${id}/body`, { method, headers: { authorization: `Bearer ${admin}` } });
  await until(async () => (await seen("GET")).status === 200);
  expect(await (await seen("GET")).json()).toMatchObject({ request: { data: body }, answer: { data: got } });
  expect((await seen("DELETE")).status).toBe(204);
  expect([objectOf(id), (await seen("GET")).status]).toEqual([undefined, 404]);
  await Promise.all([one.close(), other.close()]);
  await postgres.remove();
}, 120_000);

test("what S3 refuses stays here, and the log says why without a secret", async () => {
  for (const [over, why] of [
    [{ secretAccessKey: "another" }, "403 SignatureDoesNotMatch"],
    [{ bucket: "nobodys-bucket" }, "404 NoSuchBucket"],
  ] as const) {
    const node = await opened(over);
    const { id, status } = await ask(node, "refused");
    expect(status).toBe(200);
    await until(() => node.warnings.some((line) => line.includes(why)));
    expect(await waiting(node)).toBe(1);
    expect(await read(node, id)).toBeDefined();
    expect(node.warnings.join()).not.toContain(s3.keys.secretAccessKey);
    await node.close();
  }
});
