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

const shares = new Database(join(folder, "counters.db"));
const share = shares.prepare("INSERT INTO counters (id, version, state, expires_at) VALUES (?, 3, ?, ?)");
const expiresAt = Date.now() + 40 * 86_400_000;
shares.transaction(() => {
  for (let at = 0; at < keys / 5; at++) {
    // One who was killed with a part of it.
    const dead = at % 10 === 0 ? [["gone", 5_000, 1_000, 700, 1, 0, 1]] : [];
    share.run(`key:k${at}|nanos|month@UTC`, JSON.stringify([1_793_491_200_000, at * 1_000_003, 0, [], dead, []]), expiresAt);
    share.run(`key:k${at}|requests|bucket60000`, JSON.stringify([Date.now(), 0, 3.5, []]), expiresAt);
    share.run(`key:k${at}|concurrency|now`, JSON.stringify([0, 0, 0, [], [["gone", 5, 3, 2, 1, 0, 1]], []]), expiresAt);
  }
})();
shares.close();
