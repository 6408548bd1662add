import { afterAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Fault } from "../../exchange/index.ts";
import { openDatabase } from "./open-database.ts";

const folder = mkdtempSync(join(tmpdir(), "sluice-driver-"));
afterAll(() => rmSync(folder, { recursive: true }));

async function small(name: string) {
  const database = await openDatabase(join(folder, name));
  database.exec("CREATE TABLE texts (text TEXT)");
  return database;
}

function thrownBy(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  return undefined;
}

describe("a disk that does not do its part is no defect", () => {
  test("where it is full", async () => {
    const database = await small("full.db");
    // SQLite says the same of a database that may grow no more.
    database.exec("PRAGMA max_page_count = 4");
    const insert = database.prepare("INSERT INTO texts VALUES (?)");
    const long = "x".repeat(100_000);
    for (const error of [thrownBy(() => insert.run([long])), thrownBy(() => database.transaction(() => insert.run([long])))]) {
      expect(error).toBeInstanceOf(Fault);
      const { code, message, cause } = error as Fault;
      expect([code, message]).toEqual(["store_unavailable", "full.db cannot be written: there is no room on its disk."]);
      expect(String(cause)).toContain("full.db: database or disk is full");
    }
    expect(insert.run(["short"])).toBe(1);
    database.close();
  });

  test("where it may not be written", async () => {
    const database = await small("fixed.db");
    database.exec("PRAGMA query_only = ON");
    const error = thrownBy(() => database.prepare("INSERT INTO texts VALUES (?)").run(["a"]));
    expect([error instanceof Fault, (error as Fault).code]).toEqual([true, "store_unavailable"]);
    database.close();
  });

  test("and a wrong statement is one", async () => {
    const database = await small("wrong.db");
    database.exec("CREATE UNIQUE INDEX only ON texts (text)");
    const insert = database.prepare("INSERT INTO texts VALUES (?)");
    insert.run(["a"]);
    const error = thrownBy(() => insert.run(["a"]));
    expect([error instanceof Fault, String(error)]).toEqual([false, expect.stringContaining("UNIQUE constraint failed")]);
    database.close();
  });
});
