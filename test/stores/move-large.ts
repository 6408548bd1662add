// A large installation goes to a real PostgreSQL, whole and broken off again and again: `bun test ./test/stores/move-large.ts`.
import { Database } from "bun:sqlite";
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { randomBytes } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { RedisClient, SQL } from "bun";
import { databasesOf } from "./postgres-databases.ts";
import { type StoreServer, startPostgres, startRedis } from "./servers.ts";

setDefaultTimeout(600_000);

const large = { keys: 100_000, records: 200_000 };
/** Of what is begun anew again and again. */
const small = { keys: 5_000, records: 20_000 };
const mostMemory = 400 * 1024 * 1024;
const top = mkdtempSync(join(tmpdir(), "sluice-move-large-"));
const main = join(import.meta.dirname, "../../src/server/main.ts");
const env = { PATH: process.env.PATH ?? "", SLUICE_MASTER_KEY: randomBytes(32).toString("base64") };
let postgres: StoreServer;
let redis: StoreServer;
let databases: ReturnType<typeof databasesOf>;

function sluice(words: readonly string[]) {
  return Bun.spawn([process.execPath, main, ...words], { env, stdout: "pipe", stderr: "pipe" });
}

async function moving(name: string, size: typeof large, counters?: string) {
  const folder = join(top, name);
  const words = [join(import.meta.dirname, "large-folder.ts"), folder, `${size.keys}`, `${size.records}`];
  expect(await Bun.spawn([process.execPath, ...words]).exited).toBe(0);
  const url = await databases.make();
  const config = join(top, `${name}.yaml`);
  writeFileSync(config, JSON.stringify({ providers: { demo: {} }, stores: { control: url, records: url, counters: counters ?? url } }));
  return { folder, url, words: ["move", "--data", folder, "--config", config] };
}

/** How many are used up for good and how much of them is used, and how many fill up again. What is under way is nobody's any more. */
function countersIn(database: Database): readonly string[] {
  const rows = database.query("SELECT id, state FROM counters WHERE id NOT LIKE '%|now'").all() as { id: string; state: string }[];
  const books = rows.filter(({ id }) => id.includes("@")).map(({ state }) => JSON.parse(state));
  const used = books.map(([, spent, , , held]) => spent + (held.length === 0 ? 0 : 1_700));
  return [`${books.length}`, `${used.reduce((sum, each) => sum + BigInt(each), 0n)}`, `${rows.length - books.length}`];
}

async function countersOn(url: string): Promise<readonly string[]> {
  const client = new RedisClient(url);
  const names = (await client.send("KEYS", ["sluice:*:key:*"])) as string[];
  const books = names.filter((name) => name.startsWith("sluice:book:"));
  const sums = (await Promise.all(books.map((name) => client.send("HGET", [name, "sums"])))) as string[];
  client.close();
  const used = sums.reduce((sum, each) => sum + BigInt(each.split(" ")[1] ?? 0), 0n);
  return [`${books.length}`, `${used}`, `${names.length - books.length}`];
}

/** What is in the folder, added up. */
function sumsOf(folder: string) {
  const open = (name: string) => new Database(join(folder, `${name}.db`), { readonly: true });
  const [control, kept] = [open("control"), open("records")];
  const one = (database: Database, sql: string) => Object.values(database.query(sql).get() as object).map(String);
  return {
    keys: one(control, "SELECT count(*), CAST(sum(created_at) AS TEXT), count(DISTINCT hash) FROM keys"),
    lines: one(kept, "SELECT count(*), sum(length(line)) FROM record_lines"),
    plain: one(kept, "SELECT sum(requests), sum(unpriced), sum(output), CAST(sum(cost_nanos) AS TEXT) FROM rollups"),
    tagged: one(kept, "SELECT sum(requests), sum(unpriced), sum(output), CAST(sum(cost_nanos) AS TEXT) FROM tagged_rollups"),
    counters: countersIn(open("counters")),
  };
}

