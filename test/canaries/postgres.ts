// Everything that the canaries' run does, with control, records and counters in a real PostgreSQL: `bun test ./test/canaries/postgres.ts`.
import { afterAll, beforeAll, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { SQL } from "bun";
import { type StoreServer, startPostgres } from "../stores/servers.ts";
import { Canaries } from "./canaries.ts";
import { type Landscape, openLandscape } from "./landscape.ts";
import { marker } from "./planted-config.ts";
import { allColumns } from "./postgres-columns.ts";
import type { ShownPlace } from "./shown.ts";
import { openTap, type Tap } from "./tap.ts";
import { tourAll } from "./whole-tour.ts";

const parts = ["control", "records", "counters"] as const;
let land: Landscape;
let server: StoreServer;
let tap: Tap;
const databases = new Map<string, SQL>();
const counts: Record<string, number> = {};

/** A database for each, behind a password that is a secret itself, and an ear on the way to them. */
async function storesOf(canaries: Canaries): Promise<Record<string, string>> {
  const urls: Record<string, string> = {};
  const owner = new SQL(server.url, { max: 1 });
  for (const part of parts) {
    const password = canaries.make(`password of ${part}`);
    await owner.unsafe(`CREATE ROLE ${part} LOGIN PASSWORD '${password}'`);
    await owner.unsafe(`CREATE DATABASE ${part} OWNER ${part}`);
    urls[part] = `postgres://${part}:${encodeURIComponent(password)}@127.0.0.1:${tap.port}/${part}`;
    databases.set(part, new SQL(server.url.replace(/[^/]+$/, part), { max: 1 }));
  }
  const [{ hba_file: file }] = (await owner.unsafe("SHOW hba_file")) as [{ hba_file: string }];
  writeFileSync(file, "host all sluice 127.0.0.1/32 trust\nhost all all 127.0.0.1/32 scram-sha-256\n");
  await owner.unsafe("SELECT pg_reload_conf()");
  await owner.close();
  return urls;
}

beforeAll(async () => {
  server = await startPostgres();
  tap = await openTap(server.port);
  land = await openLandscape(storesOf);
  Object.assign(counts, await tourAll(land));
  // What the journal still holds is in the store then.
  await land.close();
  await noteDatabases();
  land.shown.note("to PostgreSQL", "all that was sent to it", tap.heard());
  await server.stop();
  counts.files = land.shown.noteFolder("files of PostgreSQL", server.folder);
  await server.start();
}, 900_000);

afterAll(async () => {
  for (const sql of databases.values()) await sql.close();
  await tap.close();
  await server.remove();
});

async function noteDatabases(): Promise<void> {
  for (const [part, sql] of databases) {
    const columns = await allColumns(sql);
    counts[`columns of ${part}`] = columns.length;
    for (const { where, text } of columns) land.shown.note("columns in PostgreSQL", `${part}: ${where}`, text);
  }
}

/** All of it is one text: what is looked for may be in any. */
function isSeen(what: string, places: readonly ShownPlace[]): boolean {
  const look = new Canaries();
  look.add("what is no secret", what);
  return look.in(places).length > 0;
}

test("no secret of any slot is in any column, in what was sent to PostgreSQL, in its files, or anywhere else", () => {
  const { canaries, shown } = land;
  const found = canaries.in(shown.places);
  const megabytes = (kind: ShownPlace["kind"]) => Math.round(shown.of(kind).reduce((sum, { text }) => sum + text.length, 0) / 1e6);
  const sizes = {
    columns: megabytes("columns in PostgreSQL"),
    sent: megabytes("to PostgreSQL"),
    files: megabytes("files of PostgreSQL"),
  };
  console.log(JSON.stringify({ id: "canaries in PostgreSQL", secrets: canaries.count, ...counts, megabytes: sizes, found: found.length }));
  expect(found.slice(0, 40)).toEqual([]);
}, 600_000);

test("what is no secret is found there by the same look", () => {
  const { shown } = land;
  const inColumns = (part: string) => shown.of("columns in PostgreSQL").filter(({ where }) => where.includes(` ${part}: sluice.`));
  expect(inColumns("control").length).toBeGreaterThan(50);
  for (const [where, what, places] of [
    ["control", marker, inColumns("control")],
    ["records", marker, inColumns("records")],
    ["counters", "door:admin-api-strangers:", inColumns("counters")],
    ["sent", marker, shown.of("to PostgreSQL")],
    ["files", marker, shown.of("files of PostgreSQL")],
  ] as const)
    expect([where, isSeen(what, places)]).toEqual([where, true]);
}, 300_000);

/** Types of columns, and how a text gets into each. */
const types = [
  ["text", "$1::text"],
  ["bytea", "$1::bytea"],
  ["jsonb", "to_jsonb($1::text)"],
  ["text[]", "ARRAY['a', $1::text]"],
  // PostgreSQL packs what is long.
  ["varchar", "repeat('abcdefghij', 2000) || $1::text"],
] as const;

test("a secret that is put into a column of any type, in any form, in any schema, is found", async () => {
  const { canaries } = land;
  const planted: string[] = [];
  for (const [part, sql] of databases) await sql.unsafe(`CREATE SCHEMA "Odd ""Place"" of ${part}"`);
  for (const name of canaries.names) {
    for (const text of canaries.forms(name).values()) {
      const at = planted.length;
      const part = parts[at % parts.length] as string;
      // Bytes that are no text can stand in bytes only.
      const isText = /^[\x20-\x7e\n]*$/.test(text);
      const [type, expression] = isText ? (types[at % types.length] as (typeof types)[number]) : types[1];
      const place = `"Odd ""Place"" of ${part}"."Plant ${at}"`;
      await databases.get(part)?.unsafe(`CREATE TABLE ${place} ("a Column" ${type})`);
      await databases
        .get(part)
        ?.unsafe(`INSERT INTO ${place} VALUES (${expression})`, [type === "bytea" ? Buffer.from(text, "latin1") : text]);
      planted.push(`Plant ${at}.a Column: ${name}`);
    }
  }
  const places: ShownPlace[] = [];
  for (const sql of databases.values())
    for (const { where, text } of await allColumns(sql, "Odd%")) places.push({ kind: "columns in PostgreSQL", where, text });
  const seen = canaries.in(places).join("\n");
  const missed = planted.filter((plant) => !seen.includes(`.${plant}, `));
  console.log(JSON.stringify({ id: "planted in PostgreSQL", planted: planted.length, missed: missed.length }));
  expect(places.length).toBe(planted.length);
  expect(missed.slice(0, 20)).toEqual([]);
}, 600_000);
