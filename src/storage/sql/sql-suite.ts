import { describe, expect, test } from "bun:test";
import { Fault } from "../../exchange/index.ts";
import { type SqlDatabase, UniqueConflict } from "./sql-database.ts";

/** What both databases promise. @param open an empty database with the table `things (name text, count integer)`, unique by `name` */
export function sqlSuite(name: string, open: () => Promise<SqlDatabase>): void {
  describe(`the query layer over ${name}`, () => {
    test("takes values as they are, twice where they are numbered", async () => {
      const database = await open();
      const odd = "漢'\";-- ? $1 \\ \u{1f389}";
      expect(await database.run("INSERT INTO things (name, count) VALUES (?, ?)", [odd, 1])).toBe(1);
      expect(await database.get("SELECT count, '?''?' AS mark FROM things WHERE name = ?1 AND ?1 <> '?'", [odd])).toEqual({
        count: 1,
        mark: "?'?",
      });
      expect(await database.get("SELECT count FROM things WHERE name = ?", ["not there"])).toBeUndefined();
      expect(await database.run("UPDATE things SET count = 2 WHERE name = ?", ["not there"])).toBe(0);
      expect(await database.all("SELECT name FROM things")).toMatchObject([{ name: odd }]);
    });

    test("undoes a transaction that throws, and passes on what it threw", async () => {
      const database = await open();
      const fault = new Fault("object_changed");
      const undone = database.transaction(async (queries) => {
        await queries.run("INSERT INTO things (name, count) VALUES ('a', 1)");
        expect(await queries.all("SELECT name FROM things")).toHaveLength(1);
        throw fault;
      });
      expect(await undone.catch((error) => error)).toBe(fault);
      const wrong = database.transaction(async () => {
        throw new TypeError("a mistake");
      });
      expect(await wrong.catch((error) => error)).toBeInstanceOf(TypeError);
      expect(await database.all("SELECT name FROM things")).toEqual([]);
    });

    test("tells what stands there already, inside of transactions and outside", async () => {
      const database = await open();
      const insert = "INSERT INTO things (name, count) VALUES ('a', 1)";
      await database.run(insert);
      const again = await database.run(insert).catch((error) => error);
      expect(again).toBeInstanceOf(UniqueConflict);
      expect(again.place).toContain("things");
      const inside = await database.transaction((queries) => queries.run(insert)).catch((error) => error);
      expect(inside).toBeInstanceOf(UniqueConflict);
      expect(await database.all("SELECT name FROM things")).toHaveLength(1);
    });

    test("runs one transaction after the other, and what is asked beside them sees all of one or nothing", async () => {
      const database = await open();
      await database.run("INSERT INTO things (name, count) VALUES ('a', 0), ('b', 0)");
      const seen: unknown[] = [];
      const add = () =>
        database.transaction(async (queries) => {
          const before = Number((await queries.get("SELECT count FROM things WHERE name = 'a'"))?.count);
          await queries.run("UPDATE things SET count = ? WHERE name = 'a'", [before + 1]);
          await queries.run("UPDATE things SET count = ? WHERE name = 'b'", [before + 1]);
        });
      const look = async () => {
        const rows = await database.all("SELECT DISTINCT count FROM things");
        seen.push(rows.length);
      };
      await Promise.all(Array.from({ length: 40 }, (_, at) => (at % 2 === 0 ? add() : look())));
      expect(await database.all("SELECT name, count FROM things ORDER BY name")).toEqual([
        { name: "a", count: 20 },
        { name: "b", count: 20 },
      ]);
      expect(new Set(seen)).toEqual(new Set([1]));
    });
  });
}
