// Fills a data folder, in a process of its own so that nothing has it open afterwards: `bun test/stores/large-folder.ts FOLDER KEYS RECORDS`.
import { Database } from "bun:sqlite";
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { openStorage } from "../../src/storage/index.ts";
import { earlierRecord } from "./lived-installation.ts";

const [folder = "", ...sizes] = process.argv.slice(2);
const [keys = 0, records = 0] = sizes.map(Number);
const storage = await openStorage({ folder });
for (let at = 0; at < records; at++) {
  storage.journal.append(earlierRecord(at, `org_${at % 20}`, at % 11));
  if (at % 20_000 === 0) await storage.drain();
}
await storage.close();
const database = new Database(join(folder, "control.db"));
const insert = database.prepare(
  "INSERT INTO keys (id, kind, name, hash, hint, team, scopes, models, created_at, limits) VALUES (?, 'key', ?, ?, 'x', ?, '[]', ?, ?, ?)",
);
database.transaction(() => {
  for (let at = 0; at < keys; at++) {
    const words = [`key_${at}`, `Key é漢🙂 ${at}`, randomBytes(32).toString("hex"), `t${at % 50}`, '["demo/*"]'];
    insert.run(...words, 1.7e12 + at, '{"requestsPerDay":5}');
  }
})();
database.close();
