// Control on a real PostgreSQL: `bun test ./test/stores/control.ts`.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SQL } from "bun";
import { configSuite } from "../../src/storage/config/config-suite.ts";
import { type ControlPlace, controlSuite } from "../../src/storage/control-suite.ts";
import { directorySuite } from "../../src/storage/directory/directory-suite.ts";
import { keysSuite } from "../../src/storage/keys/keys-suite.ts";
import { openControl } from "../../src/storage/open-control.ts";
import { type StoreServer, startPostgres } from "./servers.ts";

let server: StoreServer;
let admin: SQL;
const folder = mkdtempSync(join(tmpdir(), "sluice-control-"));

beforeAll(async () => {
  server = await startPostgres();
  admin = new SQL(server.url, { max: 1 });
}, 300_000);
afterAll(async () => {
  await admin.close();
  await server.remove();
  rmSync(folder, { recursive: true });
});

async function inPostgres(): Promise<ControlPlace> {
  const name = `control_${randomBytes(6).toString("hex")}`;
  await admin.unsafe(`CREATE DATABASE ${name}`);
  const where = server.url.replace(/postgres$/, name);
  return {
    open: () => openControl({ folder, where, warn: console.error }),
    remove: async () => void (await admin.unsafe(`DROP DATABASE ${name} WITH (FORCE)`)),
  };
}

describe("control in PostgreSQL", () => {
  for (const suite of [keysSuite, directorySuite, configSuite, controlSuite])
    for (const [name, run] of Object.entries(suite(inPostgres))) test(name, run, 30_000);

  test("a text that PostgreSQL cannot keep is the sender's mistake, and all else goes on", async () => {
    const place = await inPostgres();
    const opened = await place.open();
    const { directory } = opened.control;
    const wrong = await directory.user.insert({ userName: "a\u0000b", roles: [], teams: [] }, 1).catch((error) => error);
    expect(wrong.code).toBe("request_malformed");
    expect(await directory.user.list()).toEqual([]);
    opened.close();
    await place.remove();
  });
});
