import { afterAll, expect, test } from "bun:test";
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bodyOwner, pathOf } from "./body-store.ts";
import { FolderBodies } from "./folder-bodies.ts";
import { packBody, unpackBody } from "./kept-body.ts";

const folder = mkdtempSync(join(tmpdir(), "sluice-bodies-"));
afterAll(() => rmSync(folder, { recursive: true }));

const dayMs = 86_400_000;
const startedAt = Date.UTC(2026, 10, 21, 23, 59, 59, 999);
const place = { startedAt, owner: "installation", id: "req_1" };
const bytes = Buffer.from("sealed");

test("a body is a file of its day and its owner that nobody else may read", async () => {
  const bodies = new FolderBodies(folder);
  await bodies.put(place, bytes);
  expect(pathOf(place)).toBe("2026-11-21/installation/req_1");
  expect(statSync(join(folder, pathOf(place))).mode & 0o777).toBe(0o600);
  expect(Buffer.from((await bodies.get(place)) ?? []).equals(bytes)).toBe(true);
  expect(await bodies.get({ ...place, startedAt: startedAt + 1 })).toBeUndefined();
  expect([await bodies.remove(place), await bodies.remove(place), await bodies.get(place)]).toEqual([true, false, undefined]);
});

test("whole days go, and only those that are over; what another process had begun goes when nobody writes it any more", async () => {
  const bodies = new FolderBodies(folder);
  const days = [0, 1, 2].map((back) => ({ ...place, startedAt: startedAt - back * dayMs }));
  for (const each of days) await bodies.put(each, bytes);
  const [begun, dead] = [`${join(folder, pathOf(place))}.begun.part`, `${join(folder, pathOf(place))}.dead.part`];
  for (const path of [begun, dead]) writeFileSync(path, "half");
  utimesSync(dead, new Date(0), new Date(0));
  expect(await bodies.dropBefore(startedAt - dayMs)).toBe(1);
  const left: string[] = [];
  for await (const found of bodies.list()) left.push(`${found.place.startedAt} ${found.place.id} ${found.bytes}`);
  expect(left).toEqual([`${Date.UTC(2026, 10, 20)} req_1 6`, `${Date.UTC(2026, 10, 21)} req_1 6`]);
  expect(readdirSync(join(folder, "2026-11-21/installation")).toSorted()).toEqual(["req_1", "req_1.begun.part"]);
  // A day whose folder went is made anew.
  rmSync(join(folder, "2026-11-21"), { recursive: true });
  await bodies.put(place, bytes);
  expect(await bodies.get(place)).toBeDefined();
});

test("what cannot be written whole leaves nothing behind", async () => {
  const bodies = new FolderBodies(join(folder, "blocked"));
  mkdirSync(join(folder, "blocked"));
  writeFileSync(join(folder, "blocked", "2026-11-21"), "a file where a folder should be");
  expect(await bodies.put(place, bytes).catch((error: { code?: string }) => error.code)).toMatch(/^E(NOTDIR|EXIST)$/);
  chmodSync(join(folder, "blocked"), 0o700);
  expect(readdirSync(join(folder, "blocked"))).toEqual(["2026-11-21"]);
});

test("owners are names that stand for nobody else, whatever an organisation is called, and ids are never paths", () => {
  const owners = [undefined, "installation", "org_1", "../../etc", "a/b", "", "org-a", "a", "ä"].map(bodyOwner);
  expect(new Set(owners).size).toBe(owners.length);
  for (const owner of owners) expect(owner).toMatch(/^[a-z]+(-[\w-]+)?$/i);
  for (const id of ["../x", "a/b", "", ".", "a.part", "x\0"]) expect(() => pathOf({ ...place, id })).toThrow(TypeError);
});

test("a body is packed and unpacked without losing a byte", () => {
  const side = { type: "application/json", length: 300, truncated: true };
  const all = Uint8Array.from({ length: 256 }, (_, index) => index);
  const body = { request: { ...side, bytes: all }, answer: { ...side, status: 200, whole: false, bytes: all.toReversed() } };
  const { request, answer } = unpackBody(Buffer.concat(packBody(body)));
  expect([
    { ...request, bytes: undefined },
    { ...answer, bytes: undefined },
  ]).toEqual([
    { ...body.request, bytes: undefined },
    { ...body.answer, bytes: undefined },
  ] as never);
  expect([Buffer.from(request.bytes).equals(all), Buffer.from(answer.bytes).equals(all.toReversed())]).toEqual([true, true]);
});