async function sumsAt(url: string, counters?: string): Promise<ReturnType<typeof sumsOf>> {
  const sql = new SQL(url, { max: 1 });
  const one = async (text: string) => Object.values((await sql.unsafe(text))[0]).map(String);
  const sums = {
    keys: await one("SELECT count(*) AS a, sum(created_at) AS b, count(DISTINCT hash) AS c FROM sluice.keys"),
    lines: await one("SELECT count(*) AS a, sum(length(line)) AS b FROM sluice.record_lines"),
    plain: await one("SELECT sum(requests) AS a, sum(unpriced) AS b, sum(output) AS c, sum(cost_nanos) AS d FROM sluice.rollups"),
    tagged: await one("SELECT sum(requests) AS a, sum(unpriced) AS b, sum(output) AS c, sum(cost_nanos) AS d FROM sluice.tagged_rollups"),
    counters: counters
      ? await countersOn(counters)
      : [
          ...(await one("SELECT count(*) AS a, sum(spent)::numeric AS b FROM sluice.counter_books")),
          ...(await one("SELECT count(*) AS a FROM sluice.counters")),
        ],
  };
  await sql.close();
  return sums;
}

beforeAll(async () => {
  [postgres, redis] = await Promise.all([startPostgres(), startRedis()]);
  databases = databasesOf(postgres);
});
afterAll(async () => {
  await databases.close();
  await Promise.all([postgres.remove(), redis.remove()]);
  rmSync(top, { recursive: true });
});

test(`${large.keys} keys and ${large.records} records go in bounded memory and time`, async () => {
  const { folder, url, words } = await moving("whole", large);
  const began = performance.now();
  const child = sluice(words);
  const [out, errors] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()]);
  expect([await child.exited, out.includes(`${large.records}  records`), out.includes(`${large.keys}  keys`)]).toEqual([0, true, true]);
  const seconds = (performance.now() - began) / 1000;
  const memory = child.resourceUsage()?.maxRSS ?? Number.POSITIVE_INFINITY;
  console.log(
    `${seconds.toFixed(1)} s, ${Math.round(memory / 1024 / 1024)} MB at most; said on the way: ${errors.trim().split("\n").join("; ")}`,
  );
  expect(await sumsAt(url)).toEqual(sumsOf(folder));
  expect([memory < mostMemory, seconds < 300]).toEqual([true, true]);
});

/** Of `moved.json`: what has begun, and what is done. */
function partsIn(folder: string): Record<string, { doneAt?: string }> {
  const path = join(folder, "moved.json");
  return existsSync(path) ? JSON.parse(readFileSync(path, "utf8")).parts : {};
}

test("killed every second, and with PostgreSQL and Redis killed under it, it comes to the same", async () => {
  const { folder, url, words } = await moving("killed", small, redis.url);
  const ends: string[] = [];
  let victims: readonly (readonly [string, { server: StoreServer; part: string }])[] = [
    ["PostgreSQL", { server: postgres, part: "records" }],
    ["Redis", { server: redis, part: "counters" }],
  ];
  for (let turn = 0; ; turn++) {
    const child = sluice(words);
    // A run that gets further each time comes to its end.
    let cutShort = false;
    const cut = () => {
      cutShort = true;
      child.kill("SIGKILL");
    };
    const timer = setTimeout(cut, 300 + turn * 200);
    let died: string | undefined;
    const ended = child.exited.then(() => true);
    const hunt = (async () => {
      while (!(await Promise.race([ended, Bun.sleep(5)]))) {
        const parts = partsIn(folder);
        const [name, victim] = victims.find(([, { part }]) => parts[part] !== undefined && !parts[part]?.doneAt) ?? [];
        if (victim === undefined) continue;
        // Who was killed meanwhile says nothing of a server's death: the next one meets it.
        if (cutShort) return;
        // The first is killed itself, so early that there is much left on the fastest machine.
        if (turn === 0) return cut();
        clearTimeout(timer);
        // In the middle of it.
        await Bun.sleep(100);
        await victim.server.kill();
        died = name;
        return;
      }
    })();
    const text = (await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()])).join("");
    const code = await child.exited;
    clearTimeout(timer);
    await hunt;
    const done = Object.entries(partsIn(folder)).flatMap(([part, { doneAt }]) => (doneAt ? [part] : []));
    ends.push(`${code === 0 ? "end" : `${died ? `${died} ` : ""}killed`}, done: ${done.join(" ") || "nothing"}`);
    for (const [, { server }] of victims.filter(([name]) => name === died)) await server.start();
    victims = victims.filter(([name]) => name !== died);
    if (code === 0) break;
    if (died !== undefined) expect(text).toMatch(/run it again|does not answer/);
    if (turn > 60) throw new Error(text);
  }
  console.log(ends.join("; "));
  expect([ends.length > 3, victims]).toEqual([true, []]);
  expect(await sumsAt(url, redis.url)).toEqual(sumsOf(folder));
});
