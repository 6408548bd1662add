// Control on a real PostgreSQL: `bun test ./test/stores/control.ts`.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { configSuite } from "../../src/storage/config/config-suite.ts";
import { type ControlPlace, controlSuite } from "../../src/storage/control/control-suite.ts";
import { openControl } from "../../src/storage/control/open-control.ts";
import { directorySuite } from "../../src/storage/directory/directory-suite.ts";
import { keysSuite } from "../../src/storage/keys/keys-suite.ts";
import { postgresConnection } from "../../src/storage/postgres/open-postgres.ts";
import { PostgresSql } from "../../src/storage/sql/postgres-sql.ts";
import { databasesOf } from "./postgres-databases.ts";
import { type StoreServer, startPostgres } from "./servers.ts";

let server: StoreServer;
let databases: ReturnType<typeof databasesOf>;
const folder = mkdtempSync(join(tmpdir(), "sluice-control-"));

beforeAll(async () => {
  server = await startPostgres();
  databases = databasesOf(server);
}, 300_000);
afterAll(async () => {
  await databases.close();
  await server.remove();
  rmSync(folder, { recursive: true });
});

async function inPostgres(): Promise<ControlPlace> {
  const where = await databases.make();
  return {
    open: () => openControl({ folder, where, warn: console.error }),
    remove: () => databases.drop(where),
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

  test("a process that is cut off in the middle of an act keeps the others waiting for seconds, and undoes what it did", async () => {
    const url = await databases.make();
    const part = { part: "things", migrations: ["CREATE TABLE sluice.things (name text NOT NULL)"] };
    const open = async (timeoutMs: number) => {
      const connection = postgresConnection({ url, name: "the store of things", timeoutMs: 20_000, warn: () => undefined }, [part]);
      expect(await connection.start()).toBeUndefined();
      return { connection, database: new PostgresSql(connection, { lock: 4_711, timeoutMs }) };
    };
    const [stuck, other] = [await open(1_000), await open(5_000)];
    void stuck.database
      .transaction(async (queries) => {
        await queries.run("INSERT INTO things VALUES ('half')");
        await new Promise(() => undefined);
      })
      .catch(() => undefined);
    await Bun.sleep(300);
    const began = performance.now();
    await other.database.transaction((queries) => queries.run("INSERT INTO things VALUES ('whole')"));
    expect(performance.now() - began).toBeLessThan(3_000);
    expect(await other.database.all("SELECT name FROM things")).toMatchObject([{ name: "whole" }]);
    for (const { connection } of [stuck, other]) connection.close();
  }, 30_000);
});
