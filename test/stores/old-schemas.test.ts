// Data of every schema there was, brought to the newest one while another process writes.
import { afterAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { controlMigrations } from "../../src/storage/control/control.ts";
import { openStorage } from "../../src/storage/index.ts";
import { recordMigrations } from "../../src/storage/records/record-schema.ts";
import { openAtNewest } from "../../src/storage/sqlite/open-at-newest.ts";

const top = mkdtempSync(join(tmpdir(), "sluice-old-schemas-"));
afterAll(() => rmSync(top, { recursive: true }));

const hourMs = 3_600_000;
const at = Date.UTC(2026, 0, 5, 12);
const written = 200;

/** A line of the journal as the first version wrote it: nothing of organisations, applications and users. */
const oldestLine = (id: string) =>
  JSON.stringify([
    ...[id, at, "key_1", "red", "chat", "demo/echo", "demo", "echo", "success", 200, null, 0],
    ...["reported", 10, 0, 0, 5, 0, 7_000, "1", 12.5, null, 3, {}],
  ]);

/** A process of the old version: it knows the first schema's table, and waits for locks. */
const writer = `
const { Database } = await import("bun:sqlite");
const [, path, lines] = process.argv.slice(-3);
const database = new Database(path);
database.exec("PRAGMA busy_timeout = 5000");
const insert = database.prepare("INSERT INTO record_lines (id, line) VALUES (?, ?)");
console.log("begins");
for (const [id, line] of JSON.parse(lines)) {
  insert.run(id, line);
  await Bun.sleep(1);
}
`;

/** What the first schema had of it; what later ones ask for beside that is empty. */
async function insert(path: string, migrations: readonly string[], table: string, row: Readonly<Record<string, string | number>>) {
  const database = await openAtNewest(path, migrations);
  const columns = database.prepare(`PRAGMA table_info(${table})`).all([]);
  const filled = columns.flatMap(({ name, notnull, type, dflt_value }): [string, string | number][] => {
    const value = row[String(name)];
    if (value !== undefined) return [[String(name), value]];
    return notnull === 1 && dflt_value === null ? [[String(name), type === "TEXT" ? "" : 0]] : [];
  });
  const names = filled.map(([name]) => name).join(", ");
  database.prepare(`INSERT INTO ${table} (${names}) VALUES (${filled.map(() => "?").join(", ")})`).run(filled.map(([, value]) => value));
  database.close();
}

describe("records", () => {
  test.each(recordMigrations.map((_, index) => index + 1))(
    "of schema %i are there with the newest, and what an old process writes meanwhile",
    async (number) => {
      const folder = join(top, `records-${number}`);
      const path = join(folder, "records.db");
      const schema = recordMigrations.slice(0, number);
      await insert(path, schema, "record_lines", { id: "req_0", line: oldestLine("req_0") });
      const sums = { hour: Math.floor(at / hourMs) * hourMs, key_id: "key_1", team: "red", model: "demo/echo", provider: "demo" };
      await insert(path, schema, "rollups", { ...sums, requests: 3, success: 3, input_uncached: 30, output: 15, cost_nanos: 21_000 });
      const lines = Array.from({ length: written }, (_, each) => [`req_old_${each}`, oldestLine(`req_old_${each}`)]);
      const old = Bun.spawn([process.execPath, "-e", writer, "--", path, JSON.stringify(lines)], { stdout: "pipe", stderr: "pipe" });
      const reader = old.stdout.getReader();
      await reader.read();
      const storage = await openStorage({ folder });
      expect([await old.exited, await new Response(old.stderr).text()]).toEqual([0, ""]);
      expect(await storage.records.record("req_0")).toMatchObject({ keyId: "key_1", team: "red", costNanos: 7_000, startedAt: at });
      for (let each = 0; each < written; each++) {
        expect(await storage.records.record(`req_old_${each}`)).toMatchObject({ status: 200, usage: { inputUncached: 10, output: 5 } });
      }
      expect(await storage.records.usage({ by: ["team"] })).toMatchObject([{ group: { team: "red" }, requests: 3, costNanos: 21_000n }]);
      await storage.close();
    },
    60_000,
  );
});

describe("control", () => {
  test.each(controlMigrations.map((_, index) => index + 1))("of schema %i has its keys with the newest", async (number) => {
    const folder = join(top, `control-${number}`);
    const key = { id: "key_1", kind: "key", name: "old", hash: "h", hint: "sk-…1", team: "red", scopes: "[]", created_at: at };
    await insert(join(folder, "control.db"), controlMigrations.slice(0, number), "keys", key);
    const storage = await openStorage({ folder });
    expect(await storage.control.keys.get("key_1")).toMatchObject({ name: "old", kind: "key", team: "red", createdAt: at });
    await storage.close();
  });
});
