import { beforeAll, expect, test } from "bun:test";
import { join } from "node:path";
import { Canaries } from "./canaries.ts";
import { type Landscape, openLandscape } from "./landscape.ts";
import { marker } from "./planted-config.ts";
import type { Kind, ShownPlace } from "./shown.ts";
import { tourStarts } from "./start-tour.ts";
import { tourAll } from "./whole-tour.ts";

let land: Landscape;
const counts: Record<string, number> = {};

beforeAll(async () => {
  land = await openLandscape();
  Object.assign(counts, await tourAll(land));
  await tourStarts(land);
  counts.files = land.shown.noteFolder("data folder", join(land.folder, "data"), ["secrets"]);
  await land.close();
}, 600_000);

/** What is no secret, and stands in each kind of place. */
const known: Readonly<Partial<Record<Kind, string>>> = {
  "answers to applications": marker,
  "answers to operators": marker,
  pages: marker,
  metrics: "sluice_requests_total",
  documents: "credentials.rotate",
  log: marker,
  printed: '{"url":"http://127.0.0.1',
  commands: marker,
  "commands, as JSON": marker,
  "exported config": marker,
  "audit lines": marker,
  "data folder": marker,
  backup: marker,
  "to providers": marker,
  "to stores of secrets": "/v1/secret/data/openai",
  webhooks: marker,
  mail: marker,
  "ends of processes": marker,
};

test("no secret of any slot is seen anywhere, after everything that can go wrong", () => {
  const { canaries, shown } = land;
  const letters = shown.places.reduce((sum, { text }) => sum + text.length, 0);
  const found = canaries.in(shown.places);
  const told = {
    secrets: canaries.count,
    ...counts,
    places: shown.places.length,
    megabytes: Math.round(letters / 1e6),
    found: found.length,
  };
  console.log(JSON.stringify({ id: "canaries everywhere", ...told }));
  expect(found.slice(0, 40)).toEqual([]);
}, 300_000);

test("what is no secret is found by the same look, in every kind of place", () => {
  const { shown } = land;
  expect(shown.kinds.toSorted()).toEqual((Object.keys(known) as Kind[]).toSorted());
  const blind = shown.kinds.filter((kind) => {
    const look = new Canaries();
    look.add("what is no secret", known[kind] ?? "");
    return look.in(shown.of(kind)).length === 0;
  });
  expect(blind).toEqual([]);
}, 120_000);

test("a secret that is put into any kind of place is found, in every form", () => {
  const { canaries, shown } = land;
  const missed: string[] = [];
  let planted = 0;
  for (const kind of shown.kinds) {
    const places = shown.of(kind);
    const shortest = places.reduce((least, place) => (place.text.length < least.text.length ? place : least)) as ShownPlace;
    const leaking: ShownPlace[] = canaries.names.flatMap((name) =>
      [...canaries.forms(name)].map(([form, text]) => {
        const half = Math.min(shortest.text.length >> 1, 1_000);
        return {
          kind,
          where: `${kind}: ${name}, ${form}`,
          text: `${shortest.text.slice(0, half)}${text}${shortest.text.slice(half, 2 * half)}`,
        };
      }),
    );
    planted += leaking.length;
    const seen = new Set(canaries.in(leaking).map((line) => line.slice(0, line.indexOf(": ", line.indexOf(": ") + 2))));
    missed.push(...leaking.filter(({ where }) => !seen.has(where)).map(({ where }) => where));
  }
  console.log(JSON.stringify({ id: "planted canaries", planted, missed: missed.length }));
  expect(missed.slice(0, 20)).toEqual([]);
}, 300_000);
