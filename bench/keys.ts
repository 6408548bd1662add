/**
 * What a million keys cost in the embedded store, or with `--postgres` in a real PostgreSQL: `bun bench/keys.ts [--keys 1000000]
 * [--postgres]`. Prints one line of JSON.
 * Times are those of one core; the check of a key is measured in CPU time of this process.
 */
import { Database } from "bun:sqlite";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SQL } from "bun";
import { issueKey, KeyHasher, KeyIndex } from "../src/auth/index.ts";
import { openControl } from "../src/storage/index.ts";
import { startPostgres } from "../test/stores/servers.ts";

const at = process.argv.indexOf("--keys");
const count = at < 0 ? 1_000_000 : Number(process.argv[at + 1]);
const server = process.argv.includes("--postgres") ? await startPostgres() : undefined;
const folder = mkdtempSync(join(tmpdir(), "sluice-keys-"));
const hasher = new KeyHasher(crypto.getRandomValues(new Uint8Array(32)));
const textOf = (index: number) => `sk-sluice-${String(index).padStart(43, "k")}`;

const idOf = (index: number) => `key_${index.toString(36).padStart(12, "0")}`;
const open = () => openControl({ folder, where: server?.url, warn: console.error });

/** As many rows at once as would be made by a script of an operator. */
async function fillPostgres(url: string): Promise<void> {
  const sql = new SQL(url, { max: 1 });
  const atOnce = 5_000;
  for (let from = 0; from < count; from += atOnce) {
    const some = Array.from({ length: Math.min(atOnce, count - from) }, (_, each) => from + each);
    const rows = some.map((index) => ({
      id: idOf(index),
      name: `key ${index}`,
      hash: hasher.hash(textOf(index)),
      team: `team-${index % 500}`,
      at: index,
    }));
    await sql.unsafe(
      `INSERT INTO sluice.keys (id, kind, name, hash, hint, team, scopes, created_at)
       SELECT id, 'key', name, hash, '…', team, '[]', at FROM json_to_recordset($1::text::json) AS rows (id text, name text, hash text, team text, at bigint)`,
      [JSON.stringify(rows)],
    );
  }
  await sql.unsafe("ANALYZE sluice.keys");
  await sql.close();
}

function fill(): void {
  const database = new Database(join(folder, "control.db"));
  const insert = database.prepare(
    "INSERT INTO keys (id, kind, name, hash, hint, team, scopes, created_at, change) VALUES (?, 'key', ?, ?, '…', ?, '[]', ?, ?)",
  );
  // The trigger that counts changes would double the time of making them; what it gives stands in the row.
  database.run("DROP TRIGGER key_inserted");
  database.transaction(() => {
    for (let index = 0; index < count; index++)
      insert.run(idOf(index), `key ${index}`, hasher.hash(textOf(index)), `team-${index % 500}`, index, index + 1);
  })();
  database.run(
    "CREATE TRIGGER key_inserted AFTER INSERT ON keys BEGIN UPDATE keys SET change = (SELECT MAX(change) + 1 FROM keys) WHERE rowid = NEW.rowid; END",
  );
  database.close();
}

function cpuOf(rounds: number, work: (round: number) => void): number {
  for (let round = 0; round < rounds / 10; round++) work(round);
  const before = process.cpuUsage();
  for (let round = 0; round < rounds; round++) work(round);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / rounds;
}

const megabytes = () => Math.round(process.memoryUsage().rss / 1e6);

(await open()).close();
if (server === undefined) fill();
else await fillPostgres(server.url);
const storage = await open();
Bun.gc(true);
const bare = megabytes();
let started = performance.now();
const index = await KeyIndex.open({ control: storage.control, hasher });
const startMs = Math.round(performance.now() - started);
Bun.gc(true);
const loaded = megabytes();

const few = Array.from({ length: 100 }, (_, each) => textOf(Math.floor((each * count) / 100)));
const knownUs = cpuOf(300_000, (round) => void index.find(few[round % few.length]!));
const spread = Array.from({ length: Math.min(count, 200_000) }, (_, each) => textOf((each * 7919) % count));
const firstUs = cpuOf(spread.length, (round) => void index.find(spread[round]!));
const strangerUs = cpuOf(100_000, (round) => void index.find(`sk-sluice-nobody-has-this-key-${round}`));

// Another process revokes, makes and changes: what this one has to read is what moved.
const other = await open();
const until = async (isSo: () => boolean) => {
  const from = performance.now();
  while (!isSo()) await Bun.sleep(2);
  return Math.round(performance.now() - from);
};
const seen: number[] = [];
for (let turn = 0; turn < 10; turn++) {
  index.find(textOf(turn * 1000));
  await other.control.keys.revoke(idOf(turn * 1000), Date.now() - 1);
  seen.push(await until(() => (index.find(textOf(turn * 1000))?.endsAt ?? 0) <= Date.now()));
}
const made = await issueKey({ kind: "key", name: "new" }, other.control.keys, hasher, Date.now());
const madeMs = await until(() => index.find(made.text) !== undefined);
started = performance.now();
await other.control.keys.revoke(made.stored.id, Date.now());
await index.refresh();
const refreshMs = Math.round((performance.now() - started) * 100) / 100;
started = performance.now();
const page = await other.control.keys.page({
  limit: 51,
  after: idOf(count >> 1),
  team: "team-7",
  state: "works",
  now: Date.now(),
});
const pageMs = Math.round((performance.now() - started) * 100) / 100;

const round = (value: number) => Math.round(value * 100) / 100;
process.stdout.write(
  `${JSON.stringify({
    keys: count,
    store: server === undefined ? "sqlite" : "postgres",
    startMs,
    megabytes: loaded - bare,
    bytesAKey: Math.round(((loaded - bare) * 1e6) / count),
    knownKeyCpuUs: round(knownUs),
    firstTimeCpuUs: round(firstUs),
    unknownKeyCpuUs: round(strangerUs),
    revocationSeenMs: { most: Math.max(...seen), all: seen },
    newKeySeenMs: madeMs,
    revokeAndRefreshMs: refreshMs,
    pageMs,
    pageRows: page.length,
  })}\n`,
);
await index.close();
other.close();
storage.close();
await server?.remove();
rmSync(folder, { recursive: true });
